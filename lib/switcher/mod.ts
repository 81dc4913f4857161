/**
 * The swap: moves sessions off an account by journaled steps, one swap at a time.
 *
 * It first finishes what the journal says is running, then asks the policy whether anything should move.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { groundsOf } from "../model/grounds.ts";
import { decide, type Decision, nextReset } from "../model/decide.ts";
import { movable } from "../model/policy.ts";
import { declinedUntil, followUp } from "../model/proposal.ts";
import type { State } from "../model/state.ts";
import { settleTarget } from "./settle_target.ts";
import { sideBySide } from "../runtime/side_by_side.ts";
import { Slots } from "../runtime/slots.ts";
import { wakeOrTimeout } from "../runtime/wake.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { advance } from "./advance.ts";
import type { MoveContext } from "./context.ts";
import type { SwitcherDeps } from "./deps.ts";
import { byUrgency } from "./order.ts";
import { type Step, STEPS } from "./steps.ts";

export type { SwitcherDeps } from "./deps.ts";

type Wakes =
  | "swap.requested"
  | "park.requested"
  | "quota.read"
  | "quota.wall"
  | "cost.read"
  | "overage.seen"
  | "turn.failed"
  | "freeze.requested"
  | "thaw.requested"
  | "config.applied";

/** The wall clock may jump, so no wait for a time of it is longer. */
const LOOK_AGAIN_MS = 30_000;
/** Where the config in force is of a journal that did not say it yet. */
const CONFIRM_WITHIN_MS = 30 * 60_000;

/** `steps` is for tests, which put broken ones in their places. */
export function switcher(
  deps: SwitcherDeps,
  steps: readonly Step[] = STEPS,
): Worker<Event<Wakes>> {
  return {
    name: "switcher",
    listens: [
      "swap.requested",
      "park.requested",
      "quota.read",
      "quota.wall",
      "cost.read",
      "overage.seen",
      "turn.failed",
      "freeze.requested",
      "thaw.requested",
      "config.applied",
    ],
    async run(life) {
      while (!life.signal.aborted) {
        const { runningSwap } = life.state();
        if (runningSwap !== null) await carryOut(runningSwap, life, deps, steps);
        else if (
          !answerFor(life, deps) && !act(decide(life.state(), deps.clock.now()), life, deps)
        ) {
          await wakeOrTimeout(life.inbox, {
            clock: deps.clock,
            ms: untilNextLook(life.state(), deps.clock.now()),
            signal: life.signal,
          });
        }
      }
    },
  };
}

/** Walls and windows end by the mere passing of time. */
function untilNextLook(state: State, now: number): number {
  const times = [nextReset(state, now) ?? now, state.proposal?.deadline ?? now];
  return Math.min(LOOK_AGAIN_MS, ...times.filter((at) => at > now).map((at) => at - now + 1));
}

/** Records what was decided; false when that is nothing new. */
function act(decision: Decision, life: Life<Event<Wakes>>, deps: SwitcherDeps): boolean {
  if (decision.do === "nothing") return false;
  const { from, reason, sessions } = decision;
  if (decision.do !== "propose") {
    const swap = deps.newId();
    const grounds = groundsOf(life.state(), { from, by: "policy", now: deps.clock.now() });
    const asked = { swap, from, by: "policy" as const, reason, sessions, grounds };
    life.record(
      decision.do === "park"
        ? { type: "park.requested", ...asked }
        : { type: "swap.requested", ...asked, to: decision.to },
    );
    return life.state().runningSwap === swap;
  }
  const { config, proposal } = life.state();
  if (proposal || !config) return false; // one after the other
  const { confirmWithinMs, confirmThen: then = "stay" } = config.failover;
  const deadline = deps.clock.now() + (confirmWithinMs ?? CONFIRM_WITHIN_MS);
  const { to } = decision;
  const all = movable(life.state(), from, to, { by: "policy", now: deps.clock.now() }).sessions;
  life.record({
    type: "swap.proposed",
    proposal: deps.newId(),
    from,
    to,
    reason,
    deadline,
    then,
    ...(sessions.length < all.length ? { sessions } : {}),
  });
  return true;
}

/** Records what has become of the proposal that waits for a person; false while that is nothing. */
function answerFor(life: Life<Event<Wakes>>, deps: SwitcherDeps): boolean {
  const now = deps.clock.now();
  const { proposal } = life.state();
  const next = followUp(life.state(), now);
  if (!proposal || !next || next.do === "keep") return false;
  const { reason } = next;
  const closed = { type: "proposal.closed" as const, proposal: proposal.id, by: "policy" as const };
  if (next.do === "withdraw") {
    life.record({ ...closed, how: "withdrawn", reason, until: null });
    return true;
  }
  const until = next.decision?.do === "swap" ? null : declinedUntil(life.state(), proposal, now);
  life.record({ ...closed, how: "lapsed", reason, until });
  if (next.decision) act(next.decision, life, deps);
  return true;
}

/** Takes the swap to its end from wherever the journal says it is. */
export async function carryOut(
  id: string,
  life: Pick<Life, "state" | "record" | "together" | "signal">,
  deps: SwitcherDeps,
  steps: readonly Step[] = STEPS,
): Promise<void> {
  if (!await settleTarget(id, life, deps)) return;
  const swap = life.state().swaps[id]!;
  const boots = new Slots(swap.config.failover.bootsAtOnce);
  const walks = byUrgency(Object.keys(swap.moves), life.state().sessions).map(
    (sessionName) => (signal: AbortSignal) => {
      const lent: MoveContext["life"] = {
        signal,
        state: () => life.state(),
        record: (...facts) => life.record(...facts),
        together: (work) => life.together(work),
      };
      return advance({ deps, life: lent, swapId: id, sessionName }, boots, steps);
    },
  );
  await sideBySide(life.signal, walks);
  finish(id, life);
}

/** A session that could only go back to where it came from was not moved, and the policy must not try at once again. */
function finish(id: string, life: Pick<Life, "state" | "record">): void {
  const { moves, from } = life.state().swaps[id]!;
  const all = Object.values(moves);
  if (all.some(({ outcome: { is }, to }) => is === "parked" || is === "moved" && to !== from)) {
    life.record({ type: "swap.finished", swap: id });
    return;
  }
  const reasons = all.map((m) =>
    `${m.session}: ${m.outcome.is === "failed" ? m.outcome.reason : `back under ${from}`}`
  );
  life.record({ type: "swap.failed", swap: id, reason: reasons.join("; ") || "nothing to move" });
}
