/**
 * What the policy wants now, as a pure function of the state and the time, with its reasons.
 *
 * @module
 */
import type { AccountSpec } from "./config.ts";
import type { SwapReason } from "./event.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { candidates, movable, pressure, RETRY_MS, WALL_WITHOUT_RESET_MS } from "./policy.ts";
import { entry, isAlive, type Session, type State } from "./state.ts";

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
  const accounts = config.accounts.map((spec) => ({
    spec,
    stranded: strandedOn(state, spec, now),
  }));
  // Who can do nothing where they are go first.
  const others = accounts.filter(({ stranded }) => stranded.length === 0);
  for (const { spec, stranded } of accounts.filter((a) => !others.includes(a)).concat(others)) {
    const trigger = triggerOf(state, spec, now);
    if (!trigger && stranded.length === 0) continue;
    const failed = lastFailure(state, spec.id);
    if (failed !== null && now - failed < RETRY_MS) {
      reasons.push(`${spec.id}: the last swap failed a moment ago`);
      continue;
    }
    const wait = waitWords(state, spec, trigger, now) ?? declinedWords(state, spec, trigger, now);
    if (wait !== null) {
      reasons.push(wait);
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
export function strandedOn(state: State, { id }: AccountSpec, now: number): Session[] {
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

/** When the last swap off this account ended in failure, or null when it did not, or what it was for had gone. */
function lastFailure(state: State, from: AccountId): number | null {
  const last = Object.values(state.swaps)
    .filter((s) => s.from === from)
    .sort((a, b) => b.requestedAt - a.requestedAt)[0];
  if (last?.outcome.is !== "failed") return null;
  const moves = Object.values(last.moves);
  const isMoot = moves.length > 0 &&
    moves.every(({ outcome }) => outcome.is === "failed" && outcome.moot === true);
  return isMoot ? null : last.outcome.at;
}

const MINUTE = 60_000;

/** Why the account is not left although there is reason to: that ends in a moment. Null: it is left. */
function waitWords(
  state: State,
  spec: AccountSpec,
  trigger: SwapReason | null,
  now: number,
): string | null {
  const { mode, waitIfResetWithinMs = 0 } = state.config!.failover;
  const account = entry(state.accounts, spec.id);
  if (!account || !trigger || trigger.kind === "asked" || mode !== "auto") return null;
  const p = pressure(account, spec, now);
  const resetsAt = p.is === "full"
    ? p.resetsAt
    : trigger.window && account.windows[trigger.window]?.resetsAt;
  if (!resetsAt || resetsAt - now > waitIfResetWithinMs) return null;
  const then = pressure(account, spec, resetsAt).is;
  if (then === "full" || then === p.is) return null; // another window is no better
  const inMinutes = Math.ceil((resetsAt - now) / MINUTE);
  return `${spec.id} has room again in ${inMinutes} min, which is waited for ` +
    "(failover.wait_if_reset_within)";
}

/** Why the same is not proposed again, or null. */
function declinedWords(
  { config, declined }: State,
  { id }: AccountSpec,
  trigger: SwapReason | null,
  now: number,
): string | null {
  const last = entry(declined, id);
  if (config?.failover.mode !== "confirm" || !trigger || !last || now >= last.until) return null;
  if (now < last.at - MINUTE) return null; // the clock was set back
  if (last.reason === "threshold" && trigger.kind === "wall") return null;
  const how = last.how === "rejected"
    ? "a person has rejected the proposal"
    : "nobody has answered the proposal";
  return `${id}: ${how} to leave it; \`failover --from ${id}\` moves its sessions all the same`;
}

function nothing(why: string): Decision {
  return { do: "nothing", why };
}

/** Why the sessions of this account should leave it, or null. */
export function triggerOf(state: State, spec: AccountSpec, now: number): SwapReason | null {
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
