/**
 * Tidies up behind the others, each duty in its own time: what ended runs leave in the state folder, stale markers in inboxes,
 * ended tasks of long ago, old events.
 *
 * Nothing waits for it, so it begins late and does one thing at a time.
 *
 * @module
 */
import type { Fact } from "../model/event.ts";
import { unreachable } from "../model/ids.ts";
import { DUTIES, DUTY_NAMES, type DutyName } from "../model/janitor.ts";
import type { State } from "../model/state.ts";
import type { Worker } from "../runtime/worker.ts";
import { archive } from "./archive.ts";
import { checkpoints } from "./checkpoints.ts";
import { type Duty, type DutyResult, type JanitorDeps, runOnce } from "./duty.ts";
import { journal } from "./journal.ts";
import { locks } from "./locks.ts";
import { markers } from "./markers.ts";
import { panes } from "./panes.ts";
import { runs } from "./runs.ts";
import { texts } from "./texts.ts";

export type { DutyResult, JanitorDeps, JournalKeeper } from "./duty.ts";

export interface JanitorWish {
  /** Undefined: all of them. */
  readonly duties?: readonly DutyName[] | undefined;
  readonly dryRun: boolean;
}

export interface Hands {
  state(): State;
  record(...facts: Fact[]): unknown;
  readonly signal: AbortSignal;
}

export interface Janitor {
  readonly worker: Worker<never>;
  /** Does them now, after whatever is under way. */
  run(wish: JanitorWish, hands: Hands): Promise<DutyResult[]>;
}

/** The first sessions are to come up before anybody tidies. */
const FIRST_MS = 60_000;
const LOOK_MS = 60_000;

export function janitor(deps: JanitorDeps): Janitor {
  let last: Promise<unknown> = Promise.resolve();
  const run = (wish: JanitorWish, hands: Hands): Promise<DutyResult[]> => {
    const next = last.then(() => runDuties(wish, hands, deps));
    last = next.catch(() => {});
    return next;
  };
  return {
    run,
    worker: {
      name: "janitor",
      listens: [],
      async run(life) {
        const doneAt = new Map<DutyName, number>();
        await deps.clock.sleep(FIRST_MS, life.signal);
        while (!life.signal.aborted) {
          const now = deps.clock.monotonic();
          const duties = DUTIES
            .filter(({ name, everyMs }) => now - (doneAt.get(name) ?? -Infinity) >= everyMs)
            .map(({ name }) => name);
          if (duties.length > 0) await run({ duties, dryRun: false }, life);
          for (const name of duties) doneAt.set(name, now);
          await deps.clock.sleep(LOOK_MS, life.signal);
        }
      },
    },
  };
}

/** The journal hears of what was removed, and of what could not be. */
async function runDuties(
  { duties, dryRun }: JanitorWish,
  { state, record, signal }: Hands,
  deps: JanitorDeps,
): Promise<DutyResult[]> {
  const results: DutyResult[] = [];
  for (const name of duties ?? DUTY_NAMES) {
    const { config } = state();
    if (!config || signal.aborted) break;
    const result = await runOnce(dutyOf(name), { config, deps, signal, state }, { dryRun });
    const { removed, bytes, problems } = result;
    if (!dryRun && (removed > 0 || problems.length > 0)) {
      record({ type: "janitor.tidied", duty: name, removed, bytes, problems });
    }
    results.push(result);
  }
  return results;
}

function dutyOf(name: DutyName): Duty {
  switch (name) {
    case "runs":
      return runs;
    case "checkpoints":
      return checkpoints;
    case "locks":
      return locks;
    case "texts":
      return texts;
    case "panes":
      return panes;
    case "markers":
      return markers;
    case "archive":
      return archive;
    case "journal":
      return journal;
    default:
      return unreachable(name);
  }
}
