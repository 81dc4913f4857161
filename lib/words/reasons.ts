/**
 * Decisions and reasons in words, the same for the API, the terminal and whoever else tells people.
 *
 * @module
 */
import { type Bound, dayOf } from "../model/bounds.ts";
import type { SwapReason } from "../model/event.ts";
import { unreachable } from "../model/ids.ts";
import type { Decision } from "../model/decide.ts";
import type { Pressure } from "../model/policy.ts";
import { windowWords } from "../model/window_words.ts";
import type { Account } from "../model/state.ts";

export { windowWords };

/** Why a swap happens, to stand after "because". */
export function reasonWords(reason: SwapReason): string {
  switch (reason.kind) {
    case "asked":
      return "a person asked for it";
    case "wall":
      return `${reason.session} ran into the limit of its ${windowWords(reason.window)}`;
    case "threshold":
      return `its ${windowWords(reason.window)} stands at ${pct(reason.usedPct)}`;
    case "forecast": {
      const { window, usedPct, wallAt } = reason;
      const at = new Date(wallAt).toISOString().slice(11, 16);
      return `its ${windowWords(window)} stands at ${pct(usedPct)} and would be full at ${at} UTC`;
    }
    case "bound":
      return boundWords(reason.bound);
    case "fail_back":
      return "it is not their home, which has room again";
    default:
      return unreachable(reason);
  }
}

/** To stand after "because" as well. */
function boundWords(bound: Bound): string {
  switch (bound) {
    case "overage":
      return "its next turn would be paid for past the plan (accounts.overage)";
    case "usd_per_day":
      return "it has cost all that it may today (accounts.usd_per_day)";
    case "reserve_pct":
      return "the rest is kept for its owner (accounts.reserve_pct)";
    default:
      return unreachable(bound);
  }
}

export function decisionWords(decision: Decision): string {
  switch (decision.do) {
    case "nothing":
      return `Nothing to do: ${decision.why}`;
    case "swap":
    case "propose": {
      const { from, to, sessions } = decision;
      const verb = decision.do === "swap" ? "Move" : "Propose to move";
      const count = sessions.length === 1 ? "1 session" : `${sessions.length} sessions`;
      return `${verb} ${count} from ${from} to ${to}: ${reasonWords(decision.reason)}`;
    }
    case "park": {
      const { from, sessions } = decision;
      const count = sessions.length === 1 ? "1 session" : `${sessions.length} sessions`;
      return `Park ${count} of ${from}, since no account has room: ${reasonWords(decision.reason)}`;
    }
    default:
      return unreachable(decision);
  }
}

export function pressureWords(pressure: Pressure): string {
  switch (pressure.is) {
    case "unknown":
      return "no figure yet";
    case "room":
      return "has room";
    case "near":
      return `near the limit of its ${windowWords(pressure.window)}`;
    case "full":
      return pressure.bound === undefined
        ? `${windowWords(pressure.window)} used up`
        : `no work goes there: ${boundWords(pressure.bound)}`;
    default:
      return unreachable(pressure);
  }
}

/** What is known of money: what a day has cost, and paid use past the plan. */
export function moneyWords({ spent, overage }: Pick<Account, "spent" | "overage">, now: number) {
  const words: string[] = [];
  if (spent && spent.day === dayOf(now)) {
    words.push(`${spent.usd.toFixed(2)} USD spent today (UTC)`);
  }
  if (overage?.inUse && overage.until > now) words.push("answers are paid for past the plan");
  else if (overage?.enabled) words.push("goes on into paid use at its limit");
  else if (overage?.enabled === false) words.push("stands at its limit: paid use is off");
  return words;
}

/** A percentage without a fraction; never rounded up to a full window. */
export function pct(usedPct: number): string {
  return `${usedPct >= 100 ? Math.round(usedPct) : Math.min(99, Math.round(usedPct))} %`;
}
