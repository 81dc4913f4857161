/**
 * The routes of sessions: all of them, one whole, its screen, its checkpoints.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { knownSession } from "./accept.ts";
import { captureQuery } from "./body.ts";
import type { CheckpointView, Control } from "./control.ts";
import { notFound } from "./problem.ts";
import { json, needs, type Of, router } from "./route.ts";
import { time } from "./schema/common.ts";
import { sessionDetailSchema } from "./schema/session.ts";
import { sessionSchema } from "./schema/status.ts";
import { sessionDetail } from "./session_view.ts";
import { sessionViews } from "./view.ts";

export const sessionName = z.object({ name: z.string() });

const list = createRoute({
  method: "get",
  path: "/sessions",
  summary: "The sessions, in the order of the config",
  ...needs("read"),
  responses: { 200: json(z.object({ sessions: z.array(sessionSchema) }), "The sessions") },
});

const show = createRoute({
  method: "get",
  path: "/sessions/{name}",
  summary: "One session, whole",
  ...needs("read"),
  request: { params: sessionName },
  responses: { 200: json(sessionDetailSchema, "The session") },
});

const capture = createRoute({
  method: "get",
  path: "/sessions/{name}/capture",
  summary: "What its pane shows",
  description: "The screen may show anything that was typed, so this needs more than `read`.",
  ...needs("operate"),
  request: { params: sessionName, query: captureQuery },
  responses: { 200: json(z.object({ session: z.string(), text: z.string() }), "The screen") },
});

const checkpoint = z.looseObject({ id: z.string(), session: z.string(), takenAt: time })
  .openapi("Checkpoint") as unknown as Of<CheckpointView>;

const checkpoints = createRoute({
  method: "get",
  path: "/sessions/{name}/checkpoints",
  summary: "What is kept of it so that it can go on elsewhere, newest first",
  description: "They hold the lines of its list of things to do, so this needs more than `read`.",
  ...needs("operate"),
  request: { params: sessionName },
  responses: { 200: json(z.object({ checkpoints: z.array(checkpoint) }), "The checkpoints") },
});

const oneCheckpoint = createRoute({
  method: "get",
  path: "/sessions/{name}/checkpoints/{id}",
  summary: "One checkpoint",
  ...needs("operate"),
  request: { params: sessionName.extend({ id: z.string() }) },
  responses: { 200: json(checkpoint, "The checkpoint") },
});

export function sessionRoutes(control: Control) {
  return router()
    .openapi(
      list,
      (c) => c.json({ sessions: sessionViews(control.state(), control.now()) }, 200),
    )
    .openapi(show, async (c) => {
      const name = knownSession(control, c.req.valid("param").name);
      const person = await control.person(name);
      return c.json(sessionDetail(control.state(), name, person, control.now()), 200);
    })
    .openapi(capture, async (c) => {
      const session = knownSession(control, c.req.valid("param").name);
      const text = await control.capture(session, { historyLines: c.req.valid("query").lines });
      return c.json({ session, text }, 200);
    })
    .openapi(checkpoints, async (c) => {
      const name = knownSession(control, c.req.valid("param").name);
      return c.json({ checkpoints: [...await control.checkpoints(name)] }, 200);
    })
    .openapi(oneCheckpoint, async (c) => {
      const { name, id } = c.req.valid("param");
      const all = await control.checkpoints(knownSession(control, name));
      const found = all.find((one) => one.id === id);
      if (!found) throw notFound(`no checkpoint ${id} of ${name}`);
      return c.json(found, 200);
    });
}
