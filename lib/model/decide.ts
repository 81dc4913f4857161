/**
 * What the policy wants now, as a pure function of the state and the time, with its reasons.
 *
 * @module
 */
import { remediesOf, remedyOf } from "./choice.ts";
import type { AccountSpec, Config } from "./config.ts";
import type { SwapReason } from "./event.ts";
import { waysHome } from "./fail_back.ts";
import { declinedWords, failedWords, waitWords } from "./hold_off.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { atModelWall } from "./model_wall.ts";
import { type Candidate, candidates, movable } from "./policy.ts";
import { WALL_WITHOUT_RESET_MS } from "./pressure.ts";
import type { Session, State } from "./state.ts";
import { boundOn, strandedOn, type Trigger, triggerOf } from "./trigger.ts";

export { RETRY_MS } from "./hold_off.ts";
export { strandedOn, triggerOf } from "./trigger.ts";

export type Decision =
  | {
    readonly do: "nothing";
    readonly why: string;
    /** Each account that there was reason to leave, and why it was not. */
    readonly stays: readonly Stays[];
  }
  | {
    readonly do: "swap" | "propose";
    readonly from: AccountId;
    readonly to: AccountId;
    readonly reason: SwapReason;
    readonly sessions: readonly SessionName[];
  }
  /** Nowhere to go: the sessions that can or may do nothing here are ended until there is. */
  | {
    readonly do: "park";
    readonly from: AccountId;
    readonly reason: SwapReason;
    readonly sessions: readonly SessionName[];
  };

export interface Stays {
  readonly account: AccountId;
  /** What speaks for leaving it; null: sessions only stand at a wall that is over. */
  readonly reason: SwapReason | null;
  /** For people. */
  readonly why: string;
  /** Every other account, best first, as far as that was looked at. */
  readonly candidates: readonly Candidate[];
}

type Act = Exclude<Decision, { do: "nothing" }>;

/** What the policy wants now. */
export function decide(state: State, now: number): Decision {
  const { config } = state;
  if (!config) return nothing("no config is in force");
  if (state.frozen) return nothing(`frozen: ${state.frozen.reason}`);
  if (state.runningSwap !== null) return nothing(`swap ${state.runningSwap} is running`);
  if (state.daemon.phase === "stopping") return nothing("the daemon is stopping");
  const accounts = config.accounts.map((spec) => ({
    spec,
    stranded: strandedOn(state, spec, now),
  }));
  // Who can do nothing where they are go first.
  const others = accounts.filter(({ stranded }) => stranded.length === 0);
  const stays: Stays[] = [];
  for (const at of accounts.filter((a) => !others.includes(a)).concat(others)) {
    const found = config.failover.mode === "off"
      ? stopPaid(state, at.spec, now)
      : leave(state, config, at, now);
    for (const one of found) {
      if ("do" in one) return one;
      stays.push(one);
    }
  }
  const unless = config.failover.mode === "off"
    ? "failover.mode is off"
    : "every account in use has room";
  return nothing(stays.map((s) => s.why).join(". ") || unless, stays);
}

interface At {
  readonly spec: AccountSpec;
  readonly stranded: readonly Session[];
}

/** What is done about one account, or why nothing is; the first that is an act counts. */
function leave(state: State, config: Config, { spec, stranded }: At, now: number): (Act | Stays)[] {
  const trigger = triggerOf(state, spec, now);
  if (!trigger && stranded.length === 0) {
    return [...leaveModel(state, config, spec, now), ...goHome(state, config, spec, now)];
  }
  const stay = (why: string, all: readonly Candidate[] = []): Stays[] => [
    { account: spec.id, reason: trigger, why, candidates: all },
  ];
  const failed = failedWords(state, spec.id, now);
  // Nothing of ours goes on where it is paid for: nobody is asked first, and no second try is waited for.
  if (isPaid(trigger) && (config.failover.mode !== "auto" || failed)) {
    return stopPaid(state, spec, now);
  }
  const off = failed ?? declinedWords(state, spec, trigger, now);
  if (off !== null) return stay(off);
  const isStuck = trigger?.kind === "bound" || stranded.length > 0;
  const all = candidates(state, { from: spec.id, by: "policy", now });
  const best = trigger && all.find((c) => c.rejected === null);
  const wait = waitWords(state, spec, trigger, now);
  if (wait !== null && comesFirst(config, best?.account)) return stay(wait, all);
  const stuck = trigger?.kind === "bound" ? boundOn(state, spec, trigger) : stranded;
  const last = trigger && !best && isStuck ? lastResort(state, spec.id, now) : null;
  if (trigger && last) {
    const names = stuck.map((s) => s.name);
    const may = movable(state, spec.id, last, { by: "policy", now }).sessions;
    const sessions = may.filter((name) => names.includes(name));
    if (sessions.length > 0) {
      return [go(config, { from: spec.id, to: last, reason: trigger, sessions })];
    }
  }
  if (!best && config.failover.mode === "auto" && stuck.length > 0) {
    return [park(spec.id, stuck, trigger)];
  }
  if (!trigger) return [];
  if (!best) {
    const why = all.map((c) => `${c.account}: ${c.rejected}`).join("; ");
    return stay(`${spec.id} has no target (${why || "it is the only account"})`, all);
  }
  const to = best.account;
  const { sessions: may } = movable(state, spec.id, to, { by: "policy", now });
  const sessions = taken(config, trigger, may, stranded);
  if (sessions.length > 0) return [go(config, { from: spec.id, to, reason: trigger, sessions })];
  return stay(`${spec.id}: nobody stands at its limit (failover.strategy: session)`, all);
}

