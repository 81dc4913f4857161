/**
 * Walks one move from wherever the journal says it is to its end.
 *
 * @module
 */
import { type Fact, MOVE_STEPS, type MoveStep } from "../model/event.ts";
import { bootsAllowed, bootsInFlight } from "../model/pacing.ts";
import { canGoBack, nextTarget, unfit, wakeOf } from "../model/park.ts";
import type { Move } from "../model/state.ts";
import type { Slots } from "../runtime/slots.ts";
import { frozenOut, type MoveContext, moveIn, sessionOf, StepFailed, swapOf } from "./context.ts";
import { isUntouched, mootReason } from "./moot.ts";
import type { Step } from "./steps.ts";

/** Past it a failed move must come up somewhere: its process on the old account is gone. */
const POINT_OF_NO_RETURN = MOVE_STEPS.indexOf("stop");
const LOOK_FOR_PLACE_MS = 100;
const FIRST_PACED = MOVE_STEPS.indexOf("rehome");
/** Before these begin the target is looked at again: it may have hit a wall of its own meanwhile. */
const CHOSEN_BEFORE: readonly MoveStep[] = ["stop", "launch"];

/** Ends with the move's outcome in the journal; throws only what is a bug or an unreadable world. */
export async function advance(
  context: MoveContext,
  boots: Slots,
  steps: readonly Step[],
): Promise<void> {
  using slot = new Held();
  let told: readonly Fact[] = [];
  while (true) {
    // What was done and what comes next, told as one: each is a wait for the disk.
    const next = context.life.together(() => {
      context.life.record(...told);
      return begin(context, steps, slot);
    });
    told = [];
    if (next === "over") return;
    if (next === "needs a slot") await slot.take(boots, context);
    else if (next === "has to wait") {
      await context.deps.clock.sleep(LOOK_FOR_PLACE_MS, context.life.signal);
    } else told = await walk(context, next);
  }
}

/** Decides what comes next and says so, all in one turn of the event loop. */
function begin(
  context: MoveContext,
  steps: readonly Step[],
  slot: Held,
): Step | "needs a slot" | "has to wait" | "over" {
  const { life, swapId: swap, sessionName: session } = context;
  while (moveIn(context).outcome.is === "running") {
    const step = nextStep(moveIn(context), steps);
    if (!step) {
      arrive(context);
      break;
    }
    if (MOVE_STEPS.indexOf(step.name) >= FIRST_PACED && !slot.isHeld) return "needs a slot";
    if (!mayBegin(context, step)) return "has to wait";
    if (isLeftToFreeze(context, step) || turnsAway(context, step)) continue;
    if (moveIn(context).inDoubt !== step.name) {
      life.record({ type: "move.step.started", swap, session, step: step.name });
    }
    return step;
  }
  return "over";
}

/** What is to be told of a step that was done; nothing when it failed, which is told at once. */
async function walk(context: MoveContext, step: Step): Promise<Fact[]> {
  const { swapId: swap, sessionName: session } = context;
  try {
    const facts = await step.done(context) ? [] : await step.act(context) ?? [];
    return [...facts, { type: "move.step.finished", swap, session, step: step.name }];
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    giveUp(context, error);
    return [];
  }
}

/** One that is to be parked has arrived when it is stopped. */
function nextStep({ finished, parking }: Move, steps: readonly Step[]): Step | undefined {
  const way = parking === null ? steps : steps.slice(0, POINT_OF_NO_RETURN + 1);
  return way.find((step) => !finished.includes(step.name));
}

function arrive(context: MoveContext): void {
  const { life, deps, swapId: swap, sessionName: session } = context;
  if (moveIn(context).parking === null) {
    life.record({ type: "move.finished", swap, session });
  } else if (sessionOf(context).phase.name === "ended") {
    const reason = "a person has ended the session";
    life.record({ type: "move.failed", swap, session, reason, left: "stopped", moot: true });
  } else {
    life.record({
      type: "move.parked",
      swap,
      session,
      until: parkedUntil(context, deps.clock.now()),
    });
  }
}

function parkedUntil(context: MoveContext, now: number): number {
  const { from } = swapOf(context);
  const { session, tried, to } = moveIn(context);
  const avoid = [...tried, to].filter((id) => id !== from);
  const stay = {
    session,
    own: [from, sessionOf(context).account],
    avoid,
    since: now,
    asked: false,
  };
  return wakeOf(context.life.state(), stay, now)?.at ?? now;
}

/** Whether the move now goes another way: its target cannot take the session any more, or it stands at no wall. */
function turnsAway(context: MoveContext, { name }: Step): boolean {
  const { parking, inDoubt, plan } = moveIn(context);
  if (!CHOSEN_BEFORE.includes(name) || inDoubt === name && (name === "stop" || plan)) return false;
  if (parking !== null) return letsGoOn(context);
  if (name === "stop" && rests(context)) return true;
  const now = context.deps.clock.now();
  const reason = unfit(context.life.state(), swapOf(context), moveIn(context), now);
  if (reason === null) return false;
  goElsewhere(context, reason);
  return true;
}

