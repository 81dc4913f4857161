/**
 * Views cut to what a model's context has room for. Whoever wants all of it asks another tool, or the API.
 *
 * @module
 */
import { z } from "zod";
import type { Of } from "../http/route.ts";
import { time } from "../http/schema/common.ts";
import { statusFields } from "../http/schema/status.ts";
import type { SwapView } from "../http/swap_view.ts";
import type { StatusView } from "../http/view.ts";
import type { Event } from "../model/event.ts";

const { sessions: _, swap: __, ...kept } = statusFields;

const sessionCounts = z.record(z.string(), z.int());
const swapBrief = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  why: z.string(),
  requestedAt: time,
  outcome: z.string().describe("running, finished or failed"),
  tookMs: z.number().nullable(),
  moves: sessionCounts.describe("How many sessions are running, moved, parked or failed"),
});
type SwapBrief = z.infer<typeof swapBrief>;

export const statusBriefSchema = z.object({
  ...kept,
  sessions: sessionCounts.describe("How many are in each state; the tool `sessions` lists them"),
  swap: swapBrief.nullable().describe("The one under way, else the last; `explain` tells more"),
});
export type StatusBrief = Omit<StatusView, "sessions" | "swap"> & {
  readonly sessions: Record<string, number>;
  readonly swap: SwapBrief | null;
};

export function statusBrief({ sessions, swap, ...status }: StatusView): StatusBrief {
  return {
    ...status,
    sessions: counted(sessions.map(({ phase }) => phase)),
    swap: swap && swapBriefOf(swap),
  };
}

export function swapBriefOf(
  { id, from, to, why, requestedAt, outcome, tookMs, moves }: SwapView,
): SwapBrief {
  const are = counted(moves.map((move) => move.outcome.is));
  return { id, from, to, why, requestedAt, outcome: outcome.is, tookMs, moves: are };
}

export const eventBriefSchema = z.looseObject({ seq: z.int(), at: time, type: z.string() })
  .describe("A journal line; which other fields it has hangs on `type`") as unknown as Of<
    EventBrief
  >;
export interface EventBrief {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
}

/** Without a whole config, and without what a decision stood on: `explain` tells that. */
export function eventBrief(event: Event): EventBrief {
  const { config: _, grounds: __, ...rest } = event as Event & {
    config?: unknown;
    grounds?: unknown;
  };
  return rest;
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
