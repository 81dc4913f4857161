/**
 * When a dead session is started again, and when it is given up.
 *
 * One death says little, so the first restart is at once; each further one in a row waits longer. A row ends with a
 * run that did well: a turn succeeded in it, or it lived for ten minutes. Given up is only what is futile: the
 * same exit code, again and again, of runs that lived shortly and never answered.
 *
 * @module
 */
import { isSetBack } from "./elapsed.ts";
import { EXIT_CLAUDE_MISSING, EXIT_CONVERSATION_OPEN, EXIT_FLOCK_MISSING } from "./exits.ts";
import type { Death, Run, Session } from "./state.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** After the first death in a row, the second and so on; after the last of them always the same. */
export const BACKOFF_MS: readonly number[] = [
  0,
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
];
/** A run that lived for so long did well, whatever ended it. */
export const GOOD_LIFE_MS = 10 * MINUTE;
/** So many deaths of one kind in a row are futile. */
export const FUTILE_DEATHS = 5;
/** A life that changes nothing is at most so long. */
const SHORT_LIFE_MS = MINUTE;

export type Restart =
  | {
    readonly do: "restart";
    /** Not before this, in epoch milliseconds. */
    readonly at: number;
    /** Which restart it will be since a run last did well, from 1. */
    readonly nth: number;
  }
  /** `why` is for people. */
  | { readonly do: "give up"; readonly why: string };

/** What is to be done about the session; null unless it is dead. */
export function restartOf({ phase, deaths, history }: Session): Restart | null {
  if (phase.name !== "dead") return null;
  const last = deaths.at(-1);
  // A move had it when it died, and could not bring it up anywhere.
  if (!last) return { do: "restart", at: history.at(-1)?.at ?? 0, nth: 1 };
  const code = futileExit(deaths);
  if (code !== null) {
    const why = `${FUTILE_DEATHS} starts in a row ended with exit ${code} within a minute, ` +
      "and no turn succeeded in them";
    return { do: "give up", why };
  }
  return { do: "restart", at: last.at + backoffMs(last.nth), nth: last.nth };
}

/** Whether a restart may happen now. After a jump of the clock to before the death it may: the wait cannot be told. */
export function isDue(restart: Restart, session: Session, now: number): boolean {
  if (restart.do !== "restart") return false;
  const diedAt = session.deaths.at(-1)?.at ?? restart.at;
  return now >= restart.at || isSetBack(diedAt, now);
}

/** How long the session rests after the nth death in a row, from 1. */
export function backoffMs(nth: number): number {
  return BACKOFF_MS[Math.min(nth, BACKOFF_MS.length) - 1] ?? 0;
}

/**
 * The deaths of the row that this one belongs to, newest last; no more of them than are ever asked for. A turn that
 * succeeds has ended the row before it at once (`fold_run.ts`).
 */
export function withDeath(
  before: readonly Death[],
  run: Run,
  { at, exit }: { readonly at: number; readonly exit: number | null },
): readonly Death[] {
  const livedMs = Math.max(0, at - (run.launchedAt ?? at));
  const row = livedMs > GOOD_LIFE_MS ? [] : before;
  const nth = (row.at(-1)?.nth ?? 0) + 1;
  return [...row, { at, exit, livedMs, proven: run.proven, nth }].slice(-FUTILE_DEATHS);
}

/** The exit code that restarts do not change, or null. An unknown one is not the same as another unknown one. */
function futileExit(deaths: readonly Death[]): number | null {
  const [first] = deaths;
  if (!first || deaths.length < FUTILE_DEATHS || first.exit === null) return null;
  if (PASSING.includes(first.exit)) return null;
  const same = deaths.every((d) =>
    d.exit === first.exit && !d.proven && d.livedMs <= SHORT_LIFE_MS
  );
  return same ? first.exit : null;
}

/** What stands in the way is not the session's own, and may go away at any time: it is only asked again. */
const PASSING: readonly number[] = [
  EXIT_CONVERSATION_OPEN,
  EXIT_CLAUDE_MISSING,
  EXIT_FLOCK_MISSING,
];
