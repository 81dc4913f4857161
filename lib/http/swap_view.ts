/**
 * One swap as the outside sees it: its moves, and each move's steps with their times.
 *
 * @module
 */
import { MOVE_STEPS, type MoveStep, type Quiesced, type Requester } from "../model/event.ts";
import type { AccountId, SessionName, SwapId } from "../model/ids.ts";
import type { Move, State, Swap } from "../model/state.ts";
import { reasonWords } from "../words/reasons.ts";

export interface SwapView {
  readonly id: SwapId;
  readonly from: AccountId;
  readonly to: AccountId;
  /** The targets before, each with why it could not take the work. */
  readonly rejected: Swap["rejected"];
  readonly by: Requester;
  readonly why: string;
  readonly requestedAt: number;
  readonly outcome: Swap["outcome"];
  /** From the request to the end; null while it runs. */
  readonly tookMs: number | null;
  readonly moves: readonly MoveView[];
}

export interface MoveView {
  readonly session: SessionName;
  /** Where it goes; another account than the swap's when it was redirected. */
  readonly to: AccountId;
  /** Accounts under which its launch failed before. */
  readonly tried: readonly AccountId[];
  /** Why it is to be parked rather than moved; null: it is to be moved. */
  readonly parking: string | null;
  readonly quiesced: Quiesced | null;
  readonly outcome: Move["outcome"];
  /** Moved, and an answer was seen since. Null until it is moved, or when a later run took its place. */
  readonly proven: boolean | null;
  /** All of its way, in order: to be parked ends at the stop. */
  readonly steps: readonly StepView[];
}

export interface StepView {
  readonly step: MoveStep;
  readonly is: "pending" | "running" | "done";
  readonly startedAt: number | null;
  /** Null until it is done. */
  readonly tookMs: number | null;
}

/** What is said of the last swap when there is none. */
export const NO_SWAP_YET = "there was no swap yet";

/** Null when the state does not know this swap (any more). */
export function swapView(state: State, id: SwapId): SwapView | null {
  const swap = Object.hasOwn(state.swaps, id) ? state.swaps[id] : undefined;
  if (!swap) return null;
  const { from, to, rejected, by, requestedAt, outcome } = swap;
  return {
    id,
    from,
    to,
    rejected,
    by,
    why: reasonWords(swap.reason),
    requestedAt,
    outcome,
    tookMs: outcome.is === "running" ? null : outcome.at - requestedAt,
    moves: Object.values(swap.moves).map((move) => moveView(state, move)),
  };
}

/** Latest first. */
export function swapViews(state: State): SwapView[] {
  return Object.values(state.swaps).reverse().flatMap(({ id }) => swapView(state, id) ?? []);
}

function moveView(state: State, move: Move): MoveView {
  const { session, to, tried, parking, quiesced, outcome } = move;
  return {
    session,
    to,
    tried,
    parking,
    quiesced,
    outcome,
    proven: provenOf(state, move),
    steps: stepsOf(move).map((step) => stepView(move, step)),
  };
}

function stepsOf({ parking }: Move): readonly MoveStep[] {
  return parking === null ? MOVE_STEPS : MOVE_STEPS.slice(0, MOVE_STEPS.indexOf("stop") + 1);
}

function provenOf(state: State, move: Move): boolean | null {
  const run = state.sessions[move.session]?.run;
  if (move.outcome.is !== "moved" || !run || run.plan.id !== move.plan?.id) return null;
  return run.proven;
}

function stepView(move: Move, step: MoveStep): StepView {
  const time = move.times[step];
  const done = move.finished.includes(step);
  const startedAt = time?.startedAt ?? null;
  const tookMs = done && time && time.finishedAt !== null ? time.finishedAt - time.startedAt : null;
  return { step, is: done ? "done" : stepState(move, step), startedAt, tookMs };
}

function stepState(move: Move, step: MoveStep): "pending" | "running" {
  return move.inDoubt === step && move.outcome.is === "running" ? "running" : "pending";
}
