/**
 * Why a session that has something to do does not do it, as the daemon can tell a person.
 *
 * @module
 */
import { stayOf, wakeOf } from "../../lib/model/park.ts";
import { decide } from "../../lib/model/decide.ts";
import { restartOf } from "../../lib/model/restart.ts";
import { moveOf, type State } from "../../lib/model/state.ts";

/** A word for the kind, and the reason; null when the state has none. */
export function whyIdle(
  state: State,
  name: string,
  now: number,
): { kind: string; why: string } | null {
  const session = state.sessions[name]!;
  const { phase, history, run } = session;
  const because = (why: string) => ({ kind: phase.name, why });
  const move = moveOf(state, name);
  if (move) return { kind: "moved", why: `swap ${state.runningSwap}, ${move.inDoubt ?? "queued"}` };
  switch (phase.name) {
    case "waiting":
      return because(`it waits for ${phase.for}`);
    case "limited": {
      const decision = decide(state, now);
      return decision.do === "nothing" && decision.why.includes(session.account)
        ? because(decision.why)
        : null;
    }
    case "parked": {
      const wake = wakeOf(state, stayOf(state, name)!, now);
      return wake && wake.at > now ? because(`until ${wake.account} has room, ${wake.at}`) : null;
    }
    case "dead": {
      const restart = restartOf(session);
      return restart?.do === "restart" && restart.at > now
        ? because(`restart ${restart.nth} is due at ${restart.at}`)
        : null;
    }
    case "quarantined":
      return because(phase.why);
    case "idle":
      return run?.unanswered ? because(`${run.unanswered.kind}: ${history.at(-1)?.why}`) : null;
    default:
      return null;
  }
}
