/**
 * Which limited sessions prove a wall that is not in the state yet. Pure.
 *
 * A wall is a conjunction: `StopFailure` said `rate_limit` *and* the text is the quota text (both are in
 * `Refusal.kind == "quota"`, see claude/refusal.ts); a throttle also says `rate_limit`. The wall of a single
 * model is not one of the account.
 *
 * @module
 */
import type { QuotaError } from "../claude/transcript.ts";
import type { Fact } from "../model/event.ts";
import type { Session, State, Wall } from "../model/state.ts";

/** After this long a wall is left without its reset time. */
const PATIENCE_MS = 5_000;

/** Sessions that stand at a wall which the account's state does not show, or shows without its reset. */
export function wallsToTell(state: State, now: number): Session[] {
  const told = new Set<string>();
  return Object.values(state.sessions).filter((session) => {
    const refusal = session.run?.unanswered;
    if (session.phase.name !== "limited" || refusal?.kind !== "quota") return false;
    if (refusal.window === "seven_day_opus" || refusal.window === "seven_day_sonnet") return false;
    const wall = state.accounts[session.account]?.wall ?? null;
    if (told.has(session.account) || isKnown(session, wall, now)) return false;
    told.add(session.account);
    return true;
  });
}

function isKnown(session: Session, wall: Wall | null, now: number): boolean {
  const limitedAt = session.history.findLast((t) => t.to === "limited")?.at ?? 0;
  if (wall === null || wall.since < limitedAt) return false;
  return wall.resetsAt !== null || now - limitedAt > PATIENCE_MS;
}

/** The wall, with the reset time from the transcript's limit line, else from the window's last reading. */
export function wallOf(
  state: State,
  session: Session,
  line: QuotaError | null,
  now: number,
): Fact[] {
  const refusal = session.run?.unanswered;
  if (refusal?.kind !== "quota") return [];
  const window = refusal.window ?? line?.window ?? null;
  const reading = window ? state.accounts[session.account]?.windows[window] : null;
  const resetsAt = toCome(line?.resetsAt, now) ?? toCome(reading?.resetsAt, now);
  const before = state.accounts[session.account]?.wall;
  const limitedAt = session.history.findLast((t) => t.to === "limited")?.at ?? 0;
  if (before && before.since >= limitedAt && before.resetsAt === resetsAt) return [];
  const evidence = [
    "StopFailure said rate_limit",
    `the text was "${refusal.text}"`,
    ...(line ? ["the transcript has the limit line"] : []),
  ];
  const { account, name } = session;
  return [{ type: "quota.wall", account, session: name, window, resetsAt, evidence }];
}

/** A reset that has passed belongs to an earlier limit. */
function toCome(resetsAt: number | null | undefined, now: number): number | null {
  return resetsAt && resetsAt > now ? resetsAt : null;
}
