/**
 * `/metrics`, in the text format of Prometheus.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Control } from "../control.ts";
import { needs, router } from "../route.ts";
import { Scraper } from "./scrape.ts";

const metrics = createRoute({
  method: "get",
  path: "/metrics",
  summary: "What is measured, for Prometheus",
  ...needs("read"),
  responses: {
    200: {
      description: "The text format of Prometheus, 0.0.4",
      content: { "text/plain": { schema: z.string() } },
    },
  },
});

export function metricsRoutes(control: Control) {
  const scraper = new Scraper(control);
  return router().openapi(metrics, async (c) => {
    const { text, contentType } = await scraper.scrape();
    return c.text(text, 200, { "content-type": contentType });
  });
}
