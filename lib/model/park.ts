/**
 * Where a session can go that a move has in its hands, and when one that is parked can go on. Pure.
 *
 * @module
 */
import { boundEnds } from "./bounds.ts";
import type { AccountSpec, Config } from "./config.ts";
import { dueAt } from "./elapsed.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { barredToPolicy, candidates, isLastResort, RECHECK_MS } from "./policy.ts";
import { folderProblem } from "./preflight.ts";
import { fullWords, pressure, WALL_WITHOUT_RESET_MS } from "./pressure.ts";
import { restOf } from "./start_failures.ts";
import {
  type Account,
  entry,
  isAlive,
  type Move,
  NEW_ACCOUNT,
  type Session,
  type State,
  type Swap,
} from "./state.ts";

/** An account that is not ready is checked again about so often; until then it stays out of the question. */
const CHECKED_AGAIN_MS = 10 * 60_000;

/** Why the move cannot end under the account it goes to, as things are now; null: it can. */
export function unfit(state: State, swap: Swap, move: Move, now: number): string | null {
  const { to, session } = move;
  const spec = swap.config.accounts.find((a) => a.id === to);
  if (!spec) return `${to} is not in the config`;
  // What a person chose knowingly holds; what has come up since then counts.
  const counts = (at: number) => swap.by === "policy" || to !== swap.to || at >= swap.requestedAt;
  const account = entry(state.accounts, to) ?? NEW_ACCOUNT;
  const p = pressure(account, spec, now);
  // Nobody's word but the config's lets work go where it is paid for.
  if (p.is === "full" && (p.bound === "overage" || counts(fullSince(account)))) {
    return `${to}: ${p.bound ? fullWords(p, spec) : "its quota is used up"}`;
  }
  if (to === swap.from) return null;
  const allowed = swap.config.sessions.find((s) => s.name === session)?.allowedAccounts;
  if (allowed && !allowed.includes(to)) return `its project does not allow ${to}`;
  const { check } = account;
  if (check && check.problems.length > 0 && counts(check.at)) {
    return `${to}: ${check.problems.join("; ")}`;
  }
  const cwd = swap.config.sessions.find((s) => s.name === session)?.cwd;
  const distrust = cwd === undefined ? null : folderProblem(account, cwd);
  return distrust && `under ${to} ${distrust}`;
}

function fullSince({ wall, windows }: Account): number {
  const full = Object.values(windows).filter((w) => w.usedPct >= 100).map((w) => w.readAt);
  return Math.max(wall?.since ?? 0, ...full);
}

/**
 * Where the move goes when it cannot end where it was going: the best account that it has not failed under. Null:
 * there is none, but the one it came from may do (`canGoBack`).
 */
export function nextTarget(state: State, swap: Swap, move: Move, now: number): AccountId | null {
  const out = new Set([...move.tried, move.to, ...swap.rejected.map((r) => r.account)]);
  const question = { from: swap.from, by: swap.by, now, session: move.session };
  // The swap keeps the config it began with: an account of a later one is none to it.
  const known = swap.config.accounts.map((a) => a.id);
  const next = candidates(state, question)
    .find((c) => c.rejected === null && !out.has(c.account) && known.includes(c.account));
  return next?.account ?? null;
}

/** Whether the account that the move came from can have it back: it has room, and the session has not failed there. */
export function canGoBack(state: State, swap: Swap, move: Move, now: number): boolean {
  const { from } = swap;
  if (move.to === from || move.tried.includes(from)) return false;
  const spec = swap.config.accounts.find((a) => a.id === from);
  const account = entry(state.accounts, from) ?? NEW_ACCOUNT;
  return spec !== undefined && pressure(account, spec, now).is !== "full";
}

/** What decides where and when a session goes on that stands still. */
export interface Stay {
  readonly session: SessionName;
  /** It may go on there without being asked, whatever `failover.to_kinds` says: it was there before. */
  readonly own: readonly AccountId[];
  /** Its launch has just failed under these. */
  readonly avoid: readonly AccountId[];
  /** When it was parked. */
  readonly since: number;
  readonly asked: boolean;
  /** Set: it goes on only when it is asked for. */
  readonly onDemand?: true;
}

export interface Wake {
  readonly account: AccountId;
  /** Epoch milliseconds; not in the future when it can go on now. */
  readonly at: number;
}

/** How a parked session stands still; null when it is not parked. */
export function stayOf(state: State, name: SessionName): Stay | null {
  const session = entry(state.sessions, name);
  if (session?.phase.name !== "parked") return null;
  const { home, avoid, asked, onDemand } = session.phase;
  const since = session.history.at(-1)?.at ?? 0;
  const own = [home, session.account];
  return { session: name, own, avoid, since, asked, ...(onDemand ? { onDemand } : {}) };
}

