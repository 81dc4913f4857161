/**
 * When to move and where to, as pure functions of the state and the time. Each answer carries its reasons.
 *
 * @module
 */
import type { AccountSpec, Config } from "./config.ts";
import type { SwapReason } from "./event.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { folderProblem } from "./preflight.ts";
import type { WindowName } from "./quota.ts";
import { restWords } from "./start_failures.ts";
import { type Account, entry, isAlive, type Session, type State } from "./state.ts";

/** A wall or a window without a known reset is believed for as long as the longest short window. */
export const WALL_WITHOUT_RESET_MS = 5 * 3_600_000;

/** How long a failed preflight keeps automatic moves away from an account. */
export const RECHECK_MS = 5 * 60_000;

/** How long the policy waits after a swap that failed. */
export const RETRY_MS = 60_000;

export type Pressure =
  | { readonly is: "unknown" }
  | { readonly is: "room"; readonly window: WindowName; readonly usedPct: number }
  | { readonly is: "near"; readonly window: WindowName; readonly usedPct: number }
  | { readonly is: "full"; readonly window: WindowName | null; readonly resetsAt: number | null };

/** How close an account is to its walls. A window past its reset says nothing any more. */
export function pressure(account: Account, spec: AccountSpec, now: number): Pressure {
  const { wall } = account;
  if (wall && now < (wall.resetsAt ?? wall.since + WALL_WITHOUT_RESET_MS)) {
    return { is: "full", window: wall.window, resetsAt: wall.resetsAt };
  }
  let worst: Pressure = { is: "unknown" };
  let worstRatio = -1;
  for (const [name, reading] of Object.entries(account.windows)) {
    const window = name as WindowName;
    if ((reading.resetsAt ?? reading.readAt + WALL_WITHOUT_RESET_MS) <= now) continue;
    if (window !== "five_hour" && window !== "seven_day") continue; // one model's window is not the account's
    const { usedPct, resetsAt } = reading;
    if (usedPct >= 100) return { is: "full", window, resetsAt };
    const line = window === "five_hour" ? spec.thresholds.fiveHourPct : spec.thresholds.weeklyPct;
    const ratio = usedPct / line;
    if (ratio <= worstRatio) continue;
    worstRatio = ratio;
    worst = { is: ratio >= 1 ? "near" : "room", window, usedPct };
  }
  return worst;
}

export interface Candidate {
  readonly account: AccountId;
  /** Null: it can take the work. */
  readonly rejected: string | null;
}

interface Question {
  readonly from: AccountId;
  readonly by: "person" | "policy";
  readonly now: number;
  /** Only for this session, which a move may have stopped already. */
  readonly session?: SessionName;
}

/** Every account but `from`, best first; each that cannot take the work with the reason. */
export function candidates(state: State, question: Question): Candidate[] {
  const config = state.config;
  if (!config) return [];
  return config.accounts
    .filter((spec) => spec.id !== question.from)
    .sort((a, b) => a.priority - b.priority)
    .map((spec) => ({
      account: spec.id,
      rejected: rejection(state, config, spec, question),
    }))
    .sort((a, b) => Number(a.rejected !== null) - Number(b.rejected !== null));
}

function rejection(
  state: State,
  config: Config,
  spec: AccountSpec,
  { from, by, now, session }: Question,
): string | null {
  const account = entry(state.accounts, spec.id);
  const p = account ? pressure(account, spec, now) : { is: "unknown" as const };
  if (p.is === "full") return `its ${p.window ?? "quota"} is used up`;
  const own = config.sessions.find((s) => s.name === session);
  if (session === undefined) {
    const { sessions } = movable(state, from, spec.id, { by, now });
    if (sessions.length === 0) return noneMay(state, from, spec.id, { by, now });
  } else if (!own?.allowedAccounts.includes(spec.id)) {
    return `no session of ${from} may move there`;
  } else {
    const one = entry(state.sessions, session);
    const why = one && unwelcome(state, one, spec.id, { by, now });
    if (why) return `not for ${session}: ${why}`;
  }
  if (by === "person") return null;
  if (p.is === "near") return `its ${p.window} stands at ${p.usedPct} %`;
  const barred = barredToPolicy(spec, config);
  if (barred !== null) return barred;
  const check = account?.check;
  if (check && check.problems.length > 0 && now - check.at < RECHECK_MS) {
    return `its last preflight found: ${check.problems.join("; ")}`;
  }
  return null;
}

