/**
 * Status lines turned into readings: recorded when they move, never as a heartbeat. Pure.
 *
 * @module
 */
import type { StatusLine } from "../claude/status_line.ts";
import type { Fact } from "../model/event.ts";
import type { AccountId } from "../model/ids.ts";
import type { WindowName, WindowReading } from "../model/quota.ts";
import type { Account } from "../model/state.ts";

/** Smaller movements are not worth a line in the journal, unless they reach the end of the window. */
const STEP_PCT = 0.5;

/** The fact to record, or none when nothing has moved. */
export function readingOf(id: AccountId, account: Account | undefined, line: StatusLine): Fact[] {
  const windows: [string, WindowReading][] = Object.entries(line.windows);
  const moved = windows.filter(([name, now]) => {
    const before = account?.windows[name as WindowName];
    if (!before || before.resetsAt !== now.resetsAt) return true;
    if (before.usedPct === now.usedPct) return false;
    return Math.abs(before.usedPct - now.usedPct) >= STEP_PCT || now.usedPct >= 100;
  });
  if (moved.length === 0) return [];
  return [{
    type: "quota.read",
    account: id,
    source: "status line",
    windows: Object.fromEntries(moved),
  }];
}