/** The session is parked and comes up as soon as somebody needs it. */
export function isOnDemand({ phase }: Session): boolean {
  return phase.name === "parked" && phase.onDemand === true;
}

/** A prompt can be typed into it, now or once it has come up for that. */
export function takesPrompts(session: Session): boolean {
  return isAlive(session) || isOnDemand(session);
}

/** Under which account it would come up now; null when none can have it now. */
export function accountOnDemand(state: State, session: Session, now: number): AccountId | null {
  const stay = isOnDemand(session) ? stayOf(state, session.name) : null;
  if (!stay) return null;
  const { onDemand: _, ...free } = stay;
  const wake = wakeOf(state, free, now);
  return wake && wake.at <= now ? wake.account : null;
}

/** The account that has room first among those the session may use, and from when on; null when it may use none. */
export function wakeOf(state: State, stay: Stay, now: number): Wake | null {
  if (stay.onDemand && !stay.asked) return null;
  const { config } = state;
  const anywhere = config?.sessions.find((s) => s.name === stay.session)?.allowedAccounts ?? [];
  const pin = entry(state.sessions, stay.session)?.pin;
  const allowed = pin ? anywhere.filter((id) => id === pin.account) : anywhere;
  const wakes = (config?.accounts ?? [])
    .filter((spec) => allowed.includes(spec.id))
    .filter((spec) => pin || stay.own.includes(spec.id) || mayGoTo(spec, config!, stay))
    .filter((spec) => stay.asked || restUntil(state, stay, spec, now) !== "forever")
    .map((spec) => ({ spec, at: roomAt(state, spec, stay, now) }))
    .filter(({ at }) => at !== Infinity)
    .sort((a, b) => a.at - b.at || rank(a.spec, stay, config!) - rank(b.spec, stay, config!));
  // Who is asked for comes up where there is no room as well, but not where it is paid for.
  const first = stay.asked ? wakes.find(({ spec }) => !isPaid(state, spec, now)) : undefined;
  if (first) return { account: first.spec.id, at: Math.min(first.at, now) };
  return wakes[0] ? { account: wakes[0].spec.id, at: wakes[0].at } : null;
}

/** In mode `confirm` nobody is woken elsewhere unasked: that would be a move. */
function mayGoTo(spec: AccountSpec, config: Config, { asked }: Stay): boolean {
  const isOpen = isLastResort(spec, config) || barredToPolicy(spec, config) === null;
  return isOpen && (asked || config.failover.mode === "auto");
}

/** Of accounts that have room at the same time, its own comes first, then the preferred one, and the last resort last. */
function rank(spec: AccountSpec, { own }: Stay, config: Config): number {
  if (isLastResort(spec, config)) return Infinity;
  return own.includes(spec.id) ? -1 : spec.priority;
}

function isPaid(state: State, spec: AccountSpec, now: number): boolean {
  const p = pressure(entry(state.accounts, spec.id) ?? NEW_ACCOUNT, spec, now);
  return p.is === "full" && p.bound === "overage";
}

/** From when on the session can be under this account: now, or when its last obstacle ends. */
function roomAt(state: State, spec: AccountSpec, stay: Stay, now: number): number {
  const account = entry(state.accounts, spec.id) ?? NEW_ACCOUNT;
  let at = roomByQuota(account, spec, stay.own.includes(spec.id), now);
  const { check } = account;
  const cwd = state.config?.sessions.find((s) => s.name === stay.session)?.cwd ?? "";
  if (check && (check.problems.length > 0 || folderProblem(account, cwd) !== null)) {
    at = Math.max(at, dueAt(check.at, CHECKED_AGAIN_MS, now), now + 1);
  }
  const rest = restUntil(state, stay, spec, now);
  if (typeof rest === "number") at = Math.max(at, rest);
  return stay.avoid.includes(spec.id) ? Math.max(at, dueAt(stay.since, RECHECK_MS, now)) : at;
}

function restUntil(state: State, stay: Stay, { id }: AccountSpec, now: number) {
  const session = entry(state.sessions, stay.session);
  return session ? restOf(session, id, now) : null;
}

/** Walls and windows end one after the other, each at a reset. An account of its own need not be far from them. */
function roomByQuota(account: Account, spec: AccountSpec, isOwn: boolean, now: number): number {
  const isOpen = (at: number) => {
    const { is } = pressure(account, spec, at);
    return is !== "full" && (isOwn || is !== "near");
  };
  const ends = [
    ...boundEnds(account, now),
    ...(account.wall ? [account.wall.resetsAt ?? account.wall.since + WALL_WITHOUT_RESET_MS] : []),
    ...Object.values(account.windows).map((w) => w.resetsAt ?? w.readAt + WALL_WITHOUT_RESET_MS),
  ];
  const times = [now, ...ends.filter((at) => at > now).sort((a, b) => a - b)];
  return times.find(isOpen) ?? Infinity; // a bound that no time ends
}
