/**
 * `/healthz`: the process answers and can write. `/readyz`: all that it needs for its work is there.
 *
 * The first is for whoever restarts what hangs, so it needs no token and says nothing of what there is; the reasons, which name
 * workers and files, are for who may read.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Control } from "../control.ts";
import { Problem } from "../problem.ts";
import { json, needs, router } from "../route.ts";
import { Checkup } from "./checkup.ts";

const text = { "text/plain": { schema: z.string() } };

const healthz = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether the daemon is alive: it answers, and can write its journal; needs no token",
  security: [],
  responses: {
    200: { description: "`ok`", content: text },
    503: { description: "`not ok`", content: text },
  },
});

const readyz = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Whether the daemon can do its work, else 503 and what is in the way",
  ...needs("read"),
  responses: { 200: json(z.object({ ready: z.literal(true) }), "It can") },
});

/** What is answered without a token. */
export function isOpen(method: string, path: string): boolean {
  return path === "/healthz" && (method === "GET" || method === "HEAD");
}

export function healthRoutes(control: Control) {
  const checkup = new Checkup(control);
  return router()
    .openapi(healthz, (c) => {
      return checkup.journal() === null ? c.text("ok\n", 200) : c.text("not ok\n", 503);
    })
    .openapi(readyz, async (c) => {
      const found = await checkup.all();
      if (found.length === 0) return c.json({ ready: true as const }, 200);
      const detail = found.map(({ part, why }) => `${part}: ${why}`).join("; ");
      const errors = found.map(({ part, why }) => ({ path: part, message: why }));
      throw new Problem("not-ready", detail, { errors });
    });
}
