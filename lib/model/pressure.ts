/**
 * How close an account is to its limits: the provider's, and the bounds that the config sets. Pure.
 *
 * @module
 */
import {
  type Bound,
  capReached,
  currentWindows,
  lineOf,
  overageBars,
  WALL_WITHOUT_RESET_MS,
} from "./bounds.ts";
import type { AccountSpec } from "./config.ts";
import { unreachable } from "./ids.ts";
import type { WindowName } from "./quota.ts";
import type { Account } from "./state.ts";
import { windowWords } from "./window_words.ts";

export { WALL_WITHOUT_RESET_MS } from "./bounds.ts";

export type Pressure =
  | { readonly is: "unknown" }
  | { readonly is: "room"; readonly window: WindowName; readonly usedPct: number }
  | { readonly is: "near"; readonly window: WindowName; readonly usedPct: number }
  | {
    readonly is: "full";
    readonly window: WindowName | null;
    readonly resetsAt: number | null;
    /** Full by the config's word; absent: by the provider's. */
    readonly bound?: Bound | undefined;
  };

/** How close an account is to its walls. A window past its reset says nothing any more. */
export function pressure(account: Account, spec: AccountSpec, now: number): Pressure {
  const paid = overageBars(account, spec, now);
  if (paid) return { is: "full", ...paid, bound: "overage" };
  const { wall } = account;
  if (wall && now < (wall.resetsAt ?? wall.since + WALL_WITHOUT_RESET_MS)) {
    return { is: "full", window: wall.window, resetsAt: wall.resetsAt };
  }
  const cap = capReached(account, spec.usdPerDay, now);
  if (cap) return { is: "full", window: null, ...cap, bound: "usd_per_day" };
  const windows = currentWindows(account, now);
  const used = windows.find(({ usedPct }) => usedPct >= 100);
  if (used) return { is: "full", window: used.name, resetsAt: used.resetsAt };
  const kept = windows.find(({ usedPct }) => usedPct >= 100 - (spec.reservePct ?? 0));
  if (kept) {
    return { is: "full", window: kept.name, resetsAt: kept.resetsAt, bound: "reserve_pct" };
  }
  const [worst] = windows
    .map(({ name, usedPct }) => ({ name, usedPct, ratio: usedPct / lineOf(spec, name) }))
    .sort((a, b) => b.ratio - a.ratio);
  if (!worst) return { is: "unknown" };
  const { name: window, usedPct, ratio } = worst;
  return { is: ratio >= 1 ? "near" : "room", window, usedPct };
}

/** When the reason to leave the account ends by the mere passing of time; null when there is none. */
export function reasonEnds(
  account: Account | undefined,
  window: WindowName | null,
): number | null {
  const reading = window && account?.windows[window];
  const wall = account?.wall;
  return Math.max(
    wall ? wall.resetsAt ?? wall.since + WALL_WITHOUT_RESET_MS : 0,
    reading ? reading.resetsAt ?? reading.readAt + WALL_WITHOUT_RESET_MS : 0,
  ) || null;
}

/** Why nothing of ours begins under an account that is full, for people. */
export function fullWords(
  { bound, window }: Extract<Pressure, { is: "full" }>,
  spec: AccountSpec,
): string {
  switch (bound) {
    case undefined:
      return `its ${windowWords(window)} is used up`;
    case "overage":
      return spec.overage
        ? `paid use has reached its cap (overage.usd_per_day: ${spec.overage.usdPerDay})`
        : "its next turn would be paid for past the plan, which the config does not allow (overage)";
    case "usd_per_day":
      return `it has cost its ${spec.usdPerDay} USD of today (usd_per_day)`;
    case "reserve_pct":
      return `the rest of its ${
        windowWords(window)
      } is kept for its owner (reserve_pct: ${spec.reservePct})`;
    default:
      return unreachable(bound);
  }
}
