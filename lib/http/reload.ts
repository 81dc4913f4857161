/**
 * Reads the config file again for a daemon that runs: a good one is in force from then on, a bad one changes nothing.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { Event, Fact } from "../model/event.ts";
import { type ConfigChange, configChange, fixedKeysChanged } from "../model/reload.ts";
import type { State } from "../model/state.ts";

export interface ReloadDeps {
  state(): State;
  record(...facts: Fact[]): Event[];
  /** Reads and checks the file; rejects with what is wrong, in lines for people. */
  readConfig(): Promise<Config>;
}

export type Reload =
  | { readonly is: "unchanged" }
  | { readonly is: "applied"; readonly seq: number; readonly change: ConfigChange }
  /** `lines` are ready to print. */
  | { readonly is: "rejected"; readonly because: "invalid" | "fixed"; readonly lines: string[] };

/**
 * One reading at a time, in the order they were asked for: an older reading never wins over a newer one. Whoever asked may
 * record what comes of it himself, so that the journal knows him.
 */
export function reloader(deps: ReloadDeps): (record?: ReloadDeps["record"]) => Promise<Reload> {
  let last: Promise<unknown> = Promise.resolve();
  return (record = deps.record) => {
    const reload = last.then(() => reloadOnce({ ...deps, record }));
    last = reload.catch(() => {}); // whoever asked sees it
    return reload;
  };
}

async function reloadOnce(deps: ReloadDeps): Promise<Reload> {
  let next: Config;
  try {
    next = await deps.readConfig();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return rejected("invalid", text.split("\n"), deps);
  }
  const before = deps.state();
  if (JSON.stringify(before.config) === JSON.stringify(next)) return { is: "unchanged" };
  const fixed = before.config ? fixedKeysChanged(before.config, next) : [];
  if (fixed.length > 0) {
    const lines = fixed.map((key) => `${key} cannot change while the daemon runs`);
    return rejected("fixed", lines, deps);
  }
  const change = configChange(before, next);
  const [event] = deps.record({ type: "config.applied", config: next });
  return { is: "applied", seq: event!.seq, change };
}

function rejected(because: "invalid" | "fixed", lines: string[], { record }: ReloadDeps): Reload {
  record({ type: "config.rejected", problems: forJournal(lines) });
  return { is: "rejected", because, lines };
}

const MOST_PROBLEMS = 20;
const LONGEST_PROBLEM = 300;

/** Without the excerpts of the file: the journal is kept for long, and what stands in a config is its owner's. */
function forJournal(lines: readonly string[]): string[] {
  const problems = lines.filter((line) => line.trim() !== "" && !/^ *\d* \| /.test(line));
  const kept = problems.slice(0, MOST_PROBLEMS).map((line) => line.slice(0, LONGEST_PROBLEM));
  const left = problems.length - kept.length;
  return left > 0 ? [...kept, `and ${left} more`] : kept;
}
