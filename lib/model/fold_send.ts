/**
 * The part of the fold that follows a prompt which is typed into a session for somebody, and keeps where a draft lies.
 *
 * @module
 */
import type { Event } from "./event.ts";
import { withSession } from "./fold_run.ts";
import { unreachable } from "./ids.ts";
import { takesPrompts } from "./park.ts";
import { entry, pendingSend, type Send, type State } from "./state.ts";

type SendEvent = Event<
  "send.requested" | "send.typing" | "send.accepted" | "send.failed" | "draft.saved"
>;

/** The state after the event, or null when the event does not fit it. */
export function foldSend(state: State, event: SendEvent): State | null {
  const session = entry(state.sessions, event.session);
  if (!session) return null;
  const { at } = event;
  if (event.type === "draft.saved") {
    if (session.run?.plan.id !== event.run) return null;
    const { chars, path } = event;
    return withSession(state, { ...session, draft: { at, chars, path } });
  }
  if (event.type === "send.requested") {
    if (!takesPrompts(session) || pendingSend(session)) return null;
    const { send: id, by, chars, digest, until } = event;
    const stage = { is: "waiting" as const };
    const send: Send = { id, by, chars, digest, requestedAt: at, until, stage };
    return withSession(state, { ...session, send });
  }
  const send = pendingSend(session);
  if (!send || send.id !== event.send) return null;
  const put = (stage: Send["stage"]) =>
    withSession(state, { ...session, send: { ...send, stage } });
  switch (event.type) {
    case "send.typing":
      return send.stage.is === "waiting" ? put({ is: "typing", at, run: event.run }) : null;
    case "send.accepted":
      return put({ is: "accepted", at });
    case "send.failed":
      return put({ is: "failed", at, reason: event.reason });
    default:
      return unreachable(event);
  }
}
