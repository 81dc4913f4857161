/**
 * Quota figures and refusals, as data.
 *
 * @module
 */

/** The windows Claude Code reports in its status line (since 2.1.80) and limit errors. */
export type WindowName = "five_hour" | "seven_day" | "seven_day_opus" | "seven_day_sonnet";

/** Where a figure came from; every figure carries it. */
export type QuotaSource = "status line" | "limit error";

export interface WindowReading {
  /** 0 to 100, may be a fraction, may pass 100. */
  readonly usedPct: number;
  /** Epoch milliseconds (Claude Code says seconds), or null when it did not say. */
  readonly resetsAt: number | null;
}

/**
 * Why a turn ended without an answer, from the `StopFailure` hook. Only `quota` is a wall; `rate_limit` alone is not,
 * since a server throttle says it too (measured on 2.1.330).
 */
export type Refusal =
  | { readonly kind: "quota"; readonly window: WindowName | null; readonly text: string }
  | { readonly kind: "throttle"; readonly text: string }
  | { readonly kind: "login"; readonly text: string }
  | { readonly kind: "billing"; readonly text: string }
  | { readonly kind: "server"; readonly text: string }
  | { readonly kind: "other"; readonly error: string; readonly text: string };
