/**
 * Why an account is not left although there is reason to: for people, or null where nothing speaks against it. Pure.
 *
 * @module
 */
import type { AccountSpec } from "./config.ts";
import { hasPassed, isSetBack } from "./elapsed.ts";
import type { SwapReason } from "./event.ts";
import { unreachable } from "./ids.ts";
import { pressure } from "./pressure.ts";
import { entry, type State } from "./state.ts";

/** How long the policy waits after a swap that failed. */
export const RETRY_MS = 60_000;

const MINUTE = 60_000;

/** The last swap off it failed a moment ago. `park`: only if that was to park its sessions. */
export function failedWords(
  state: State,
  id: string,
  now: number,
  only?: "park",
): string | null {
  const failed = lastFailure(state, id);
  if (failed === null || hasPassed(failed.at, RETRY_MS, now)) return null;
  return only && !failed.parks ? null : `${id}: the last swap failed a moment ago`;
}

/** The last swap off this account, if it ended in failure and what it was for had not gone. */
function lastFailure(state: State, from: string): { at: number; parks: boolean } | null {
  const last = Object.values(state.swaps).findLast((s) => s.from === from);
  if (last?.outcome.is !== "failed") return null;
  const moves = Object.values(last.moves);
  const isMoot = moves.length > 0 &&
    moves.every(({ outcome }) => outcome.is === "failed" && outcome.moot === true);
  return isMoot ? null : { at: last.outcome.at, parks: last.to === from };
}

/** The reason ends in a moment. */
export function waitWords(
  state: State,
  spec: AccountSpec,
  trigger: SwapReason | null,
  now: number,
): string | null {
  const { mode, waitIfResetWithinMs = 0 } = state.config!.failover;
  const account = entry(state.accounts, spec.id);
  if (!account || !trigger || mode !== "auto" || !("window" in trigger)) return null;
  if (trigger.kind === "bound") return null; // nothing may go on there meanwhile
  const p = pressure(account, spec, now);
  const resetsAt = p.is === "full"
    ? p.resetsAt
    : trigger.window && account.windows[trigger.window]?.resetsAt;
  if (!resetsAt || resetsAt - now > waitIfResetWithinMs) return null;
  const then = pressure(account, spec, resetsAt).is;
  if (then === "full" || then === p.is && then !== "room") return null; // another window is no better
  const inMinutes = Math.ceil((resetsAt - now) / MINUTE);
  return `${spec.id} has room again in ${inMinutes} min, which is waited for ` +
    "(failover.wait_if_reset_within)";
}

/** The same was proposed, and a person did not want it. */
export function declinedWords(
  { config, declined }: State,
  { id }: AccountSpec,
  trigger: SwapReason | null,
  now: number,
): string | null {
  const last = entry(declined, id);
  if (config?.failover.mode !== "confirm" || !trigger || !last || now >= last.until) return null;
  if (isSetBack(last.at, now)) return null;
  if (urgency(trigger.kind) > urgency(last.reason)) return null;
  const how = last.how === "rejected"
    ? "a person has rejected the proposal"
    : "nobody has answered the proposal";
  return `${id}: ${how} to leave it; \`failover --from ${id}\` moves its sessions all the same`;
}

/** Something worse is proposed all the same. */
function urgency(kind: SwapReason["kind"]): number {
  switch (kind) {
    case "fail_back":
      return 0;
    case "forecast":
    case "threshold":
      return 1;
    case "wall":
    case "bound":
    case "asked":
      return 2;
    default:
      return unreachable(kind);
  }
}
