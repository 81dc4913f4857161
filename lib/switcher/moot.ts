/**
 * When a move that has not begun to stop its session is called off although nothing went wrong.
 *
 * @module
 */
import { decide } from "../model/decide.ts";
import { pressure } from "../model/pressure.ts";
import { isAlive, NEW_ACCOUNT } from "../model/state.ts";
import { type MoveContext, moveIn, sessionOf, swapOf } from "./context.ts";

/** Why there is nothing to do for this move any more, or not now; for people. Null: it goes on. */
export function mootReason(context: MoveContext): string | null {
  return goesOnByItself(context) ?? waitsAtOthersCost(context);
}

/** Its process lives, and this move has not launched it. */
export function isUntouched(context: MoveContext): boolean {
  return isAlive(sessionOf(context)) && !moveIn(context).times.launch;
}

/** It was to be parked, and somebody has got it going again meanwhile. */
function goesOnByItself(context: MoveContext): string | null {
  const { parking, onDemand } = moveIn(context);
  const { phase } = sessionOf(context);
  if (parking === null || swapOf(context).by === "person" || !isUntouched(context)) return null;
  if (!onDemand && isStillBound(context)) return null;
  if (phase.name === (onDemand ? "idle" : "limited")) return null;
  return onDemand ? "it is no longer idle" : "it no longer stands at the limit";
}

/** It is ended whatever it does: a bound of the config is still reached. */
function isStillBound(context: MoveContext): boolean {
  const { life, deps } = context;
  const { reason, from, config } = swapOf(context);
  const spec = config.accounts.find((a) => a.id === from);
  if (reason.kind !== "bound" || !spec) return false;
  const account = life.state().accounts[from] ?? NEW_ACCOUNT;
  const p = pressure(account, spec, deps.clock.now());
  return p.is === "full" && p.bound !== undefined;
}

/**
 * There is one swap at a time, and a session at work is waited for as long as the grace. Who stands at the wall of another
 * account (of this swap's target, say, where it has just arrived) can do nothing meanwhile, so it goes first.
 */
function waitsAtOthersCost(context: MoveContext): string | null {
  const { life, deps } = context;
  const state = life.state();
  const { by, from, moves } = swapOf(context);
  if (by === "person" || !isUntouched(context)) return null;
  const { sessions } = state;
  const isStranded = (name: string) => sessions[name]?.phase.name === "limited";
  if (isStranded(context.sessionName)) return null;
  const isLeftOut = ({ name, account }: { name: string; account: string }) =>
    account !== from && isStranded(name) && moves[name]?.outcome.is !== "running";
  if (!Object.values(sessions).some(isLeftOut)) return null;
  const next = decide({ ...state, runningSwap: null }, deps.clock.now());
  if (next.do !== "swap" && next.do !== "park" || next.from === from) return null;
  const first = next.sessions.find(isStranded);
  return first === undefined ? null : `${first} stands at the limit of ${next.from} and goes first`;
}