/** Why the config lets no work go to this account unless a person says so, or null. */
export function barredToPolicy(spec: AccountSpec, config: Config): string | null {
  if (!spec.auto) return "auto: false";
  return config.failover.toKinds.includes(spec.kind)
    ? null
    : `failover.to_kinds does not name ${spec.kind}`;
}

interface Left {
  readonly session: SessionName;
  readonly why: string;
}

/** The sessions of `from` that may go to `to`, and those that may not, with the reason. */
export function movable(
  state: State,
  from: AccountId,
  to: AccountId,
  asker: Pick<Question, "by" | "now">,
): { sessions: SessionName[]; left: Left[] } {
  const sessions: SessionName[] = [];
  const left: Left[] = [];
  for (const session of Object.values(state.sessions)) {
    if (session.account !== from) continue;
    const spec = state.config?.sessions.find((s) => s.name === session.name);
    const why = !spec
      ? "it is no longer in the config"
      : spec.neverMove
      ? "held (never_move)"
      : session.hold
      ? `held: ${session.hold.reason}`
      : session.asked
      ? `its ${session.asked.to} was asked for`
      : !spec.allowedAccounts.includes(to)
      ? `its project does not allow ${to}`
      : !isAlive(session)
      ? `it is ${session.phase.name}`
      : unwelcome(state, session, to, asker);
    if (why === null) sessions.push(session.name);
    else left.push({ session: session.name, why });
  }
  return { sessions, left };
}

/** What about the target keeps this session from it, or null. */
function unwelcome(
  state: State,
  session: Session,
  to: AccountId,
  { by, now }: Pick<Question, "by" | "now">,
): string | null {
  const cwd = state.config?.sessions.find((s) => s.name === session.name)?.cwd ?? "";
  const distrust = folderProblem(entry(state.accounts, to), cwd);
  if (distrust !== null) return `under ${to} ${distrust}`;
  return by === "person" ? null : restWords(session, to, now);
}

/** With what keeps each session from there, where that is not what the config and people want. */
function noneMay(
  state: State,
  from: AccountId,
  to: AccountId,
  asker: Pick<Question, "by" | "now">,
): string {
  const reasons = Object.values(state.sessions)
    .filter((s) => s.account === from && isAlive(s))
    .flatMap((s) => {
      const why = unwelcome(state, s, to, asker);
      return why === null ? [] : [`${s.name}: ${why}`];
    });
  const said = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  return `no session of ${from} may move there${said}`;
}

export type Decision =
  | { readonly do: "nothing"; readonly why: string }
  | {
    readonly do: "swap" | "propose";
    readonly from: AccountId;
    readonly to: AccountId;
    readonly reason: SwapReason;
    readonly sessions: readonly SessionName[];
  }
  /** Nowhere to go: the sessions that stand at the wall are ended until there is. */
  | {
    readonly do: "park";
    readonly from: AccountId;
    readonly reason: SwapReason;
    readonly sessions: readonly SessionName[];
  };