/** Whether waiting is named before what would be done else. */
function comesFirst(config: Config, best: AccountId | undefined): boolean {
  const remedies = remediesOf(config);
  const wait = remedies.indexOf("wait");
  const spec = config.accounts.find((a) => a.id === best);
  return wait >= 0 && (!spec || wait < remedies.indexOf(remedyOf(spec)));
}

/** With `strategy: session` only those go that can or may do nothing where they are. */
function taken(
  { failover }: Config,
  { kind }: Trigger,
  may: readonly SessionName[],
  stranded: readonly Session[],
): readonly SessionName[] {
  if (failover.strategy !== "session" || kind === "bound") return may;
  return kind === "wall" ? may.filter((name) => stranded.some((s) => s.name === name)) : [];
}

function lastResort(state: State, from: AccountId, now: number): AccountId | null {
  const all = candidates(state, { from, by: "policy", now, lastResort: true });
  return all.find((c) => c.rejected === null)?.account ?? null;
}

/** Whoever stands at the limit of one model goes elsewhere, if the config says so. */
function leaveModel(
  state: State,
  { failover }: Config,
  { id }: AccountSpec,
  now: number,
): (Act | Stays)[] {
  const failed = failedWords(state, id, now);
  return atModelWall(state, id).map(({ session: { name }, window }) => {
    const reason = { kind: "wall" as const, session: name, window };
    const of = { account: id, reason };
    if (failover.modelWall !== "move") {
      const why = `${name} stands at the ${window} of ${id}, a limit of one model, and stays ` +
        "(failover.model_wall)";
      return { ...of, why, candidates: [] };
    }
    if (failed !== null) return { ...of, why: failed, candidates: [] };
    const all = candidates(state, { from: id, by: "policy", now, session: name, model: window });
    const best = all.find((c) => c.rejected === null);
    if (best) {
      const how = failover.mode === "auto" ? "swap" : "propose";
      return { do: how, from: id, to: best.account, reason, sessions: [name] };
    }
    const why = all.map((c) => `${c.account}: ${c.rejected}`).join("; ");
    return {
      ...of,
      why: `${name} has no target (${why || "there is only one account"})`,
      candidates: all,
    };
  });
}

function goHome(state: State, config: Config, spec: AccountSpec, now: number): (Act | Stays)[] {
  const reason = { kind: "fail_back" as const };
  const off = failedWords(state, spec.id, now) ?? declinedWords(state, spec, reason, now);
  return waysHome(state, config, spec, now).map(({ to, sessions, stays, candidates }) => {
    const why = stays ?? off;
    return why === null
      ? go(config, { from: spec.id, to, reason, sessions })
      : { account: spec.id, reason, why, candidates };
  });
}

/** Paid use that the config does not allow is ended in every mode. */
function stopPaid(state: State, spec: AccountSpec, now: number): (Act | Stays)[] {
  const trigger = triggerOf(state, spec, now);
  if (!isPaid(trigger)) return [];
  const why = failedWords(state, spec.id, now, "park");
  if (why !== null) return [{ account: spec.id, reason: trigger, why, candidates: [] }];
  const paid = boundOn(state, spec, trigger);
  return paid.length > 0 ? [park(spec.id, paid, trigger)] : [];
}

function isPaid(trigger: Trigger | null): trigger is Extract<Trigger, { kind: "bound" }> {
  return trigger?.kind === "bound" && trigger.bound === "overage";
}

function go(
  { failover }: Config,
  how: Pick<Act & { do: "swap" }, "from" | "to" | "reason" | "sessions">,
): Act {
  return { do: failover.mode === "auto" ? "swap" : "propose", ...how };
}

function park(from: AccountId, sessions: readonly Session[], trigger: Trigger | null): Act {
  const { name, phase } = sessions[0]!;
  const window = phase.name === "limited" ? phase.window : null;
  const reason = trigger?.kind === "bound"
    ? trigger
    : { kind: "wall" as const, session: name, window };
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

function nothing(why: string, stays: readonly Stays[] = []): Decision {
  return { do: "nothing", why, stays };
}
