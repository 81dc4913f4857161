/**
 * What may be asked of one account: whether it could take work.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { checkedFact, type Preflight } from "../model/preflight.ts";
import { entry } from "../model/state.ts";
import { recordFor } from "./accept.ts";
import type { Control } from "./control.ts";
import { notFound } from "./problem.ts";
import { json, needs, router } from "./route.ts";
import { check as checkSchema } from "./schema/common.ts";

export const checkedSchema = z.object({ account: z.string(), seq: z.int(), check: checkSchema });

const check = createRoute({
  method: "post",
  path: "/accounts/{id}/check",
  summary: "Look now what stands in the way of work under it",
  description:
    "Claude Code is asked who is signed in, which takes up to a few seconds. What is found counts for the policy too.",
  ...needs("operate"),
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(checkedSchema, "What was found; no problems: it could take work") },
});

export function accountRoutes(control: Control) {
  /** Who asks while it is being looked at gets what that finds. */
  const running = new Map<string, Promise<Preflight>>();
  return router().openapi(check, async (c) => {
    const { id } = c.req.valid("param");
    const spec = control.state().config?.accounts.find((account) => account.id === id);
    if (!spec) throw notFound(`no account ${id} in the config`);
    const looking = running.get(id) ?? control.check(spec).finally(() => running.delete(id));
    running.set(id, looking);
    const [event] = recordFor(c, control, checkedFact(id, await looking));
    const found = entry(control.state().accounts, id)?.check;
    if (!found) throw notFound(`no account ${id} in the config any more`);
    return c.json({ account: id, seq: event!.seq, check: found }, 200);
  });
}
