/**
 * Mode `confirm`: what becomes of the proposal that waits for a person's word. Pure.
 *
 * @module
 */
import { type Decision, strandedOn, triggerOf } from "./decide.ts";
import type { SwapReason } from "./event.ts";
import type { AccountId } from "./ids.ts";
import { candidates, movable, reasonEnds } from "./policy.ts";
import type { Proposal, State } from "./state.ts";

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
  return reasonEnds(state.accounts[from], reason.kind === "asked" ? null : reason.window) ?? now;
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
  const trigger = triggerOf(state, spec, now);
  if (!trigger) return `there is no reason to leave ${from} any more`;
  if (trigger.kind !== reason.kind) return changed(from, trigger);
  const target = candidates(state, { from, by: "policy", now }).find((c) => c.account === to);
  if (!target) return `${to} is no longer in the config`;
  return target.rejected === null ? null : `${to}: ${target.rejected}`;
}

function changed(from: AccountId, { kind }: SwapReason): string {
  return kind === "wall" ? `${from} has hit its limit by now` : `the limit of ${from} is over`;
}

function withoutAnswer(
  state: State,
  { from, to, reason, then }: Proposal,
  now: number,
): Lapse {
  const unanswered = "nobody answered in time";
  if (then === "move") {
    const { sessions } = movable(state, from, to, { by: "policy", now });
    const decision = { do: "swap" as const, from, to, reason, sessions };
    return { reason: `${unanswered}, so it is carried out`, decision };
  }
  const spec = state.config?.accounts.find((a) => a.id === from);
  const stranded = spec && then === "park" ? strandedOn(state, spec, now).map((s) => s.name) : [];
  if (stranded.length === 0) return { reason: `${unanswered}, so nothing moves`, decision: null };
  const decision = { do: "park" as const, from, reason, sessions: stranded };
  return { reason: `${unanswered}, so what stands at the limit is parked`, decision };
}