/** What the policy wants now. */
export function decide(state: State, now: number): Decision {
  const { config } = state;
  if (!config) return nothing("no config is in force");
  if (config.failover.mode === "off") return nothing("failover.mode is off");
  if (state.frozen) return nothing(`frozen: ${state.frozen.reason}`);
  if (state.runningSwap !== null) return nothing(`swap ${state.runningSwap} is running`);
  if (state.daemon.phase === "stopping") return nothing("the daemon is stopping");
  const reasons: string[] = [];
  for (const spec of config.accounts) {
    const trigger = triggerOf(state, spec, now);
    const stranded = strandedOn(state, spec, now);
    if (!trigger && stranded.length === 0) continue;
    const failed = lastFailure(state, spec.id);
    if (failed !== null && now - failed < RETRY_MS) {
      reasons.push(`${spec.id}: the last swap failed a moment ago`);
      continue;
    }
    const all = candidates(state, { from: spec.id, by: "policy", now });
    const best = trigger && all.find((c) => c.rejected === null);
    if (!best && config.failover.mode === "auto" && stranded.length > 0) {
      return park(spec.id, stranded);
    }
    if (!trigger) continue;
    if (!best) {
      const why = all.map((c) => `${c.account}: ${c.rejected}`).join("; ");
      reasons.push(`${spec.id} has no target (${why || "it is the only account"})`);
      continue;
    }
    const { sessions } = movable(state, spec.id, best.account, { by: "policy", now });
    const how = config.failover.mode === "auto" ? "swap" : "propose";
    return { do: how, from: spec.id, to: best.account, reason: trigger, sessions };
  }
  return nothing(reasons.join(". ") || "every account in use has room");
}

/**
 * The sessions that stand at a wall of this account, which has been told: where it still stands, they can do nothing
 * here, and where it is over, they wait at their prompts all the same.
 */
function strandedOn(state: State, { id }: AccountSpec, now: number): Session[] {
  const wall = entry(state.accounts, id)?.wall;
  if (!wall) return [];
  return Object.values(state.sessions).filter((session) => {
    const { phase, account, name, history } = session;
    if (account !== id || phase.name !== "limited") return false;
    if (phase.window === "seven_day_opus" || phase.window === "seven_day_sonnet") return false;
    const spec = state.config?.sessions.find((s) => s.name === name);
    if (!spec || spec.neverMove || session.hold || session.asked) return false;
    const limitedAt = history.findLast((t) => t.to === "limited")?.at ?? 0;
    return wall.since >= limitedAt || now < limitedAt; // an older wall says nothing of this one
  });
}

function park(from: AccountId, sessions: readonly Session[]): Decision {
  const { name, phase } = sessions[0]!;
  const window = phase.name === "limited" ? phase.window : null;
  const reason = { kind: "wall" as const, session: name, window };
  return { do: "park", from, reason, sessions: sessions.map((s) => s.name) };
}

/** When a wall or window next ends by the mere passing of time: then `decide` may say something else. */
export function nextReset(state: State, now: number): number | null {
  const resets = Object.values(state.accounts).flatMap(({ wall, windows }) => [
    ...(wall ? [wall.resetsAt ?? wall.since + WALL_WITHOUT_RESET_MS] : []),
    ...Object.values(windows).flatMap(({ resetsAt }) => resetsAt === null ? [] : [resetsAt]),
  ]).filter((at) => at > now);
  return resets.length === 0 ? null : Math.min(...resets);
}

/** When the last swap off this account ended in failure, or null when it did not. */
function lastFailure(state: State, from: AccountId): number | null {
  const last = Object.values(state.swaps)
    .filter((s) => s.from === from)
    .sort((a, b) => b.requestedAt - a.requestedAt)[0];
  return last?.outcome.is === "failed" ? last.outcome.at : null;
}

function nothing(why: string): Decision {
  return { do: "nothing", why };
}

/** Why the sessions of this account should leave it, or null. */
function triggerOf(state: State, spec: AccountSpec, now: number): SwapReason | null {
  const account = entry(state.accounts, spec.id);
  const here = Object.values(state.sessions).filter((s) => s.account === spec.id && isAlive(s));
  if (!account || here.length === 0) return null;
  const p = pressure(account, spec, now);
  if (p.is === "full") {
    const session = here.find((s) => s.phase.name === "limited") ?? here[0]!;
    return { kind: "wall", session: session.name, window: p.window };
  }
  if (p.is !== "near") return null;
  const minStayMs = state.config?.failover.minStayMs ?? 0;
  if (account.arrivedAt !== null && now - account.arrivedAt < minStayMs) return null;
  return { kind: "threshold", window: p.window, usedPct: p.usedPct };
}
