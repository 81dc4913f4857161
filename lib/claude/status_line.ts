/**
 * The last input of a run's status line: the freshest figures of an account that there are.
 *
 * @module
 */
import { z } from "zod";
import type { ConversationId } from "../model/ids.ts";
import type { WindowName, WindowReading } from "../model/quota.ts";
import { parseObject } from "./cut_json.ts";

export interface StatusLine {
  readonly conversation: ConversationId;
  /**
   * Only the windows that were there. None before the first answer of a session, none without a claude.ai login
   * (2.1.330); one that is over is left out by Claude Code itself.
   */
  readonly windows: Readonly<Partial<Record<WindowName, WindowReading>>>;
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

const WINDOWS: readonly WindowName[] = [
  "five_hour",
  "seven_day",
  "seven_day_opus",
  "seven_day_sonnet",
];

/** The figures of the text, or null when it is not a status line input. What is not a number is absent, not zero. */
export function parseStatusLine(text: string): StatusLine | null {
  const status = statusSchema.safeParse(parseObject(text)).data;
  if (!status) return null;
  const windows: Partial<Record<WindowName, WindowReading>> = {};
  for (const name of WINDOWS) {
    const window = windowSchema.safeParse(status.rate_limits?.[name]).data;
    if (!window) continue;
    const { used_percentage: usedPct, resets_at } = window;
    windows[name] = { usedPct, resetsAt: resets_at ? resets_at * 1000 : null };
  }
  return {
    conversation: status.session_id,
    windows,
    costUsd: status.cost?.total_cost_usd ?? null,
    model: status.model?.id ?? null,
    transcript: status.transcript_path ?? null,
  };
}
