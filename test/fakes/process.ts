/**
 * The processes of a host that exists in memory. It outlives the daemon under test, as the real one does.
 *
 * @module
 */
import type { ProcessId } from "../../lib/model/ids.ts";
import {
  type Processes,
  ProgramNotFoundError,
  type RunOptions,
  type RunResult,
} from "../../lib/ports/process.ts";

export type Signal = Parameters<Processes["signal"]>[1];

export interface SpawnOptions {
  /** The pid it hangs below; default: 1. */
  readonly parent?: number;
  /** What it does about a signal; without it, it ends. SIGKILL is never asked. */
  readonly onSignal?: (signal: Signal, process: ProcessId) => void;
  /** Called once with its exit status, or null when a signal ended it. */
  readonly onExit?: (exit: number | null) => void;
}

/** What a program answers; what is left out is code 0 and no output. */
export type ProgramHandler = (
  args: string[],
  options: RunOptions,
) => Partial<RunResult> | Promise<Partial<RunResult>>;

interface Living extends SpawnOptions {
  readonly id: ProcessId;
  parent: number;
}

export class FakeProcesses implements Processes {
  /** Every signal that reached a process, in order. */
  readonly signals: { readonly process: ProcessId; readonly signal: Signal }[] = [];
  /** Every program that was run, in order. */
  readonly runs: { readonly argv: readonly string[]; readonly options: RunOptions }[] = [];
  /** What `load()` says. */
  loadPerCore = 0;
  readonly #living = new Map<number, Living>();
  readonly #programs = new Map<string, ProgramHandler>();
  #boots = 1;
  #pids = 1000;
  #ticks = 0;

  // -- The port --

  boot(): Promise<string> {
    return Promise.resolve(this.#boot);
  }

  hostname(): string {
    return "a-host";
  }

  uid(): number {
    return 1000; // as the owner of all of `FakeFiles`
  }

  identify(pid: number): Promise<ProcessId | null> {
    return Promise.resolve(this.#living.get(pid)?.id ?? null);
  }

  isAlive(process: ProcessId): Promise<boolean> {
    return Promise.resolve(this.#find(process) !== null);
  }

  descendants(process: ProcessId): Promise<ProcessId[]> {
    const found: ProcessId[] = [];
    let level = this.#find(process) ? [process.pid] : [];
    while (level.length > 0) {
      const next = [...this.#living.values()].filter(({ parent }) => level.includes(parent));
      found.push(...next.map(({ id }) => id));
      level = next.map(({ id }) => id.pid);
    }
    return Promise.resolve(found);
  }

  signal(process: ProcessId, signal: Signal): Promise<boolean> {
    const living = this.#find(process);
    if (!living) return Promise.resolve(false);
    this.signals.push({ process, signal });
    if (signal !== "SIGKILL" && living.onSignal) living.onSignal(signal, process);
    else this.exit(process, null);
    return Promise.resolve(true);
  }

  load(): number {
    return this.loadPerCore;
  }

  own(): { rssBytes: number; cpuMs: number } {
    return { rssBytes: 64 << 20, cpuMs: 1_500 };
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions): Promise<RunResult> {
    options.signal?.throwIfAborted();
    const [program, ...args] = argv;
    const handler = this.#programs.get(program);
    if (!handler) throw new ProgramNotFoundError(program);
    this.runs.push({ argv, options });
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(options.signal!.reason);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const result = await Promise.race([handler(args, options), aborted.promise]);
      return { code: 0, stdout: "", stderr: "", timedOut: false, ...result };
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  // -- What a test does --

  /** A new process. */
  spawn(options: SpawnOptions = {}): ProcessId {
    const id = { pid: this.#pids++, birth: `${this.#boot} ${this.#ticks++}` };
    this.#living.set(id.pid, { ...options, id, parent: options.parent ?? 1 });
    return id;
  }

  /** A process ends by itself with a status, or by a signal with null; its children go to pid 1. */
  exit(process: ProcessId, exit: number | null): void {
    const living = this.#find(process);
    if (!living) return;
    this.#living.delete(process.pid);
    for (const other of this.#living.values()) {
      if (other.parent === process.pid) other.parent = 1;
    }
    living.onExit?.(exit);
  }

  /** How many live. */
  get count(): number {
    return this.#living.size;
  }

  /** The next process gets this pid: it may be one that somebody had before. */
  reusePid(pid: number): void {
    this.#pids = pid;
  }

  /** Everything ends, and the host comes up again. */
  reboot(): void {
    for (const { id } of [...this.#living.values()]) this.exit(id, null);
    this.#boots++;
  }

  /** What a program does when it is run. Without a handler it does not exist. */
  on(program: string, handler: ProgramHandler): void {
    this.#programs.set(program, handler);
  }

  get #boot(): string {
    return `boot-${this.#boots}`;
  }

  #find({ pid, birth }: ProcessId): Living | null {
    const living = this.#living.get(pid);
    return living?.id.birth === birth ? living : null;
  }
}
