/**
 * Why a turn got no answer, from the two things the `StopFailure` hook says.
 *
 * @module
 */
import { unreachable } from "../model/ids.ts";
import type { Refusal } from "../model/quota.ts";
import { ERRORS, RATE_LIMIT_WORDINGS, SUSPENDED } from "./wording.ts";

/**
 * `error` is Claude Code's own word, `text` what it shows to the person (`last_assistant_message`). A used-up
 * quota takes both: `rate_limit` and its text. Neither word nor text alone is enough: a throttle says
 * `rate_limit` too, and anybody can write the text.
 */
export function classify(error: string, text: string): Refusal {
  if (error === "rate_limit") return rateLimit(text.trim());
  const known = Object.hasOwn(ERRORS, error) ? ERRORS[error] : undefined;
  const kind = isSuspension(error, text) ? "login" : known;
  return kind === undefined
    ? { kind: "other", error: forJournal(error), text: forJournal(text) }
    : { kind, text: forJournal(text) };
}

/** Whether the provider took the login or the account away: see `SUSPENDED`. Takes both words, as `classify`. */
export function isSuspension(error: string, text: string): boolean {
  if (SUSPENDED.errors.includes(error)) return true;
  if (error === "rate_limit" || !SUSPENDED.says.test(text)) return false;
  const isLogin = Object.hasOwn(ERRORS, error) && ERRORS[error] === "login";
  return isLogin || SUSPENDED.apiError.test(text);
}

const LONGEST_TEXT = 200;

/**
 * What of a text may stand in the journal: its first line, not too long of it, and nothing that looks like a key. An
 * error of a gateway may quote the request, or the key it did not like.
 */
export function forJournal(text: string): string {
  const line = text.trim().split("\n")[0]!
    .replace(/\b(?:sk-|bearer\s+)[\w.*~+/=-]+/gi, "[hidden]");
  return line.length <= LONGEST_TEXT ? line : `${line.slice(0, LONGEST_TEXT - 1)}…`;
}

function rateLimit(text: string): Refusal {
  const means = RATE_LIMIT_WORDINGS.find(({ says }) => says.test(text))?.means ??
    { kind: "throttle" };
  const said = forJournal(text);
  switch (means.kind) {
    case "quota":
      return { kind: "quota", window: means.window, text: said };
    case "throttle":
    case "billing":
      return { kind: means.kind, text: said };
    default:
      return unreachable(means);
  }
}
