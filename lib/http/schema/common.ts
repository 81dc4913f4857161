/**
 * Schemas that many answers share.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Requester } from "../../model/event.ts";
import type { Pressure } from "../../model/policy.ts";
import type { QuotaSource, WindowName } from "../../model/quota.ts";
import type { Account } from "../../model/state.ts";
import { type Of, openUnion } from "../route.ts";

export const time = z.number().openapi({ description: "Epoch milliseconds" });
export const requester: Of<Requester> = z.enum(["person", "policy"]);
export const windowName: Of<WindowName> = (z.string().openapi({
  description:
    "five_hour, seven_day, seven_day_MODEL, credits, or other:NAME for one that we do not know",
})) as unknown as Of<WindowName>;
export const source = z.string() as unknown as Of<QuotaSource>;
export const pressure = openUnion<Pressure>("is", "unknown, room, near or full, and by what");

export const check: Of<NonNullable<Account["check"]>> = z.object({
  at: time,
  problems: z.array(z.string()),
  folders: z.array(z.object({ cwd: z.string(), what: z.string() })).optional(),
  signInEndsAt: time.nullish().openapi({
    description: "When its sign-in ends at the latest; null or absent: not known",
  }),
});

export const candidate = z.object({
  account: z.string(),
  rejected: z.string().nullable().openapi({ description: "Null: it can take the work" }),
});

export const limit = z.coerce.number().int().min(1).max(1_000).default(200);
export const pageQuery = z.strictObject({
  after: z.string().min(1).optional().openapi({ description: "The `next` of the page before" }),
  limit,
});
/** Where a list goes on; null: it does not. */
export const nextCursor = z.string().nullable().openapi({
  description: "What `after` must be to go on; null at the end",
});
