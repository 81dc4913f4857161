/**
 * What the control plane offers, as OpenAPI 3.1, made of the routes themselves.
 *
 * @module
 */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { AppEnv } from "./caller.ts";
import { problemSchema } from "./problem.ts";
import { json, needs } from "./route.ts";

/** Raised with the first path segment: what is within one only grows. */
const API_VERSION = "1.0.0";

const ABOUT =
  "What `claude-failover` does from the command line, over HTTP. Commands answer 202 with the sequence of their journal line; " +
  "`GET /v1/requests/SEQ` tells what became of one. On the unix socket its owner needs no token. Times are epoch milliseconds.";

const spec = createRoute({
  method: "get",
  path: "/v1/openapi.json",
  summary: "This description",
  ...needs("read"),
  responses: { 200: json(z.looseObject({ openapi: z.string() }), "OpenAPI 3.1") },
});

/** Serves the description at /v1/openapi.json. */
export function describe(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "Made by `claude-failover token create`; its scope is read, operate or admin",
  });
  app.openAPIRegistry.register("Problem", problemSchema);
  let made: ReturnType<typeof documentOf> | null = null;
  app.openapi(spec, (c) => c.json((made ??= documentOf(app)) as never, 200));
}

function documentOf(app: OpenAPIHono<AppEnv>) {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "claude-failover",
      version: API_VERSION,
      description: ABOUT,
      license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" },
    },
    servers: [{ url: "/" }],
  });
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of [path.get, path.post]) {
      if (operation) operation.responses = { ...operation.responses, default: PROBLEM_REF };
    }
  }
  return document;
}

const PROBLEM_REF = {
  description: "What is in the way",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};
