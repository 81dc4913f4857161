/**
 * A file of lines that is turned over by size, on disk when `append` resolves: the daemon's log, and the notices of a channel.
 *
 * It stops nobody, whatever lies at its path, and knows when a full disk has taken a part of a line.
 *
 * @module
 */
import { getRotatingFileSink } from "@logtape/file";
import type { LogRecord } from "@logtape/logtape";
import type { Files } from "../ports/files.ts";

/** Of a file that was not there; one that somebody has made keeps its own, also when it is turned over. */
const PRIVATE = 0o600;

export interface LineFileSpec {
  readonly path: string;
  readonly maxBytes: number;
  /** How many files there are at most, with the one that is written. */
  readonly keep: number;
}

export class LineFile {
  readonly #spec: LineFileSpec;
  readonly #files: Files;
  /** The last attempt may have left the beginning of a line. */
  #isTorn = false;

  constructor(spec: LineFileSpec, files: Files) {
    this.#spec = spec;
    this.#files = files;
  }

  /**
   * Appends whole lines; an empty text only opens the file. Null when they are there, else why they are not, or not all of them.
   * One call at a time. Opened for each, since somebody may have moved the file away meanwhile (logrotate).
   */
  async append(lines: string): Promise<string | null> {
    const { path } = this.#spec;
    const files = this.#files;
    try {
      const before = await files.stat(path);
      if (!before) await files.create(path, "", PRIVATE);
      // To open a pipe that nobody reads would stop the whole daemon.
      else if (await this.#isPipe()) return "it is no file";
      const text = this.#isTorn && lines !== "" ? `\n${lines}` : lines;
      this.#write(text);
      this.#isTorn = !await this.#isWhole(text);
      if (this.#isTorn) return "a part of the line has no room";
      await this.#keepMode(before ? before.mode & 0o777 : PRIVATE);
      return null;
    } catch (error) {
      this.#isTorn = true;
      return error instanceof Error ? error.message : String(error);
    }
  }

  #write(text: string): void {
    const { path, maxBytes, keep } = this.#spec;
    using sink = getRotatingFileSink(path, {
      maxSize: maxBytes,
      maxFiles: keep - 1, // beside the one that is written
      bufferSize: 0,
      formatter: () => text,
    });
    if (text !== "") sink(RECORD);
  }

  /** A disk that is nearly full takes a part of a line, and the sink says nothing of it. */
  async #isWhole(text: string): Promise<boolean> {
    const real = await this.#files.realPath(this.#spec.path);
    const info = real === null ? null : await this.#files.stat(real);
    if (real === null || info?.kind !== "file") return true;
    const bytes = new TextEncoder().encode(text).length;
    const end = await this.#files.readFrom(real, Math.max(0, info.size - bytes), bytes);
    return end?.text === text;
  }

  async #isPipe(): Promise<boolean> {
    const real = await this.#files.realPath(this.#spec.path);
    return real !== null && (await this.#files.stat(real))?.kind === "pipe";
  }

  /** The sink begins a file with the mode of the umask; there is little in it then. */
  async #keepMode(mode: number): Promise<void> {
    const { path } = this.#spec;
    const after = await this.#files.stat(path);
    if (!after || after.kind !== "file" || (after.mode & 0o777) === mode) return;
    await this.#files.writeAtomic(path, await this.#files.read(path) ?? "", mode);
  }
}

/** Its text is the formatter's. */
const RECORD: LogRecord = {
  category: ["claude-failover"],
  level: "info",
  message: [],
  rawMessage: "",
  timestamp: 0,
  properties: {},
};
