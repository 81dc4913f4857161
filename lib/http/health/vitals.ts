/**
 * Whether the daemon can do its work, by trying: can it write, are its workers at work, does tmux answer.
 *
 * @module
 */
import { isAlive, type State } from "../../model/state.ts";
import type { WorkerHealth } from "../../runtime/roster.ts";

/** What the daemon lends to have itself examined. */
export interface Vitals {
  /** Why nothing can be written into the journal, by trying; null: it can. */
  canWrite(): string | null;
  workers(): readonly WorkerHealth[];
  /** Whether the tmux server is there; rejects when that cannot be told. */
  hasTmux(): Promise<boolean>;
}

export interface OwnFigures {
  readonly rssBytes: number;
  /** User and system, since it began. */
  readonly cpuMs: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly journalBytes: number;
}

/** One thing that keeps the daemon from its work. */
export interface Ailment {
  readonly part: "daemon" | "config" | "journal" | "tmux" | `worker ${string}`;
  readonly why: string;
}

/** What of tmux was found out: whether it is there, or why that cannot be told. */
export type TmuxFound = boolean | { readonly why: string };

export function ailments(
  state: State,
  { journal, workers, tmux }: {
    readonly journal: string | null;
    readonly workers: readonly WorkerHealth[];
    readonly tmux: TmuxFound;
  },
): Ailment[] {
  const found: Ailment[] = [];
  if (state.daemon.phase !== "up") {
    const why = state.daemon.phase === "stopping" ? "it is stopping" : "it has not begun";
    found.push({ part: "daemon", why });
  }
  if (state.config === null) found.push({ part: "config", why: "none is in force" });
  if (journal !== null) found.push({ part: "journal", why: journal });
  for (const worker of workers) {
    const why = idleWords(worker);
    if (why !== null) found.push({ part: `worker ${worker.name}`, why });
  }
  if (tmux === false && Object.values(state.sessions).some(isAlive)) {
    found.push({ part: "tmux", why: "its server is gone, and sessions should live in it" });
  } else if (typeof tmux === "object") {
    found.push({ part: "tmux", why: tmux.why });
  }
  return found;
}

function idleWords({ is, error }: WorkerHealth): string | null {
  switch (is) {
    case "running":
      return null;
    case "waiting":
      return "it has not begun";
    case "resting":
      return `it rests after it failed again and again: ${error}`;
    case "ended":
      return error === null ? "it has ended" : `it has ended: ${error}`;
  }
}
