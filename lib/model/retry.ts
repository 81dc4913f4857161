/**
 * When a session is asked to go on whose last request got no answer, since the server was busy or out of order. Claude Code
 * has tried for minutes by itself before it says so (measured, 2.1.330), and then waits for somebody; at night nobody comes.
 *
 * A quota wall moves the session, a login or a bill waits for a person, and a request that was itself at fault is not repeated.
 *
 * @module
 */
import { pressure } from "./pressure.ts";
import { entry, moveOf, NEW_ACCOUNT, pendingSend, type Session, type State } from "./state.ts";

/** From the refusal on, or from our last try that came to nothing, by how many turns in a row have got no answer; the last one from then on. */
export const RETRY_RESTS_MS: readonly number[] = [30_000, 60_000, 120_000, 300_000, 900_000];

/** In epoch milliseconds; null when it is not asked, as things are `now`. */
export function retryAt(state: State, session: Session, now: number): number | null {
  const { config, daemon } = state;
  if (!config || !(config.claude.retryUnanswered ?? true)) return null;
  if (daemon.phase === "stopping") return null;
  if (!config.sessions.some(({ name }) => name === session.name)) return null;
  const { run, phase, send } = session;
  if (phase.name !== "idle" || !run || run.refusedAt === null) return null;
  if (run.unanswered?.kind !== "throttle" && run.unanswered?.kind !== "server") return null;
  if (session.asked || pendingSend(session) || moveOf(state, session.name)) return null;
  const spec = config.accounts.find(({ id }) => id === session.account);
  const account = entry(state.accounts, session.account) ?? NEW_ACCOUNT;
  // Full by a bound of the config too: its next turn might be paid for.
  if (!spec || pressure(account, spec, now).is === "full") return null;
  const triedAt = send?.by === "policy" && send.stage.is === "failed" ? send.stage.at : 0;
  const nth = Math.min(run.refusals ?? 1, RETRY_RESTS_MS.length);
  return Math.max(run.refusedAt, triedAt) + RETRY_RESTS_MS[nth - 1]!;
}
