/**
 * The last input of a run's status line: the freshest figures of an account that there are.
 *
 * @module
 */
import { z } from "zod";
import type { ConversationId } from "../model/ids.ts";
import type { ByWindow, WindowReading } from "../model/quota.ts";
import { parseObject } from "./cut_json.ts";
import { windowOfKey } from "./windows.ts";

export interface StatusLine {
  readonly conversation: ConversationId;
  /**
   * Only the windows that were there. None before the first answer of a session, none without a claude.ai login
   * (2.1.330); one that is over is left out by Claude Code itself.
   */
  readonly windows: ByWindow<WindowReading>;
  readonly costUsd: number | null;
  /** The model's id, e.g. `claude-opus-5-5`. */
  readonly model: string | null;
  readonly transcript: string | null;
}

/** `used_percentage` is 0 to 100, `resets_at` epoch seconds (since 2.1.80). */
const windowSchema = z.object({
  used_percentage: z.number().nonnegative(),
  resets_at: z.number().positive().nullish().catch(null),
});

const statusSchema = z.object({
  session_id: z.string(),
  transcript_path: z.string().nullish().catch(null),
  model: z.object({ id: z.string() }).nullish().catch(null),
  cost: z.object({ total_cost_usd: z.number() }).nullish().catch(null),
  rate_limits: z.record(z.string(), z.unknown()).nullish().catch(null),
});

/** The spend limit of a gateway (since 2.1.251) in dollars; it may be passed. */
const spendSchema = z.object({
  used_usd: z.number().nonnegative(),
  limit_usd: z.number().positive(),
});

/** A version that says more windows is not to fill the journal. */
const MOST_WINDOWS = 8;

/** The figures of the text, or null when it is not a status line input. What is not a number is absent, not zero. */
export function parseStatusLine(text: string): StatusLine | null {
  const status = statusSchema.safeParse(parseObject(text)).data;
  if (!status) return null;
  const windows: Record<string, WindowReading> = {};
  for (const [key, value] of Object.entries(status.rate_limits ?? {}).slice(0, MOST_WINDOWS)) {
    const window = windowSchema.safeParse(value).data;
    const spend = key === "spend_limit" ? spendSchema.safeParse(value).data : undefined;
    if (spend) {
      windows["credits"] = { usedPct: spend.used_usd / spend.limit_usd * 100, resetsAt: null };
    }
    if (!window) continue;
    const { used_percentage: usedPct, resets_at } = window;
    windows[windowOfKey(key)] = { usedPct, resetsAt: resets_at ? resets_at * 1000 : null };
  }
  return {
    conversation: status.session_id,
    windows,
    costUsd: status.cost?.total_cost_usd ?? null,
    model: status.model?.id ?? null,
    transcript: status.transcript_path ?? null,
  };
}
