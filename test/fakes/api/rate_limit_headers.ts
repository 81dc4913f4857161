/**
 * The `anthropic-ratelimit-unified-*` headers, from which Claude Code makes `rate_limits` of its status line and,
 * with a 429, its "You've hit your limit". Names and values as Claude Code 2.1.330 reads them.
 *
 * @module
 */
import type { Account } from "./account.ts";

const PREFIX = "anthropic-ratelimit-unified";

/** For an answer, or (with `rejected`) for the 429 of a limit. */
export function rateLimitHeaders(account: Account, rejected: boolean): Record<string, string> {
  const five = windowOf(account.util5h, rejected && account.claim === "five_hour");
  const seven = windowOf(account.util7d, rejected && account.claim === "seven_day");
  const claimed = account.claim === "five_hour" ? five : seven;
  const overall = rejected ? "rejected" : worst(five.status, seven.status);
  const reset = account.claim === "five_hour" ? account.reset5h : account.reset7d;
  return {
    [`${PREFIX}-status`]: overall,
    [`${PREFIX}-5h-status`]: five.status,
    [`${PREFIX}-5h-reset`]: String(account.reset5h),
    [`${PREFIX}-5h-utilization`]: String(five.used),
    [`${PREFIX}-7d-status`]: seven.status,
    [`${PREFIX}-7d-reset`]: String(account.reset7d),
    [`${PREFIX}-7d-utilization`]: String(seven.used),
    [`${PREFIX}-representative-claim`]: account.claim,
    [`${PREFIX}-fallback-percentage`]: "0.5",
    [`${PREFIX}-reset`]: String(reset),
    [`${PREFIX}-overage-status`]: "rejected",
    [`${PREFIX}-overage-disabled-reason`]: "org_level_disabled",
    ...(overall === "allowed_warning" && claimed.status === "allowed_warning"
      ? { [`${PREFIX}-${account.claim === "five_hour" ? "5h" : "7d"}-surpassed-threshold`]: "0.9" }
      : {}),
  };
}

type Status = "allowed" | "allowed_warning" | "rejected";

function windowOf(used: number, rejected: boolean): { used: number; status: Status } {
  if (rejected) return { used: Math.max(1, used), status: "rejected" };
  if (used >= 1) return { used, status: "rejected" };
  return { used, status: used >= 0.9 ? "allowed_warning" : "allowed" };
}

function worst(one: Status, other: Status): Status {
  const order: Status[] = ["allowed", "allowed_warning", "rejected"];
  return order[Math.max(order.indexOf(one), order.indexOf(other))]!;
}
