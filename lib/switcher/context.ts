/**
 * One move in the hands of the switcher, and how to see it as it is now.
 *
 * @module
 */
import type { AccountSpec } from "../model/config.ts";
import type { Move, Session, Swap } from "../model/state.ts";
import type { Life } from "../runtime/worker.ts";
import type { SwitcherDeps } from "./deps.ts";

export interface MoveContext {
  readonly deps: SwitcherDeps;
  readonly life: Pick<Life, "state" | "record" | "together" | "signal">;
  readonly swapId: string;
  readonly sessionName: string;
}

/** The move cannot go on as planned; the message is for people. */
export class StepFailed extends Error {
  override name = "StepFailed";
  /** As in the fact `move.failed`. */
  readonly moot: boolean;

  constructor(message: string, { moot = false } = {}) {
    super(message);
    this.moot = moot;
  }
}

// Each reads the state anew: call it again after an await.

export function swapOf({ life, swapId }: MoveContext): Swap {
  return life.state().swaps[swapId]!;
}

export function moveIn(context: MoveContext): Move {
  return swapOf(context).moves[context.sessionName]!;
}

export function sessionOf({ life, sessionName }: MoveContext): Session {
  return life.state().sessions[sessionName]!;
}

/** Why a freeze keeps this move from going on, for people; null: none does. What a person asked for goes on. */
export function frozenOut(context: MoveContext): string | null {
  const { frozen } = context.life.state();
  if (!frozen || swapOf(context).by === "person") return null;
  return `frozen before its session was stopped: ${frozen.reason}`;
}

/** The account it moves to, as the swap knew it when it began. */
export function target(context: MoveContext): AccountSpec {
  const { to } = moveIn(context);
  const spec = swapOf(context).config.accounts.find((a) => a.id === to);
  if (!spec) throw new StepFailed(`account ${to} is not in the config the swap began with`);
  return spec;
}
