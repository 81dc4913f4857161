/**
 * The figures that Claude Code has cached in `.claude.json` when it last got some: what `/usage` prints, with the time they were made.
 *
 * @module
 */
import { z } from "zod";
import type { ByWindow, WindowReading } from "../../model/quota.ts";
import { windowOfKey } from "../windows.ts";

export interface CachedUsage {
  /** Epoch milliseconds. */
  readonly fetchedAt: number;
  readonly windows: ByWindow<WindowReading>;
  /** Whether paid use past the plan is turned on; null: it does not say. */
  readonly overageOn: boolean | null;
}

const MOST_WINDOWS = 12;

/** `cachedUsageUtilization` of `.claude.json`, as 2.1.330 writes it. Its other members are not kept. */
export const cachedUsageSchema = z.object({
  fetchedAtMs: z.number().positive(),
  utilization: z.record(z.string(), z.unknown()).catch({}).default({}),
});

/** In percent; the reset is ISO 8601. */
const windowSchema = z.object({
  utilization: z.number().nonnegative(),
  resets_at: z.string().nullish().catch(null),
});
const extraSchema = z.object({ is_enabled: z.boolean() });

export function cachedUsage(
  { fetchedAtMs, utilization }: z.output<typeof cachedUsageSchema>,
): CachedUsage {
  const known = Object.entries(utilization).slice(0, MOST_WINDOWS).flatMap(([key, value]) => {
    const window = windowSchema.safeParse(value).data;
    if (!window) return [];
    const resetsAt = Date.parse(window.resets_at ?? "");
    const reading = {
      usedPct: window.utilization,
      resetsAt: Number.isNaN(resetsAt) ? null : resetsAt,
    };
    return [[windowOfKey(key), reading] as const];
  });
  return {
    fetchedAt: fetchedAtMs,
    windows: Object.fromEntries(known),
    overageOn: extraSchema.safeParse(utilization["extra_usage"]).data?.is_enabled ?? null,
  };
}
