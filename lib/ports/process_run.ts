/**
 * Running one program to its end, in a process group of its own.
 *
 * The group matters: killing only the program leaves what it started, and whoever reads its output waits
 * for those too (measured with Deno 2.9.6: a 200 ms timeout took 7 s).
 *
 * @module
 */
import { ProgramNotFoundError, type RunOptions, type RunResult } from "./process.ts";

/** How long to read on after a kill: something that left the group may hold the pipe open for ever. */
const DRAIN_MS = 200;

export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, stdin, timeoutMs, maxOutputBytes = Infinity, signal }: RunOptions,
): Promise<RunResult> {
  signal?.throwIfAborted();
  const child = await spawn(program, {
    args,
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env: { ...env }, clearEnv: true }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  });
  const out = new Collector(child.stdout, maxOutputBytes);
  const err = new Collector(child.stderr, maxOutputBytes);
  const read = Promise.all([out.done, err.done, stdin !== undefined && write(child.stdin, stdin)]);
  const overdue = Promise.withResolvers<"overdue">();
  const onAbort = () => overdue.resolve("overdue");
  const timer = setTimeout(onAbort, timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const first = await Promise.race([child.status, overdue.promise]);
    const ended = first === "overdue" ? null : first;
    // A program may end and leave something behind that still writes: that too has only until the timeout.
    if (ended && await Promise.race([read, overdue.promise]) !== "overdue") {
      return { code: ended.code, stdout: out.text, stderr: err.text, timedOut: false };
    }
    killGroup(child.pid);
    const { code } = await child.status;
    await drained(read);
    signal?.throwIfAborted();
    return { code, stdout: out.text, stderr: err.text, timedOut: ended === null };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    await Promise.all([out.cancel(), err.cancel()]);
  }
}

async function drained(read: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DRAIN_MS);
  await Promise.race([read, late]);
  clearTimeout(timer);
}

async function spawn(
  program: string,
  options: Deno.CommandOptions,
): Promise<Deno.ChildProcess> {
  try {
    return new Deno.Command(program, options).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { cwd } = options;
    // The kernel says the same for a missing program and for a missing folder.
    const noFolder = cwd !== undefined && !await Deno.stat(cwd).catch(() => null);
    if (noFolder) throw new Error(`Cannot run ${program}: there is no folder ${cwd}`);
    throw new ProgramNotFoundError(program);
  }
}

async function write(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // The program ended without reading all of it: its exit code says whether that was right.
    await writer.abort().catch(() => {});
  }
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Reads a stream as text; what has come so far is there at any time. */
class Collector {
  text = "";
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #most: number;

  constructor(stream: ReadableStream<Uint8Array>, most: number) {
    this.#reader = stream.getReader();
    this.#most = most;
    this.done = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let left = this.#most;
    for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read()) {
      const kept = part.value.length > left ? part.value.subarray(0, left) : part.value;
      left -= kept.length;
      this.text += decoder.decode(kept, { stream: true });
    }
    this.text += decoder.decode();
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
