/**
 * The schemas of swaps, of what a failover would do, and of decisions.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { MOVE_STEPS, type SwapReason } from "../../model/event.ts";
import type { Move, Swap } from "../../model/state.ts";
import type { Reading } from "../../model/grounds.ts";
import type { ExplainView } from "../explain_view.ts";
import type { FailoverPlan } from "../failover_plan.ts";
import { type Of, openUnion } from "../route.ts";
import type { SwapView } from "../swap_view.ts";
import { candidate, requester, time } from "./common.ts";

const swapOutcome = openUnion<Swap["outcome"]>("is", "running, finished or failed; when, and why");
const moveOutcome = openUnion<Move["outcome"]>("is", "running, moved, parked or failed");
const rejected = z.array(z.object({ account: z.string(), reason: z.string() }));

export const swapSchema: Of<SwapView> = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  rejected,
  by: requester,
  why: z.string(),
  requestedAt: time,
  outcome: swapOutcome,
  tookMs: z.number().nullable(),
  moves: z.array(z.object({
    session: z.string(),
    to: z.string(),
    tried: z.array(z.string()),
    parking: z.string().nullable(),
    quiesced: z.enum(["at rest", "cut"]).nullable(),
    outcome: moveOutcome,
    proven: z.boolean().nullable(),
    steps: z.array(z.object({
      step: z.enum(MOVE_STEPS),
      is: z.enum(["pending", "running", "done"]),
      startedAt: time.nullable(),
      tookMs: z.number().nullable(),
    })),
  })),
}).openapi("Swap");

export const planSchema: Of<FailoverPlan> = z.object({
  from: z.string(),
  to: z.string(),
  reason: openUnion<SwapReason>("kind", "Why: asked, wall, threshold"),
  sessions: z.array(z.string()),
  left: z.array(z.object({ session: z.string(), why: z.string() })),
  candidates: z.array(candidate),
  warning: z.string().nullable(),
}).openapi("FailoverPlan");

export const decisionSchema: Of<ExplainView> = z.object({
  swap: z.object({
    id: z.string(),
    from: z.string(),
    to: z.string(),
    by: requester,
    sessions: z.array(z.string()),
    parks: z.boolean(),
    rejected,
    strayed: z.array(z.object({ session: z.string(), why: z.string() })),
  }).nullable(),
  at: time,
  now: time,
  why: z.string(),
  readings: z.array(openUnion<Reading>("account", "An account as it was known then")).nullable(),
  considered: z.array(z.object({ from: z.string(), candidates: z.array(candidate) })),
}).openapi("Decision");