/** Under a freeze a move that nobody asked for ends before it stops anything; one that has, goes on to its end. */
function isLeftToFreeze(context: MoveContext, { name }: Step): boolean {
  const { life, swapId: swap, sessionName: session } = context;
  const reason = frozenOut(context);
  if (reason === null || MOVE_STEPS.indexOf(name) > POINT_OF_NO_RETURN) return false;
  if (moveIn(context).inDoubt === "stop" || !isUntouched(context)) return false;
  life.record({ type: "move.failed", swap, session, reason, left: "untouched" });
  return true;
}

/** An idle session of a move that nobody asked for may be ended until it is needed. */
function rests(context: MoveContext): boolean {
  const { life, swapId: swap, sessionName: session } = context;
  const { by, config } = swapOf(context);
  if (by !== "policy" || config.failover.idle !== "on_demand" || !isUntouched(context)) {
    return false;
  }
  if (moveIn(context).quiesced !== "at rest" || sessionOf(context).phase.name !== "idle") {
    return false;
  }
  const reason = "it is idle, and comes up when it is needed (failover.idle)";
  life.record({ type: "move.parking", swap, session, reason, onDemand: true });
  return true;
}

/** A session that was to be parked, and that somebody has got going again meanwhile, is left alone. */
function letsGoOn(context: MoveContext): boolean {
  const { life, swapId: swap, sessionName: session } = context;
  const reason = mootReason(context);
  if (reason === null) return false;
  life.record({ type: "move.failed", swap, session, reason, left: "untouched", moot: true });
  return true;
}

/** Up to the stop: leave the session as it is. After it: elsewhere. */
function giveUp(context: MoveContext, { message: reason, moot }: StepFailed): void {
  const { life, swapId: swap, sessionName: session } = context;
  const move = moveIn(context);
  const at = move.inDoubt === null ? 0 : MOVE_STEPS.indexOf(move.inDoubt);
  if (at <= POINT_OF_NO_RETURN) {
    const failed = { type: "move.failed" as const, swap, session, reason };
    life.record({ ...failed, left: "untouched", ...(moot ? { moot } : {}) });
  } else goElsewhere(context, reason);
}

/** The next account, else back, else to park; a session that was not stopped yet and can go on is left alone instead. */
function goElsewhere(context: MoveContext, reason: string): void {
  const { life, deps, swapId: swap, sessionName: session } = context;
  const now = deps.clock.now();
  const at = [life.state(), swapOf(context), moveIn(context), now] as const;
  const next = nextTarget(...at);
  const lives = isUntouched(context);
  if (next !== null) {
    life.record({ type: "move.redirected", swap, session, to: next, reason });
  } else if (lives && !mayPark(context)) {
    life.record({ type: "move.failed", swap, session, reason, left: "untouched" });
  } else if (!lives && canGoBack(...at)) {
    life.record({ type: "move.redirected", swap, session, to: swapOf(context).from, reason });
  } else life.record({ type: "move.parking", swap, session, reason });
}

/** What lives is parked only where it stands at the wall, and only if nobody has to be asked first. */
function mayPark(context: MoveContext): boolean {
  const { config, frozen } = context.life.state();
  const isOurs = swapOf(context).by === "policy" && config?.failover.mode === "auto" && !frozen;
  const { reason } = swapOf(context);
  return isOurs && (sessionOf(context).phase.name === "limited" || reason.kind === "bound");
}

/**
 * Whether there is a place to boot in: the slots are this swap's, but the watcher starts sessions too, and the host may be
 * busy. What comes after it is recorded in the same turn, so that nobody else takes the place.
 */
function mayBegin(context: MoveContext, { name }: Step): boolean {
  const { deps: { clock, processes }, life, sessionName } = context;
  const { config } = life.state();
  if (name !== "rehome" || moveIn(context).inDoubt === name || !config) return true;
  const others = bootsInFlight(life.state(), clock.now()).filter((other) => other !== sessionName);
  return others.length < bootsAllowed(config, processes.load());
}

/** A boot slot that is taken once and given back at the end of the block. */
class Held implements Disposable {
  #slot: Disposable | null = null;

  get isHeld(): boolean {
    return this.#slot !== null;
  }

  /** Work that was cut waits for it; what was at rest does not. */
  async take(slots: Slots, context: MoveContext): Promise<void> {
    const rank = moveIn(context).quiesced === "cut" ? 0 : 1;
    this.#slot ??= await slots.take(context.life.signal, rank);
  }

  [Symbol.dispose](): void {
    this.#slot?.[Symbol.dispose]();
  }
}
