/**
 * What the dashboard shows, rendered.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { callerOf, mayDo } from "./caller.ts";
import type { Control } from "./control.ts";
import { renderDashboard } from "./dashboard/render.ts";
import { needs, router } from "./route.ts";

/** More than are shown: the small print among them is left out. */
const EVENTS_READ = 300;

const getDashboard = createRoute({
  method: "get",
  path: "/dashboard",
  summary: "What the dashboard shows, as HTML; it changes with every release",
  ...needs("read"),
  responses: {
    200: { description: "A part of a page", content: { "text/html": { schema: z.string() } } },
  },
});

export function dashboardRoutes(control: Control) {
  return router().openapi(getDashboard, async (c) => {
    const after = Math.max(0, control.headSeq() - EVENTS_READ);
    const text = await renderDashboard({
      state: control.state(),
      now: control.now(),
      journalProblem: control.journalProblem(),
      events: control.events({ after, limit: EVENTS_READ }),
      mayAct: mayDo(callerOf(c).scope, "operate"),
    });
    return c.html(text, 200);
  });
}
