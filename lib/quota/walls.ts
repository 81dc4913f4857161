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
import type { AccountId } from "../model/ids.ts";
import type { Session, State, Wall } from "../model/state.ts";

/** After this long a wall is left without what the transcript might say of it. */
const PATIENCE_MS = 5_000;
/** The limit line is made when the turn is refused; one that is so much older is of an earlier limit. */
export const LINE_AGE_MS = 60_000;
const LIMIT_LINE = "the transcript has the limit line";

/** Sessions that stand at a wall which the account's state does not show: one for each account. */
export function wallsToTell(state: State, now: number): Session[] {
  const told = new Set<AccountId>();
  return Object.values(state.sessions).filter((session) => {
    const refusal = session.run?.unanswered;
    if (session.phase.name !== "limited" || refusal?.kind !== "quota") return false;
    if (refusal.window === "seven_day_opus" || refusal.window === "seven_day_sonnet") return false;
    const limitedAt = session.history.findLast((t) => t.to === "limited")?.at ?? 0;
    const wall = state.accounts[session.account]?.wall ?? null;
    if (told.has(session.account) || (wall && isOf(wall, limitedAt, now))) return false;
    told.add(session.account);
    return true;
  });
}

/** Whether the wall was told after that limit. Set back, the clock cannot say: then any wall is taken for it. */
function isOf(wall: Wall, limitedAt: number, now: number): boolean {
  return wall.since >= limitedAt || now < limitedAt;
}

/** The wall of a limited session, at once: with the reset of the window's last reading, so far as there is one. */
export function wallOf(state: State, { account, name, run }: Session, now: number): Fact[] {
  const refusal = run?.unanswered;
  if (refusal?.kind !== "quota") return [];
  const { window, text } = refusal;
  const reading = window ? state.accounts[account]?.windows[window] : null;
  const evidence = ["StopFailure said rate_limit", `the text was "${text}"`];
  // The second session at a wall knows no less of it than the first one did.
  const told = state.accounts[account]?.wall;
  const resetsAt = toCome(told?.window === window ? told.resetsAt : null, now) ??
    toCome(reading?.resetsAt, now);
  const transcript = run?.transcript ?? null;
  return [{ type: "quota.wall", account, session: name, window, resetsAt, transcript, evidence }];
}

/** A wall of which the transcript may still tell more. */
export interface YoungWall extends Wall {
  readonly account: AccountId;
  readonly transcript: string;
}

/** Young walls, until their limit line was seen. The session may have been moved away meanwhile. */
export function wallsToRefine(state: State, now: number): YoungWall[] {
  return Object.entries(state.accounts).flatMap(([account, { wall }]) => {
    if (!wall || wall.transcript === null || Math.abs(now - wall.since) > PATIENCE_MS) return [];
    return wall.evidence.includes(LIMIT_LINE)
      ? []
      : [{ ...wall, account, transcript: wall.transcript }];
  });
}

/** The wall with what the transcript's limit line says of it: that beats any earlier reading. */
export function refined(wall: YoungWall, line: QuotaError | null, now: number): Fact[] {
  if (!line || (line.at !== null && line.at < wall.since - LINE_AGE_MS)) return [];
  // It is of an earlier limit, maybe of the account before: the one to wait for is not written yet.
  if (line.resetsAt !== null && toCome(line.resetsAt, now) === null) return [];
  const { account, session, transcript } = wall;
  return [{
    type: "quota.wall",
    account,
    session,
    transcript,
    window: wall.window ?? line.window,
    resetsAt: toCome(line.resetsAt, now) ?? wall.resetsAt,
    evidence: [...wall.evidence, LIMIT_LINE],
  }];
}

/** A reset that has passed belongs to an earlier limit. */
function toCome(resetsAt: number | null | undefined, now: number): number | null {
  return resetsAt && resetsAt > now ? resetsAt : null;
}
