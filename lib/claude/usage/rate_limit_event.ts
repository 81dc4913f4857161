/**
 * The `rate_limit_event` line of `claude -p --output-format stream-json`: on the first answer and then whenever the status changes.
 *
 * @module
 */
import { z } from "zod";
import type { WindowReading } from "../../model/quota.ts";
import { parseObject } from "../cut_json.ts";
import { windowOfKey } from "../windows.ts";
import type { Figures } from "./answer.ts";

const seconds = z.number().positive().max(1e11).nullish().catch(null);
/** A share of 1 here, where status lines say percent. */
const windowSchema = z.object({ utilization: z.number().nonnegative(), resetsAt: seconds });

const infoSchema = z.object({
  status: z.string(),
  rateLimitType: z.string().nullish().catch(null),
  utilization: z.number().nonnegative().nullish().catch(null),
  resetsAt: seconds,
  /** Not in 2.1.197. */
  unifiedWindows: z.record(z.string(), z.unknown()).nullish().catch(null),
  ...overageFields(),
});

const MOST_WINDOWS = 8;

/** Null: it is no such line, or one that says nothing of any window. */
export function parseRateLimitEvent(line: string): Figures | null {
  const object = parseObject(line);
  if (object?.["type"] !== "rate_limit_event") return null;
  const info = infoSchema.safeParse(object["rate_limit_info"]).data;
  if (!info) return null;
  const windows: Record<string, WindowReading> = {};
  for (const [key, value] of Object.entries(info.unifiedWindows ?? {}).slice(0, MOST_WINDOWS)) {
    const window = windowSchema.safeParse(value).data;
    if (window) windows[windowOfKey(key)] = reading(window.utilization, window.resetsAt);
  }
  const used = info.utilization ?? (info.status === "rejected" ? 1 : null);
  if (info.rateLimitType && used !== null) {
    windows[windowOfKey(info.rateLimitType)] = reading(used, info.resetsAt);
  }
  if (Object.keys(windows).length === 0) return null;
  return { is: "figures", windows, madeAt: null, overage: overageOf(info) };
}

function reading(share: number, resetsAt: number | null | undefined): WindowReading {
  return { usedPct: Math.round(share * 1e6) / 1e4, resetsAt: resetsAt ? resetsAt * 1000 : null };
}

/** What these lines and those of limit errors say of paid use past the plan. */
export function overageFields() {
  return {
    isUsingOverage: z.boolean().nullish().catch(null),
    overageStatus: z.string().nullish().catch(null),
  };
}

export function overageOf(
  { isUsingOverage, overageStatus }: {
    readonly isUsingOverage?: boolean | null | undefined;
    readonly overageStatus?: string | null | undefined;
  },
): { readonly inUse: boolean | null; readonly enabled: boolean | null } {
  return {
    inUse: isUsingOverage ?? null,
    enabled: overageStatus ? overageStatus.startsWith("allowed") : null,
  };
}
