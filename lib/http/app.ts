/**
 * The control plane: what people and programs may ask of the daemon.
 *
 * Every command is a fact in the journal. What the state does not allow becomes `request.refused` there and 409
 * here, with the reason; what it allows answers 202 with its place in the journal, since the work is done after.
 *
 * Who asks is `front`'s business and comes with the request; each route says which scope it needs.
 *
 * @module
 */
import { accountRoutes } from "./account_routes.ts";
import type { Hono } from "hono";
import { type AppEnv, callerOf, requires, type Scope } from "./caller.ts";
import type { Control } from "./control.ts";
import { daemonRoutes } from "./daemon_routes.ts";
import { notifyRoutes } from "./notify_routes.ts";
import { dashboardRoutes } from "./dashboard_routes.ts";
import { eventRoutes } from "./event_routes.ts";
import { healthRoutes } from "./health/routes.ts";
import { metricsRoutes } from "./metrics/routes.ts";
import { describe } from "./openapi.ts";
import { notFound, problemOf } from "./problem.ts";
import { router } from "./route.ts";
import { sessionActions } from "./session_actions.ts";
import { sessionRoutes } from "./session_routes.ts";
import { statusRoutes } from "./status_routes.ts";
import { swapRoutes } from "./swap_routes.ts";
import { taskRoutes } from "./task_routes.ts";

export type { Control } from "./control.ts";
export type ControlApp = ReturnType<typeof controlApp>;

/** Answers a request of the Model Context Protocol by way of requests to our own routes, which `fetch` sends as the same caller. */
export type McpMount = (
  request: Request,
  caller: { readonly scope: Scope; readonly fetch: typeof globalThis.fetch },
) => Promise<Response>;

export function controlApp(control: Control, mcp?: McpMount) {
  const app = router()
    .route("/", healthRoutes(control))
    .route("/", metricsRoutes(control))
    .route("/v1", statusRoutes(control))
    .route("/v1", accountRoutes(control))
    .route("/v1", sessionRoutes(control))
    .route("/v1", sessionActions(control))
    .route("/v1", taskRoutes(control))
    .route("/v1", swapRoutes(control))
    .route("/v1", eventRoutes(control))
    .route("/v1", daemonRoutes(control))
    .route("/v1", notifyRoutes(control))
    .route("/v1", dashboardRoutes(control));
  app.onError((error) => problemOf(error).toResponse());
  app.notFound((c) => notFound(`no route ${c.req.method} ${c.req.path}`).toResponse());
  describe(app);
  if (mcp) mountMcp(app, mcp);
  return app;
}

function mountMcp(app: Hono<AppEnv>, mcp: McpMount): void {
  app.all("/mcp", requires("read"), (c) => {
    const caller = callerOf(c);
    return mcp(c.req.raw, {
      scope: caller.scope,
      fetch: async (input, init) => await app.fetch(new Request(input, init), { caller }),
    });
  });
}
