/**
 * What the dashboard shows, rendered.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { compress } from "hono/compress";
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
  const look = sharedLook(control);
  const routes = router();
  // A large pool is 300 kB of much the same, a tenth of it packed.
  routes.use("/dashboard", compress());
  return routes.openapi(
    getDashboard,
    async (c) => c.html(await look(mayDo(callerOf(c).scope, "operate")), 200),
  );
}

/** Rendered once for all who look at the same moment: 15 ms for 200 sessions. */
function sharedLook(control: Control): (mayAct: boolean) => Promise<string> {
  const looks = new Map<boolean, { readonly of: string; readonly text: Promise<string> }>();
  return (mayAct) => {
    const [now, journalProblem] = [control.now(), control.journalProblem()];
    const of = `${control.headSeq()} ${Math.floor(now / 1_000)} ${journalProblem}`;
    const known = looks.get(mayAct);
    if (known?.of === of) return known.text;
    const after = Math.max(0, control.headSeq() - EVENTS_READ);
    const events = control.events({ after, limit: EVENTS_READ });
    const text = renderDashboard({ state: control.state(), now, journalProblem, events, mayAct });
    looks.set(mayAct, { of, text });
    return text;
  };
}
