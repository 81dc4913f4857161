/**
 * What became of a request: told by the facts that came after it, and by the state.
 *
 * @module
 */
import type { Event } from "./event.ts";
import { entry, isAlive, type State } from "./state.ts";

export type Outcome =
  | { readonly is: "pending" }
  | { readonly is: "done" }
  | { readonly is: "refused"; readonly reason: string }
  | { readonly is: "failed"; readonly reason: string };

export const PENDING: Outcome = { is: "pending" };
const DONE: Outcome = { is: "done" };

/** Null: this event asks for nothing. `later` are the events after it, as far as they were read. */
export function outcomeOf(state: State, asked: Event, later: readonly Event[]): Outcome | null {
  switch (asked.type) {
    case "request.refused":
      return { is: "refused", reason: asked.reason };
    case "swap.requested":
    case "park.requested":
      return first(later, (event) => {
        if (event.type === "swap.finished" && event.swap === asked.swap) return DONE;
        return event.type === "swap.failed" && event.swap === asked.swap ? failed(event) : null;
      });
    case "session.start.requested":
    case "session.restart.requested":
      return first(later, (event) => {
        if (!("session" in event) || event.session !== asked.session) return null;
        if (event.type === "run.ready") return DONE;
        if (event.type === "session.quarantined") return { is: "failed", reason: event.why };
        return event.type === "session.stop.requested"
          ? { is: "failed", reason: "a stop was asked for meanwhile" }
          : null;
      });
    case "session.stop.requested": {
      const ended = first(
        later,
        (event) => event.type === "run.ended" && event.session === asked.session ? DONE : null,
      );
      const session = entry(state.sessions, asked.session);
      return session && isAlive(session) ? ended : DONE;
    }
    case "send.requested":
      return first(later, (event) => {
        if (event.type === "send.accepted" && event.send === asked.send) return DONE;
        return event.type === "send.failed" && event.send === asked.send ? failed(event) : null;
      });
    case "task.add.requested":
      return first(later, (event) => {
        if (event.type !== "task.found" && event.type !== "task.refused") return null;
        if (event.project !== asked.project || event.file !== asked.file) return null;
        return event.type === "task.found" ? DONE : { is: "failed", reason: event.why };
      });
    case "task.ended":
    case "task.cancel.requested":
      return first(
        later,
        (event) => event.type === "task.closed" && event.task === asked.task ? DONE : null,
      );
    case "task.retry.requested":
      return first(
        later,
        (event) => event.type === "task.returned" && event.task === asked.task ? DONE : null,
      );
    case "daemon.stop.requested":
      return first(later, (event) => event.type === "daemon.stopped" ? DONE : null);
    // What is true as soon as it is written:
    case "session.hold.requested":
    case "session.unhold.requested":
    case "session.pin.requested":
    case "session.unpin.requested":
    case "dispatch.pause.requested":
    case "dispatch.resume.requested":
    case "freeze.requested":
    case "thaw.requested":
    case "proposal.closed":
    case "notice.acked":
    case "notice.silence.requested":
    case "notice.silence.ended":
    case "config.applied":
      return DONE;
    case "config.rejected":
      return { is: "failed", reason: asked.problems.join("; ") };
    default:
      return null;
  }
}

function first(later: readonly Event[], settles: (event: Event) => Outcome | null): Outcome {
  for (const event of later) {
    const outcome = settles(event);
    if (outcome) return outcome;
  }
  return PENDING;
}

function failed({ reason }: { readonly reason: string }): Outcome {
  return { is: "failed", reason };
}
