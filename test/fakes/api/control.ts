/**
 * Steering the local API by hand, and from other processes:
 *
 *     curl $URL/_control/accounts
 *     curl -X PATCH $URL/_control/accounts/A -d '{"mode": "limit"}'
 *     curl "$URL/_control/requests?after=12"
 *     curl -X DELETE $URL/_control/requests
 *
 * @module
 */
import { Hono } from "hono";
import { z } from "zod";
import type { Api } from "./api.ts";
import { MODES } from "./account.ts";

/** The fields of an account that may be set. */
const AccountPatch = z.strictObject({
  mode: z.enum(MODES as [string, ...string[]]),
  claim: z.enum(["five_hour", "seven_day"]),
  util5h: z.number().min(0),
  util7d: z.number().min(0),
  reset5h: z.int(),
  reset7d: z.int(),
  burn: z.number().min(0),
  turnsLeft: z.int().min(0).nullable(),
  chunkMs: z.int().min(0),
  hurry: z.boolean(),
  validGeneration: z.int().min(1),
  plan: z.string(),
  usageStatus: z.union([z.literal(200), z.literal(401), z.literal(429), z.literal(500)]),
}).partial();

export function controlRoutes(api: Pick<Api, "account" | "accounts" | "log">): Hono {
  const routes = new Hono();
  routes.get("/accounts", (context) => context.json(api.accounts()));
  routes.get("/accounts/:name", (context) => context.json(api.account(context.req.param("name"))));
  routes.patch("/accounts/:name", async (context) => {
    const patch = AccountPatch.safeParse(await context.req.json());
    if (!patch.success) return context.json({ error: z.prettifyError(patch.error) }, 400);
    return context.json(Object.assign(api.account(context.req.param("name")), patch.data));
  });
  routes.get("/requests", (context) => {
    return context.json(api.log.after(Number(context.req.query("after") ?? 0)));
  });
  routes.delete("/requests", (context) => {
    api.log.clear();
    return context.json([]);
  });
  return routes;
}
