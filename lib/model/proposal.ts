/**
 * Mode `confirm`: what becomes of the proposal that waits for a person's word. Pure.
 *
 * @module
 */
import { type Decision, strandedOn, triggerOf } from "./decide.ts";
import type { SwapReason } from "./event.ts";
import type { AccountSpec } from "./config.ts";
import { waysHome } from "./fail_back.ts";
import type { SessionName } from "./ids.ts";
import { atModelWall, isOfAccount } from "./model_wall.ts";
import { candidates, movable, reasonEnds, WALL_WITHOUT_RESET_MS } from "./policy.ts";
import type { Proposal, State } from "./state.ts";

/** Nothing is lost while sessions are not at home, so nobody is asked twice a day. */
const ASKED_AGAIN_MS = 24 * 3_600_000;

export type FollowUp =
  | { readonly do: "keep" }
  /** `reason` is for people. */
  | { readonly do: "withdraw"; readonly reason: string }
  | { readonly do: "lapse" } & Lapse;

interface Lapse {
  readonly reason: string;
  /** What is done instead of asking; null: all stays as it is. */
  readonly decision: Extract<Decision, { do: "swap" | "propose" | "park" }> | null;
}

/** What is to be done about the waiting proposal now; null when none waits. */
export function followUp(state: State, now: number): FollowUp | null {
  const { proposal } = state;
  if (!proposal) return null;
  if (state.runningSwap !== null || state.daemon.phase === "stopping") return { do: "keep" };
  const reason = outdated(state, proposal, now);
  if (reason !== null) return { do: "withdraw", reason };
  if (proposal.deadline === null || now < proposal.deadline) return { do: "keep" };
  return { do: "lapse", ...withoutAnswer(state, proposal, now) };
}

/** Rejected or lapsed now, it is not proposed again before this time. */
export function declinedUntil(state: State, { from, reason }: Proposal, now: number): number {
  if (reason.kind === "fail_back") return now + ASKED_AGAIN_MS;
  const ends = reasonEnds(state.accounts[from], "window" in reason ? reason.window : null);
  return ends ?? (reason.kind === "asked" ? now : now + WALL_WITHOUT_RESET_MS);
}

/** Why it cannot stand as it was made, or null. */
function outdated(state: State, { from, to, reason }: Proposal, now: number): string | null {
  const { config, frozen } = state;
  if (config?.failover.mode !== "confirm") {
    return `failover.mode is ${config?.failover.mode ?? "gone"} now`;
  }
  if (frozen) return `frozen: ${frozen.reason}`;
  const spec = config.accounts.find((a) => a.id === from);
  if (!spec) return `${from} is no longer in the config`;
  const change = changed(state, spec, { to, reason }, now);
  if (change !== null) return change;
  const lastResort = config.failover.lastResort?.includes(to) ?? false;
  const all = candidates(state, { from, by: "policy", now, lastResort });
  const target = all.find((c) => c.account === to);
  if (!target) return `${to} is no longer in the config`;
  return target.rejected === null ? null : `${to}: ${target.rejected}`;
}

/** Why what it was proposed for is no longer so, or null. */
function changed(
  state: State,
  spec: AccountSpec,
  { to, reason }: Pick<Proposal, "to" | "reason">,
  now: number,
): string | null {
  const { id } = spec;
  const gone = `there is no reason to leave ${id} any more`;
  if (reason.kind === "fail_back") {
    const ways = waysHome(state, state.config!, spec, now);
    const way = ways.find((w) => w.to === to);
    return way ? way.stays : gone;
  }
  if (reason.kind === "wall" && !isOfAccount(reason.window)) {
    return atModelWall(state, id).some(({ session }) => session.name === reason.session)
      ? null
      : gone;
  }
  const trigger = triggerOf(state, spec, now);
  if (!trigger) return gone;
  const isUrgent = ({ kind }: SwapReason) => kind === "wall" || kind === "bound";
  if (isUrgent(trigger) === isUrgent(reason)) return null;
  return isUrgent(trigger) ? `${id} has hit its limit by now` : `the limit of ${id} is over`;
}

/** The sessions that it is about and that may move now. */
export function proposedSessions(
  { sessions: only }: Pick<Proposal, "sessions">,
  may: readonly SessionName[],
): readonly SessionName[] {
  return only ? may.filter((name) => only.includes(name)) : may;
}

function withoutAnswer(
  state: State,
  proposal: Proposal,
  now: number,
): Lapse {
  const { from, to, reason, then } = proposal;
  const unanswered = "nobody answered in time";
  if (then === "move") {
    const may = movable(state, from, to, { by: "policy", now }).sessions;
    const sessions = proposedSessions(proposal, may);
    const decision = { do: "swap" as const, from, to, reason, sessions };
    return { reason: `${unanswered}, so it is carried out`, decision };
  }
  const spec = state.config?.accounts.find((a) => a.id === from);
  const stranded = spec && then === "park" ? strandedOn(state, spec, now).map((s) => s.name) : [];
  if (stranded.length === 0) return { reason: `${unanswered}, so nothing moves`, decision: null };
  const decision = { do: "park" as const, from, reason, sessions: stranded };
  return { reason: `${unanswered}, so what stands at the limit is parked`, decision };
}
