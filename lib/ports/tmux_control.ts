/**
 * A persistent `tmux -C` client for the questions that are asked all the time: 0.3 ms instead of the 2 to 4
 * of a spawned command (measured on 3.3a). It only ever asks; whoever holds it can do without it.
 *
 * Its protocol: a line on stdin is a command, and its answer comes between `%begin TIME NUMBER FLAGS` and the
 * `%end` (or `%error`) with the same three words. Flags are 1 for a command of ours; everything else,
 * notifications among it, is passed over.
 *
 * @module
 */
import type { TmuxSocket } from "../model/config.ts";
import { clientArgs, type Env } from "./tmux_command.ts";
import { ANCHOR, TmuxError } from "./tmux.ts";

/** The client is gone, which says nothing about the server: ask with a command of its own. */
export class ConnectionLost extends Error {
  override name = "ConnectionLost";
}

/** A client leaves within some milliseconds of the end of its input. */
const GOODBYE_MS = 1_000;

interface Question {
  readonly args: readonly string[];
  readonly answer: PromiseWithResolvers<string>;
}

export class ControlClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #questions: Question[] = [];
  #block: { readonly tag: string; readonly lines: string[] } | null = null;
  #lost = false;

  /** Attaches to our own anchor session, where it neither counts as a person looking nor changes a size. */
  constructor(socket: TmuxSocket, env: Env) {
    const args = [
      ...clientArgs(socket),
      ...["-C", "attach-session", "-t", `=${ANCHOR}`, "-f", "no-output,ignore-size,read-only"],
    ];
    const pipes = { stdin: "piped", stdout: "piped", stderr: "null" } as const;
    this.#child = new Deno.Command("tmux", { args, env: { ...env }, clearEnv: true, ...pipes })
      .spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** There will be no more answers. */
  get lost(): boolean {
    return this.#lost;
  }

  /** What the command prints. Throws `TmuxError` when tmux refuses, `ConnectionLost` when nobody answers. */
  async ask(args: readonly string[], timeoutMs: number): Promise<string> {
    if (this.#lost) throw new ConnectionLost();
    const question = { args, answer: Promise.withResolvers<string>() };
    this.#questions.push(question);
    const timer = setTimeout(() => this.#lose(), timeoutMs);
    try {
      const line = `${args.map(quoted).join(" ")}\n`;
      this.#stdin.write(new TextEncoder().encode(line)).catch(() => this.#lose());
      return await question.answer.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lose();
    // End of input is goodbye to tmux; one that is stuck, perhaps with its input full, has to be told by the kernel.
    const timer = setTimeout(() => this.#kill(), GOODBYE_MS);
    await this.#stdin.close().catch(() => {});
    await Promise.all([this.#reading, this.#child.status]);
    clearTimeout(timer);
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended; only its output has not been read to the end yet.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #read(): Promise<void> {
    let rest = "";
    try {
      for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + part).split("\n");
        rest = lines.pop()!;
        lines.forEach((line) => this.#take(line));
      }
    } catch {
      // Output that cannot be read is as good as none: whoever asks does it by commands from now on.
    }
    this.#lose();
  }

  #take(line: string): void {
    const [, what, tag, flags] = /^%(begin|end|error) (\d+ \d+ (\d+))$/.exec(line) ?? [];
    if (this.#block === null) {
      if (what === "begin") this.#block = { tag: tag!, lines: [] };
    } else if (what === "begin" || tag !== this.#block.tag) {
      // A pane may show anything, also lines like these: only the tag that opened the block closes it.
      this.#block.lines.push(line);
    } else {
      const text = this.#block.lines.map((line) => `${line}\n`).join("");
      this.#block = null;
      if (flags === "1") this.#answer(text, what === "error");
    }
  }

  #answer(text: string, refused: boolean): void {
    const question = this.#questions.shift();
    if (refused) question?.answer.reject(new TmuxError(question.args, 1, text));
    else question?.answer.resolve(text);
  }

  #lose(): void {
    this.#lost = true;
    for (const { answer } of this.#questions.splice(0)) answer.reject(new ConnectionLost());
  }
}

/** For tmux's command parser, where nothing is special between single quotes. */
function quoted(arg: string): string {
  return `'${arg.replaceAll("'", `'\\''`)}'`;
}
