/**
 * The routes that concern the daemon as a whole: freeze and thaw, its config, its janitor, its end.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Fact } from "../model/event.ts";
import { DUTY_NAMES } from "../model/janitor.ts";
import { accept, recordFor } from "./accept.ts";
import { reasonBody, stopBody, tidyBody } from "./body.ts";
import type { Control, TidyResult } from "./control.ts";
import { Problem } from "./problem.ts";
import type { Reload } from "./reload.ts";
import { body, json, needs, type Of, router, TAKEN } from "./route.ts";

const freeze = createRoute({
  method: "post",
  path: "/freeze",
  summary: "No automatic move until thaw",
  ...needs("operate"),
  request: { body: body(reasonBody) },
  responses: TAKEN,
});

const thaw = createRoute({
  method: "post",
  path: "/thaw",
  summary: "Allow automatic moves again",
  ...needs("operate"),
  responses: TAKEN,
});

const tidied: Of<TidyResult> = z.object({
  duty: z.enum(DUTY_NAMES),
  dryRun: z.boolean(),
  found: z.array(
    z.object({ what: z.string(), why: z.string(), bytes: z.number().nullable() }),
  ),
  removed: z.int(),
  bytes: z.number(),
  problems: z.array(z.string()),
});

const tidy = createRoute({
  method: "post",
  path: "/janitor/run",
  summary: "Tidy up now, or say what would go",
  ...needs("admin"),
  request: { body: body(tidyBody) },
  responses: { 200: json(z.object({ results: z.array(tidied) }), "What came of each duty") },
});

const names = z.array(z.string());
const reloaded: Of<Exclude<Reload, { is: "rejected" }>> = z.union([
  z.object({ is: z.literal("unchanged") }),
  z.object({
    is: z.literal("applied"),
    seq: z.int(),
    change: z.object({
      sessionsAdded: names,
      sessionsRemoved: z.array(z.object({ session: z.string(), runs: z.boolean() })),
      accountsAdded: names,
      accountsRemoved: z.array(z.object({ account: z.string(), sessions: names })),
    }),
  }),
]);

const reload = createRoute({
  method: "post",
  path: "/config/reload",
  summary: "Read the config file again",
  ...needs("admin"),
  responses: { 200: json(reloaded, "What has changed") },
});

const stop = createRoute({
  method: "post",
  path: "/daemon/stop",
  summary: "Stop the daemon; the sessions go on unless it is said otherwise",
  ...needs("admin"),
  request: { body: body(stopBody) },
  responses: TAKEN,
});

export function daemonRoutes(control: Control) {
  return router()
    .openapi(freeze, (c) => {
      const { reason = "a person asked for it" } = c.req.valid("json");
      return c.json(accept(c, control, { type: "freeze.requested", by: "person", reason }), 202);
    })
    .openapi(
      thaw,
      (c) => c.json(accept(c, control, { type: "thaw.requested", by: "person" }), 202),
    )
    .openapi(tidy, async (c) => {
      const results = await control.tidy(c.req.valid("json"));
      return c.json({ results }, 200);
    })
    .openapi(reload, async (c) => {
      const asked = (...facts: Fact[]) => recordFor(c, control, ...facts);
      const reload = await control.reload(asked);
      if (reload.is !== "rejected") return c.json(reload, 200);
      const kind = reload.because === "fixed" ? "config-fixed" : "config-invalid";
      throw new Problem(kind, reload.lines.join("\n"));
    })
    .openapi(stop, (c) => {
      const endSessions = c.req.valid("json").sessions;
      const fact: Fact = { type: "daemon.stop.requested", by: "person", endSessions };
      return c.json(accept(c, control, fact), 202);
    });
}
