/**
 * The routes of one session that a person cares for: the whole of it, a prompt for it, and where it belongs.
 *
 * @module
 */
import { Hono } from "hono";
import type { Fact } from "../model/event.ts";
import { groundsOf } from "../model/grounds.ts";
import { judge } from "../model/judge.ts";
import { isAlive } from "../model/state.ts";
import { accept, type Accepted, knownSession } from "./accept.ts";
import type { Control } from "./app.ts";
import { checked, pinBody, sendBody } from "./body.ts";
import { refused } from "./problem.ts";
import { sessionDetail } from "./session_view.ts";

/** A pin that was taken, and what it sets off. */
export interface Pinned extends Accepted {
  /** The swap that brings the session there; null when there is nothing to move, or it cannot be moved now. */
  readonly swap: string | null;
  /** Why it is not moved although it runs elsewhere. */
  readonly stays: string | null;
}

export function sessionRoutes(control: Control) {
  return new Hono()
    .get("/:name", async (c) => {
      const name = knownSession(control, c.req.param("name"));
      const person = await control.person(name);
      return c.json(sessionDetail(control.state(), name, person, control.now()));
    })
    .post("/:name/send", checked("json", sendBody), async (c) => {
      const session = knownSession(control, c.req.param("name"));
      const { text, timeoutMs } = c.req.valid("json");
      const id = control.newId();
      const made = control.prompt(id, text);
      if (made.unsendable !== null) throw refused(made.unsendable);
      const fact: Fact = {
        type: "send.requested",
        session,
        send: id,
        by: "person",
        chars: [...text].length,
        digest: made.digest,
        until: control.now() + timeoutMs,
      };
      // Asked before as well: a text that nobody will type need not lie about.
      const reason = judge(control.state(), fact);
      if (reason === null) await made.keep();
      return c.json({ send: id, ...accept(control, fact) }, 202);
    })
    .post("/:name/pin", checked("json", pinBody), (c) => {
      const session = knownSession(control, c.req.param("name"));
      const { account } = c.req.valid("json");
      const pin: Fact = { type: "session.pin.requested", session, account, by: "person" };
      const accepted = accept(control, pin);
      const pinned: Pinned = { ...accepted, ...bring(control, session, account) };
      return c.json(pinned, 202);
    })
    .post("/:name/unpin", (c) => {
      const session = knownSession(control, c.req.param("name"));
      return c.json(
        accept(control, { type: "session.unpin.requested", session, by: "person" }),
        202,
      );
    });
}

/** Asks for the move of a session that runs under another account than the one it belongs to. */
function bring(control: Control, name: string, to: string): Omit<Pinned, "seq"> {
  const session = control.state().sessions[name];
  if (!session || !isAlive(session) || session.account === to) return { swap: null, stays: null };
  const { account: from } = session;
  const swap = control.newId();
  const grounds = groundsOf(control.state(), { from, by: "person", now: control.now() });
  const asked = { swap, from, to, by: "person" as const, reason: { kind: "asked" as const } };
  const [event] = control.record({ type: "swap.requested", ...asked, sessions: [name], grounds });
  return event?.type === "request.refused"
    ? { swap: null, stays: event.reason }
    : { swap, stays: null };
}
