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
import { isOfAccount } from "../model/model_wall.ts";
import { WALL_WITHOUT_RESET_MS } from "../model/policy.ts";
import { entry, NEW_ACCOUNT, type Session, type State, type Wall } from "../model/state.ts";
import { overageFacts } from "./answers.ts";

/** For so long the limit line is looked for all the time: it is due at any moment. */
const EAGER_MS = 5_000;
/** The limit line is made when the turn is refused; one that is so much older is of an earlier limit. */
const LINE_AGE_MS = 60_000;
/** The provider's clock and ours: so much before the limit a reset may seem to lie that is its own. */
const CLOCKS_DIFFER_MS = 2_000;
const LIMIT_LINE = "the transcript has the limit line";

/** Sessions that stand at a wall which the account's state does not show: one for each account. */
export function wallsToTell(state: State, now: number): Session[] {
  const told = new Set<AccountId>();
  return Object.values(state.sessions).filter((session) => {
    const refusal = session.run?.unanswered;
    if (session.phase.name !== "limited" || refusal?.kind !== "quota") return false;
    if (!isOfAccount(refusal.window)) return false;
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
  const hitAt = Math.min(run?.refusedAt ?? now, now);
  // The second session at a wall knows no less of it than the first one did.
  const told = state.accounts[account]?.wall;
  const isSame = told && (window === null || told.window === window);
  const resetsAt = after(isSame ? told.resetsAt : null, hitAt) ??
    after(reading?.resetsAt, hitAt);
  const transcript = run?.transcript ?? null;
  const of = { account, session: name, window };
  return [{ type: "quota.wall", ...of, resetsAt, hitAt, transcript, evidence }];
}

/** A wall of which the transcript may still tell more. */
export interface YoungWall extends Wall {
  readonly account: AccountId;
  readonly transcript: string;
  /** Limit lines from before are of an earlier limit: of the same account, or of the one the session has come from. */
  readonly linesFrom: number;
  /** And those from then on are of a later run, which may have hit the wall of another account. */
  readonly linesUntil: number;
}

/**
 * Walls whose limit line was not seen yet, for as long as one without a reset is believed: a daemon may be away, and a
 * machine asleep, just when it is written. The session may have been moved away meanwhile.
 */
export function wallsToRefine(state: State, now: number): YoungWall[] {
  return Object.entries(state.accounts).flatMap(([account, { wall }]) => {
    const { transcript } = wall ?? {};
    if (!wall || !transcript || Math.abs(now - wall.since) > WALL_WITHOUT_RESET_MS) return [];
    return wall.evidence.includes(LIMIT_LINE)
      ? []
      : [{ ...wall, account, transcript, ...lifeOfRun(state, wall) }];
  });
}

/** Each run is under one account: what was written before it was begun, or after the next was, tells of another. */
function lifeOfRun(
  { sessions }: State,
  { session, hitAt }: Wall,
): Pick<YoungWall, "linesFrom" | "linesUntil"> {
  const starts = (entry(sessions, session)?.history ?? []).filter((t) => t.to === "starting");
  const begun = starts.findLast((t) => t.at <= hitAt)?.at ?? 0;
  const next = starts.find((t) => t.at > hitAt)?.at ?? Infinity;
  return { linesFrom: Math.max(begun, hitAt - LINE_AGE_MS), linesUntil: next };
}

/** Whether what is left to refine is due now; else a look now and then is enough. */
export function isDue(walls: readonly YoungWall[], now: number): boolean {
  return walls.some((wall) => Math.abs(now - wall.since) <= EAGER_MS);
}

/** The wall with what the transcript's limit line says of it: that beats any earlier reading. */
export function refined(state: State, wall: YoungWall, line: QuotaError | null): Fact[] {
  if (!line || line.at !== null && (line.at < wall.linesFrom || line.at >= wall.linesUntil)) {
    return [];
  }
  const { account, session, transcript, hitAt } = wall;
  // It is of an earlier limit, maybe of the account before: the one to wait for is not written yet.
  const oldest = hitAt - CLOCKS_DIFFER_MS;
  if (line.resetsAt !== null && after(line.resetsAt, oldest) === null) return [];
  return [{
    type: "quota.wall",
    account,
    session,
    transcript,
    window: isOfAccount(line.window) ? line.window ?? wall.window : wall.window, // whose reset it is
    resetsAt: line.resetsAt ?? wall.resetsAt,
    hitAt,
    evidence: [...wall.evidence, LIMIT_LINE],
  }, ...overageOfLine(state, account, line, hitAt)];
}

function overageOfLine(
  { accounts }: State,
  id: AccountId,
  { overage, at }: QuotaError,
  hitAt: number,
): Fact[] {
  if (!overage) return [];
  const account = entry(accounts, id) ?? NEW_ACCOUNT;
  return overageFacts(account, id, { overage, windows: {} }, at ?? hitAt);
}

/**
 * A reset from before the limit was hit belongs to an earlier one. Not one from before now: a daemon that was away
 * tells a wall that may be over, and without its reset it would be believed for hours.
 */
function after(resetsAt: number | null | undefined, at: number): number | null {
  return resetsAt && resetsAt > at ? resetsAt : null;
}
