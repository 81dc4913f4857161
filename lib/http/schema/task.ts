/**
 * The schemas of tasks.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Of } from "../route.ts";
import { PLACES, type TaskCounts, type TaskView } from "../task_view.ts";
import { requester, time } from "./common.ts";

export const pausedSchema = z.object({ since: time, by: requester, reason: z.string() }).nullable();

export const taskCountsSchema: Of<TaskCounts> = z.object({
  queued: z.int(),
  running: z.int(),
  attention: z.array(z.string()),
  paused: pausedSchema,
});

export const taskSchema: Of<TaskView> = z.object({
  id: z.string(),
  project: z.string(),
  file: z.string(),
  ref: z.string(),
  title: z.string(),
  priority: z.number(),
  labels: z.array(z.string()),
  after: z.array(z.string()),
  place: z.enum(PLACES),
  end: z.enum(["done", "failed", "cancelled"]).nullable(),
  since: time,
  foundAt: time,
  detail: z.string().nullable(),
  session: z.string().nullable(),
  account: z.string().nullable(),
  attempts: z.array(z.object({
    nth: z.int(),
    session: z.string(),
    account: z.string(),
    then: z.array(z.string()).optional(),
    mark: z.string().optional(),
    startedAt: time,
    endedAt: time.nullable(),
    end: z.string().nullable(),
  })),
  maxAttempts: z.int().nullable(),
  swapsSurvived: z.int(),
  ignored: z.array(z.string()),
  hops: z.int(),
}).openapi("Task");
