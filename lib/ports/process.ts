/**
 * Processes of this host.
 *
 * @module
 */
import type { ProcessId } from "../model/ids.ts";

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the program; nothing is inherited beside it when given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Past it the program and all it started are killed, and `timedOut` is set. */
  readonly timeoutMs: number;
  /** Of each of its outputs; what comes after is read and dropped. All of it is kept when left out. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface Processes {
  /** The name of this host. */
  hostname(): string;
  /** The user whose processes these are. */
  uid(): number | null;
  /** Changes with every boot of the host. */
  boot(): Promise<string>;
  /** Who has this pid now, or null when nobody has (a zombie counts as nobody). */
  identify(pid: number): Promise<ProcessId | null>;
  /** Whether exactly this process is still there. */
  isAlive(process: ProcessId): Promise<boolean>;
  /** All that it started and that still hangs below it, parents first; itself not among them. */
  descendants(process: ProcessId): Promise<ProcessId[]>;
  /** Sends a signal to exactly this process; false when it is gone. */
  signal(
    process: ProcessId,
    signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGUSR1",
  ): Promise<boolean>;
  /** The load average of the last minute, for each core: from 1 on there is more to do than can be done. */
  load(): number;
  /** What this process takes: memory now, and processor time (user and system) since it began. */
  own(): { readonly rssBytes: number; readonly cpuMs: number };
  /** Runs a program to its end. A missing program throws `ProgramNotFoundError`. */
  run(argv: readonly [string, ...string[]], options: RunOptions): Promise<RunResult>;
}

export class ProgramNotFoundError extends Error {
  override name = "ProgramNotFoundError";
  constructor(readonly program: string) {
    super(`Cannot run ${program}: no such program`);
  }
}
