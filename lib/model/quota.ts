/**
 * Quota figures and refusals, as data.
 *
 * @module
 */

/**
 * A window of the provider's. The first two are the account's own and are what decisions stand on; one of a model (`seven_day_opus`)
 * limits that model alone. `credits` is what of the paid use past the plan is used. One that we do not know keeps its own name
 * behind `other:`.
 */
export type WindowName =
  | "five_hour"
  | "seven_day"
  | `seven_day_${string}`
  | "credits"
  | `other:${string}`;

/** Something for each window that is known. */
export type ByWindow<T> = {
  readonly five_hour?: T;
  readonly seven_day?: T;
  readonly credits?: T;
  readonly [model: `seven_day_${string}`]: T;
  readonly [other: `other:${string}`]: T;
};

/** Where a figure came from; every figure carries it. */
export type QuotaSource =
  | "status line"
  | "limit error"
  /** `claude -p "/usage"`, under the account's own config dir. */
  | "usage command"
  /** A line of `claude -p --output-format stream-json`. */
  | "rate limit event"
  /** A program of the user's. */
  | "command"
  | "transcript";

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

/** What the model was sent and has said, as Claude Code notes it in its transcripts. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export const NO_TOKENS: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export function plusTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
  };
}
