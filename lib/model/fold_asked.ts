/**
 * The part of the fold that keeps what a person wants of one session: a stop, a restart, a hold, a pin.
 *
 * @module
 */
import type { Event } from "./event.ts";
import { enter, withSession } from "./fold_run.ts";
import { unreachable } from "./ids.ts";
import { entry, isAlive, moveOf, type Session, type State } from "./state.ts";

type AskedEvent = Event<
  | "session.stop.requested"
  | "session.restart.requested"
  | "session.hold.requested"
  | "session.unhold.requested"
  | "session.pin.requested"
  | "session.unpin.requested"
>;

/** The state after the event, or null when the event does not fit it. */
export function foldAsked(state: State, event: AskedEvent): State | null {
  const session = entry(state.sessions, event.session);
  if (!session) return null;
  const { by, at } = event;
  switch (event.type) {
    case "session.stop.requested":
      if (moveOf(state, session.name)) return null;
      return withSession(state, stopping({ ...session, asked: { to: "stop", by, at } }, at));
    case "session.restart.requested":
      if (!isAlive(session) || moveOf(state, session.name)) return null;
      return withSession(state, { ...session, asked: { to: "restart", by, at } });
    case "session.hold.requested":
      return withSession(state, { ...session, hold: { since: at, by, reason: event.reason } });
    case "session.unhold.requested":
      return withSession(state, { ...session, hold: null });
    case "session.pin.requested":
      return withSession(state, { ...session, pin: { account: event.account, since: at, by } });
    case "session.unpin.requested":
      return withSession(state, { ...session, pin: null });
    default:
      return unreachable(event);
  }
}

/** What runs is the watcher's to end; what does not run is stopped by the word alone, so that nobody starts it. */
function stopping(session: Session, at: number): Session {
  if (isAlive(session) || session.phase.name === "ended") return session;
  return enter(session, { name: "stopped" }, at, "its stop was asked for");
}
