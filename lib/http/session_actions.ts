/**
 * What may be asked of one session: its start, its end, to stay, a prompt, where it belongs.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Fact } from "../model/event.ts";
import { groundsOf } from "../model/grounds.ts";
import { judge } from "../model/judge.ts";
import { isAlive } from "../model/state.ts";
import { accept, knownSession, recordFor } from "./accept.ts";
import { pinBody, reasonBody, sendBody } from "./body.ts";
import type { Control } from "./control.ts";
import { refused } from "./problem.ts";
import { acceptedSchema, body, json, needs, router, TAKEN } from "./route.ts";
import { sessionName } from "./session_routes.ts";

function action<const P extends string>(path: P, summary: string) {
  return createRoute({
    method: "post",
    path: `/sessions/{name}/${path}` as const,
    summary,
    ...needs("operate"),
    request: { params: sessionName },
    responses: TAKEN,
  });
}

const start = action("start", "Start it, with its conversation");
const stop = action("stop", "End it; its conversation is kept");
const restart = action("restart", "End it and start it again");
const unhold = action("unhold", "Let moves take it along again");
const unpin = action("unpin", "Let it go to any account again");

const park = createRoute({
  method: "post",
  path: "/sessions/{name}/park",
  summary: "End it in good order until it is needed",
  description:
    "A turn under way is waited for, as long as `failover.quiesce_grace`. It comes up again for its start, for a prompt or for a task.",
  ...needs("operate"),
  request: { params: sessionName },
  responses: { 202: json(acceptedSchema.extend({ swap: z.string() }), "It is being parked") },
});

const hold = createRoute({
  method: "post",
  path: "/sessions/{name}/hold",
  summary: "Leave it where it is, whatever happens",
  ...needs("operate"),
  request: { params: sessionName, body: body(reasonBody) },
  responses: TAKEN,
});

const send = createRoute({
  method: "post",
  path: "/sessions/{name}/send",
  summary: "Type a prompt into it, once it is idle",
  ...needs("operate"),
  request: { params: sessionName, body: body(sendBody) },
  responses: { 202: json(acceptedSchema.extend({ send: z.string() }), "It waits to be typed") },
});

const pinned = acceptedSchema.extend({
  swap: z.string().nullable().openapi({
    description: "The swap that brings it there; null: nothing is to move, or can be moved now",
  }),
  stays: z.string().nullable().openapi({
    description: "Why it is not moved, if it runs elsewhere",
  }),
});
/** A pin that was taken, and what it sets off. */
export type Pinned = z.infer<typeof pinned>;

const pin = createRoute({
  method: "post",
  path: "/sessions/{name}/pin",
  summary: "Bind it to an account, and bring it there",
  ...needs("operate"),
  request: { params: sessionName, body: body(pinBody) },
  responses: { 202: json(pinned, "Pinned") },
});

export function sessionActions(control: Control) {
  const known = (c: { req: { valid(target: "param"): { name: string } } }) =>
    knownSession(control, c.req.valid("param").name);
  const by = "person" as const;
  return router()
    .openapi(start, (c) => {
      const fact: Fact = { type: "session.start.requested", session: known(c), by };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(stop, (c) => {
      const fact: Fact = { type: "session.stop.requested", session: known(c), by };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(park, (c) => {
      const session = known(c);
      const from = control.state().sessions[session]!.account;
      const swap = control.newId();
      const reason = { kind: "asked" } as const;
      const asked = { swap, from, by, reason, sessions: [session], onDemand: true } as const;
      return c.json({ swap, ...accept(c, control, { type: "park.requested", ...asked }) }, 202);
    })
    .openapi(restart, (c) => {
      const fact: Fact = { type: "session.restart.requested", session: known(c), by };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(hold, (c) => {
      const { reason = "a person asked for it" } = c.req.valid("json");
      const fact: Fact = { type: "session.hold.requested", session: known(c), by, reason };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(unhold, (c) => {
      const fact: Fact = { type: "session.unhold.requested", session: known(c), by };
      return c.json(accept(c, control, fact), 202);
    })
    .openapi(send, async (c) => {
      const { text, timeoutMs } = c.req.valid("json");
      const id = control.newId();
      const made = control.prompt(id, text);
      if (made.unsendable !== null) throw refused(made.unsendable);
      const fact: Fact = {
        type: "send.requested",
        session: known(c),
        send: id,
        by,
        chars: [...text].length,
        digest: made.digest,
        until: control.now() + timeoutMs,
      };
      // Asked before as well: a text that nobody will type need not lie about.
      const reason = judge(control.state(), fact);
      if (reason === null) await made.keep();
      return c.json({ send: id, ...accept(c, control, fact) }, 202);
    })
    .openapi(pin, (c) => {
      const session = known(c);
      const { account } = c.req.valid("json");
      const accepted = accept(c, control, { type: "session.pin.requested", session, account, by });
      return c.json({ ...accepted, ...bring(c, control, session, account) }, 202);
    })
    .openapi(unpin, (c) => {
      const fact: Fact = { type: "session.unpin.requested", session: known(c), by };
      return c.json(accept(c, control, fact), 202);
    });
}

/** Asks for the move of a session that runs under another account than the one it belongs to. */
function bring(c: Context, control: Control, name: string, to: string): Omit<Pinned, "seq"> {
  const session = control.state().sessions[name];
  if (!session || !isAlive(session) || session.account === to) return { swap: null, stays: null };
  const { account: from } = session;
  const swap = control.newId();
  const grounds = groundsOf(control.state(), { from, by: "person", now: control.now() });
  const asked = { swap, from, to, by: "person" as const, reason: { kind: "asked" as const } };
  const wish: Fact = { type: "swap.requested", ...asked, sessions: [name], grounds };
  const [event] = recordFor(c, control, wish);
  return event?.type === "request.refused"
    ? { swap: null, stays: event.reason }
    : { swap, stays: null };
}
