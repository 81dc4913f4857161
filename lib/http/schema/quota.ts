/**
 * The schema of quotas.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { AccountQuota, QuotaView } from "../quota_view.ts";
import type { Of } from "../route.ts";
import { time } from "./common.ts";
import { accountFields } from "./status.ts";

const accountQuota: Of<AccountQuota> = z.object({
  ...accountFields,
  overage: z.object({
    inUse: z.boolean(),
    enabled: z.boolean().nullable(),
    at: time,
    until: time,
  }).nullable(),
  spent: z.object({
    day: z.string(),
    usd: z.number(),
    capUsd: z.number().nullable(),
    capReached: z.boolean(),
  }).nullable(),
  asking: z.object({
    requests: z.int(),
    perHour: z.int(),
    rest: z.object({ why: z.string(), until: time }).nullable(),
  }).nullable(),
  tokens: z.object({
    input: z.number(),
    output: z.number(),
    cacheRead: z.number(),
    cacheWrite: z.number(),
    messages: z.int(),
  }).nullable(),
}).openapi("AccountQuota");

export const quotaSchema: Of<QuotaView> = z.object({
  now: time,
  seq: z.int(),
  accounts: z.array(accountQuota),
}).openapi("Quota");
