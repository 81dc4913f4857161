/**
 * Walks one move from wherever the journal says it is to its end.
 *
 * @module
 */
import { MOVE_STEPS } from "../model/event.ts";
import { candidates } from "../model/policy.ts";
import { isAlive } from "../model/state.ts";
import type { Slots } from "../runtime/slots.ts";
import { type MoveContext, moveIn, sessionOf, StepFailed, swapOf } from "./context.ts";
import { type Step, STEPS } from "./steps.ts";

/** Past it a failed move must come up somewhere: its process on the old account is gone. */
const POINT_OF_NO_RETURN = MOVE_STEPS.indexOf("stop");
const FIRST_PACED = MOVE_STEPS.indexOf("rehome");

/** Ends with the move's outcome in the journal; throws only what is a bug or an unreadable world. */
export async function advance(context: MoveContext, boots: Slots): Promise<void> {
  using slot = new Held();
  while (moveIn(context).outcome.is === "running") {
    const step = STEPS.find((s) => !moveIn(context).finished.includes(s.name));
    if (!step) {
      context.life.record({
        type: "move.finished",
        swap: context.swapId,
        session: context.sessionName,
      });
      return;
    }
    if (MOVE_STEPS.indexOf(step.name) >= FIRST_PACED) await slot.take(boots, context.life.signal);
    try {
      await walk(context, step);
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      goElsewhere(context, error.message);
    }
  }
}

async function walk(context: MoveContext, step: Step): Promise<void> {
  const { life, swapId: swap, sessionName: session } = context;
  if (moveIn(context).inDoubt !== step.name) {
    life.record({ type: "move.step.started", swap, session, step: step.name });
  }
  if (!await step.done(context)) await step.act(context);
  life.record({ type: "move.step.finished", swap, session, step: step.name });
}

/** Up to the stop: leave the session as it is. After it: the next account, else back, else say so. */
function goElsewhere(context: MoveContext, reason: string): void {
  const { life, deps, swapId: swap, sessionName: session } = context;
  const move = moveIn(context);
  const at = move.inDoubt === null ? 0 : MOVE_STEPS.indexOf(move.inDoubt);
  if (at <= POINT_OF_NO_RETURN) {
    life.record({ type: "move.failed", swap, session, reason, left: "untouched" });
    return;
  }
  const to = nextAccount(context, deps.clock.now());
  if (to !== null) {
    life.record({ type: "move.redirected", swap, session, to, reason });
    return;
  }
  const left = isAlive(sessionOf(context)) ? "untouched" : "stopped";
  life.record({ type: "move.failed", swap, session, reason, left });
}

/** The best account this move has not failed under; in the end the one it came from, even if it is full there. */
function nextAccount(context: MoveContext, now: number): string | null {
  const { from, by } = swapOf(context);
  const { session, tried, to } = moveIn(context);
  const failed = new Set([...tried, to]);
  const next = candidates(context.life.state(), { from, by, now, session })
    .find((c) => c.rejected === null && !failed.has(c.account));
  return next?.account ?? (failed.has(from) ? null : from);
}

/** A boot slot that is taken once and given back at the end of the block. */
class Held implements Disposable {
  #slot: Disposable | null = null;

  async take(slots: Slots, signal: AbortSignal): Promise<void> {
    this.#slot ??= await slots.take(signal);
  }

  [Symbol.dispose](): void {
    this.#slot?.[Symbol.dispose]();
  }
}
