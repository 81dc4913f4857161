/**
 * A duty: one kind of thing that gathers and that nobody will need again.
 *
 * Each has the same two halves: `find` looks and says what may go and why, and each finding knows how to remove itself. A dry
 * run is the first half alone, so it can say nothing else than what the whole would do.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { DutyName } from "../model/janitor.ts";
import type { State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import type { Tmux } from "../ports/tmux.ts";
import type { Owner } from "../queue/owner.ts";

export interface JanitorDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly processes: Processes;
  readonly tmux: Tmux;
  /** Who we are beside the tasks that we have claimed. */
  owner(): Promise<Owner>;
  readonly journal: JournalKeeper;
}

/** What the janitor may do to the journal. */
export interface JournalKeeper {
  /** Forgets the keys that begin with `prefix`: their source is gone. */
  forgetKeys(prefix: string): void;
  /** How many events are older than that (epoch milliseconds) and how many there are. */
  countBefore(at: number): { readonly old: number; readonly all: number };
  /**
   * Removes them and returns how many there were. The state does not change. What somebody has still to read is kept, unless it
   * is from before `lateAt` too.
   */
  trim(at: number, options: { readonly lateAt: number }): number;
}

/** One look of one duty. */
export interface Job {
  readonly config: Config;
  readonly deps: JanitorDeps;
  readonly signal: AbortSignal;
  /** Read it again after every await. */
  state(): State;
}

export interface Finding {
  /** A path, or what else there is; for people. */
  readonly what: string;
  readonly why: string;
  /** Null: not known. */
  readonly bytes: number | null;
  /** Looks again first: false when it is needed after all. */
  remove(): Promise<boolean>;
}

export interface Duty {
  readonly name: DutyName;
  /** An error says that it could not look; then nothing is removed. */
  find(job: Job): Promise<Finding[]>;
}

export interface DutyResult {
  readonly duty: DutyName;
  readonly dryRun: boolean;
  readonly found: readonly Pick<Finding, "what" | "why" | "bytes">[];
  /** How many of them are gone. */
  readonly removed: number;
  /** Of what is gone, as far as it is known. */
  readonly bytes: number;
  /** What could not be done, in words. */
  readonly problems: readonly string[];
}

const PROBLEMS_TOLD = 5;

/** Does a duty once. It never throws: one thing that cannot be removed must not keep the rest. */
export async function runOnce(
  duty: Duty,
  job: Job,
  { dryRun }: { readonly dryRun: boolean },
): Promise<DutyResult> {
  const problems: string[] = [];
  const apart = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      problems.push(`${what}: ${words}`.slice(0, 300));
      return otherwise;
    }
  };
  const found = await apart("cannot look", () => duty.find(job), []);
  let [removed, bytes] = [0, 0];
  for (const finding of dryRun ? [] : found) {
    if (job.signal.aborted) break;
    if (!await apart(finding.what, () => finding.remove(), false)) continue;
    removed++;
    bytes += finding.bytes ?? 0;
  }
  return {
    duty: duty.name,
    dryRun,
    found: found.map(({ what, why, bytes }) => ({ what, why, bytes })),
    removed,
    bytes,
    problems: problems.slice(0, PROBLEMS_TOLD),
  };
}

/** Files that were last changed before that. */
export function isOlder({ mtimeNs }: { readonly mtimeNs: bigint }, at: number): boolean {
  return mtimeNs < BigInt(Math.trunc(at)) * 1_000_000n;
}
