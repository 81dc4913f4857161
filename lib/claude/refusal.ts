/**
 * Why a turn got no answer, from the two things the `StopFailure` hook says.
 *
 * @module
 */
import { unreachable } from "../model/ids.ts";
import type { Refusal } from "../model/quota.ts";
import { ERRORS, RATE_LIMIT_WORDINGS } from "./wording.ts";

/**
 * `error` is Claude Code's own word, `text` what it shows to the person (`last_assistant_message`). A used-up
 * quota takes both: `rate_limit` and its text. Neither word nor text alone is enough: a throttle says
 * `rate_limit` too, and anybody can write the text.
 */
export function classify(error: string, text: string): Refusal {
  if (error === "rate_limit") return rateLimit(error, text.trim());
  const kind = Object.hasOwn(ERRORS, error) ? ERRORS[error] : undefined;
  return kind === undefined ? { kind: "other", error, text } : { kind, text };
}

function rateLimit(error: string, text: string): Refusal {
  const means = RATE_LIMIT_WORDINGS.find(({ says }) => says.test(text))?.means ??
    { kind: "throttle" };
  switch (means.kind) {
    case "quota":
      return { kind: "quota", window: means.window, text };
    case "one model":
      return { kind: "other", error, text };
    case "throttle":
    case "billing":
      return { kind: means.kind, text };
    default:
      return unreachable(means);
  }
}
