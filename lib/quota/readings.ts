/**
 * Status lines turned into readings: recorded when they move, never as a heartbeat. Pure.
 *
 * A status line is written anew for many reasons (a dialog, a key), also by a session that has asked the provider nothing
 * for hours: then it repeats the figures of its last answer. So when a file was written says only how old its figures
 * are at least. What holds all the same: within a window the figure only rises, and a later reset is of a later window.
 * What goes against that is believed only of a session that has had an answer since the reading before.
 *
 * @module
 */
import type { StatusLine } from "../claude/status_line.ts";
import type { Fact } from "../model/event.ts";
import { WALL_WITHOUT_RESET_MS } from "../model/policy.ts";
import type { WindowName, WindowReading } from "../model/quota.ts";
import type { AccountWindow, Session, State } from "../model/state.ts";

/** Smaller movements are not worth a line in the journal, unless they reach the end of the window. */
const STEP_PCT = 0.5;
/** Resets that are so near to each other are of one window: the provider may round them. */
const SAME_RESET_MS = 60_000;
/** The status line may be written a moment before the hook says that the turn is over. */
const BEFORE_END_MS = 2_000;

/** The fact to record, or none when nothing has moved. `madeAt`: when the status line was written. */
export function readingOf(
  { accounts }: State,
  session: Session,
  line: StatusLine,
  madeAt: number,
): Fact[] {
  const account = session.run?.plan.account ?? session.account;
  const asked = turnOf(session, madeAt);
  const windows: [string, WindowReading][] = Object.entries(line.windows);
  const moved = windows.filter(([name, now]) => {
    const before = accounts[account]?.windows[name as WindowName];
    return !before || hasMoved(before, now) && isLater(before, now, { asked, madeAt });
  });
  if (moved.length === 0) return [];
  return [{
    type: "quota.read",
    account,
    source: "status line",
    windows: Object.fromEntries(moved),
    madeAt,
  }];
}

function hasMoved(before: AccountWindow, now: WindowReading): boolean {
  if (before.resetsAt !== now.resetsAt) return true;
  if (before.usedPct === now.usedPct) return false;
  return Math.abs(before.usedPct - now.usedPct) >= STEP_PCT || now.usedPct >= 100;
}

/** Whether the figure can be newer than the one before. */
function isLater(before: AccountWindow, now: WindowReading, { asked, madeAt }: Age): boolean {
  if (asked !== null && asked > before.readAt) return true;
  if (before.resetsAt === null || now.resetsAt === null) {
    return now.usedPct >= before.usedPct || madeAt - before.readAt > WALL_WITHOUT_RESET_MS;
  }
  const shiftMs = now.resetsAt - before.resetsAt;
  return Math.abs(shiftMs) < SAME_RESET_MS ? now.usedPct >= before.usedPct : shiftMs > 0;
}

interface Age {
  /** When the turn began that the figures are of, or null when that cannot be told. */
  readonly asked: number | null;
  readonly madeAt: number;
}

/** When the turn began that the status line was written at the end of, or null when that cannot be told. */
export function turnOf({ phase, history, run }: Session, madeAt: number): number | null {
  if (phase.name !== "idle" || !run?.proven || run.unanswered !== null) return null;
  if (madeAt < (history.at(-1)?.at ?? 0) - BEFORE_END_MS) return null;
  return history.findLast((t) => t.to === "working")?.at ?? null;
}
