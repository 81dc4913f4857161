/**
 * Where the log's lines wait for their file: it is written twice a second, so that nobody waits for a disk with each line.
 *
 * @module
 */
import type { Clock } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import { LineFile, type LineFileSpec } from "../../runtime/line_file.ts";

/** The file is behind by so much at most. */
const FLUSH_MS = 500;
/** Written in one go, and less where the files are small. */
const MOST_AT_ONCE = 65_536;

export interface LogFileDeps {
  readonly files: Files;
  readonly clock: Pick<Clock, "sleep">;
  /** Why lines are lost. */
  fault(words: string): void;
}

export class LogFile implements AsyncDisposable {
  readonly #file: LineFile;
  readonly #mostAtOnce: number;
  readonly #over = new AbortController();
  #lines: string[] = [];
  #writing: Promise<void> | null = null;

  constructor(spec: LineFileSpec, readonly deps: LogFileDeps) {
    this.#file = new LineFile(spec, deps.files);
    this.#mostAtOnce = Math.min(MOST_AT_ONCE, spec.maxBytes / 8);
  }

  /** Opens it now, so that what is wrong with it is said before anything is lost. */
  async open(): Promise<void> {
    await this.#write("");
  }

  /** A line with its end. What cannot be written is lost here; the journal has the events. */
  add(line: string): void {
    this.#lines.push(line);
    this.#writing ??= this.#drain().finally(() => this.#writing = null);
  }

  /** Once what waits has been written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#lines.length > 0) {
      await this.deps.clock.sleep(FLUSH_MS, this.#over.signal).catch(() => {});
      const lines = this.#lines;
      this.#lines = [];
      for (const text of inPieces(lines, this.#mostAtOnce)) await this.#write(text);
    }
  }

  async #write(text: string): Promise<void> {
    const fault = await this.#file.append(text);
    if (fault !== null) this.deps.fault(fault);
  }
}

/** Of whole lines; longer than `most` (characters) only where a single line is. */
function* inPieces(lines: readonly string[], most: number): Generator<string> {
  let piece = "";
  for (const line of lines) {
    if (piece !== "" && piece.length + line.length > most) {
      yield piece;
      piece = "";
    }
    piece += line;
  }
  if (piece !== "") yield piece;
}
