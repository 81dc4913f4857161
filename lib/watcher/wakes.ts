/**
 * Wakes parked sessions: each when an account has room for it again, one after the other.
 *
 * Every sweep asks anew by the wall clock, so a suspended machine, a clock that was set, and a daemon that was not
 * there at the time make no difference.
 *
 * @module
 */
import { planRun } from "../claude/plan_run.ts";
import type { Fact } from "../model/event.ts";
import type { SessionName } from "../model/ids.ts";
import { stayOf, wakeOf } from "../model/park.ts";
import type { State } from "../model/state.ts";
import type { WatcherDeps } from "./mod.ts";

/** Between two of them, so that a whole pool does not begin its work in the same second. */
const STAGGER_MS = 1_000;

/** The run that wakes the session, or nothing while it has to wait. */
export async function planWake(
  state: State,
  name: SessionName,
  { clock, files, newId }: WatcherDeps,
): Promise<Fact[]> {
  const { config, frozen } = state;
  const session = state.sessions[name];
  const stay = stayOf(state, name);
  if (!config || !stay || session?.phase.name !== "parked" || session.conversation === null) {
    return [];
  }
  if (frozen && !stay.asked || !isItsTurn(state, clock.now())) return [];
  const wake = wakeOf(state, stay, clock.now());
  if (!wake || wake.at > clock.now()) return [];
  const { cut, checkpoint } = session.phase;
  const { conversation } = session;
  const plan = await planRun(files, {
    config,
    id: newId(),
    session: name,
    account: wake.account,
    conversation,
    cut,
    checkpoint,
  });
  const why = stay.asked ? "its start was asked for" : `${wake.account} has room again`;
  return [{ type: "run.planned", session: name, plan, why }];
}

/** Set back, the clock cannot say when the last one was: then nobody waits for it. */
function isItsTurn(state: State, now: number): boolean {
  return Object.values(state.sessions).every(({ run }) =>
    !run || run.plannedAt > now || now - run.plannedAt >= STAGGER_MS
  );
}
