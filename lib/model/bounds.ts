/**
 * The bounds that the config sets to an account, beside the provider's own limits: no paid use past the plan, a cap in money a
 * day, a part that is its owner's own. Past one of them the account counts as full (`pressure`), so nothing of ours begins there. Pure.
 *
 * @module
 */
import type { AccountSpec } from "./config.ts";
import type { WindowName } from "./quota.ts";
import type { Account } from "./state.ts";

export type Bound = "overage" | "usd_per_day" | "reserve_pct";

/** What is known of paid use past the plan. */
export interface Overage {
  /** The last answers were paid for. */
  readonly inUse: boolean;
  /** The account goes on into it at its limit instead of standing there; null: not known. */
  readonly enabled: boolean | null;
  /** When that was seen, epoch milliseconds. */
  readonly at: number;
  /** In use: when the window is over that was used up then. */
  readonly until: number;
}

/** What our sessions have cost under an account on the last day that they cost something. */
export interface Spent {
  /** `2026-11-28`, UTC. */
  readonly day: string;
  readonly usd: number;
}

const DAY_MS = 86_400_000;

/** A wall or a window without a known reset is believed for as long as the longest short window. */
export const WALL_WITHOUT_RESET_MS = 5 * 3_600_000;

const ACCOUNT_WINDOWS = ["five_hour", "seven_day"] as const;
const LONGEST_MS = { five_hour: WALL_WITHOUT_RESET_MS, seven_day: 7 * DAY_MS };

export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** In US dollars, of the day (UTC) of `now`. */
export function spentToday({ spent }: Account, now: number): number {
  // Set back over midnight, the clock has not made it cheaper.
  return spent && spent.day >= dayOf(now) ? spent.usd : 0;
}

/** With the next midnight (UTC), when there is a new day to spend in. */
export function capReached(
  account: Account,
  usdPerDay: number | undefined,
  now: number,
): { readonly resetsAt: number } | null {
  if (usdPerDay === undefined || spentToday(account, now) < usdPerDay) return null;
  return { resetsAt: nextDay(now) };
}

function nextDay(now: number): number {
  return (Math.floor(now / DAY_MS) + 1) * DAY_MS;
}

/** When a bound may end that no window of the account tells. */
export function boundEnds({ overage, spent }: Account, now: number): number[] {
  return [
    ...(spent ? [nextDay(now)] : []),
    ...(overage?.inUse ? [overage.until] : []),
  ];
}

/** Set: nothing is started there, since its work would cost more than the config allows. */
export function costsTooMuch(account: Account, spec: AccountSpec, now: number): boolean {
  return overageBars(account, spec, now) !== null ||
    capReached(account, spec.usdPerDay, now) !== null;
}

/**
 * Set: the next answer there would be paid for past the plan, or may be, and the config does not want that. With when that ends
 * by the mere passing of time.
 */
export function overageBars(
  account: Account,
  spec: AccountSpec,
  now: number,
): { readonly window: WindowName | null; readonly resetsAt: number } | null {
  const { overage } = account;
  if (!overage) return null;
  const cap = spec.overage && capReached(account, spec.overage.usdPerDay, now);
  if (spec.overage && !cap) return null;
  const pressing = currentWindows(account, now)
    .filter(({ name, usedPct }) => usedPct >= lineOf(spec, name));
  const window = pressing[0]?.name ?? null;
  const endsAt = overage.inUse
    ? overage.until
    // Where it is on, a turn begun near the limit may end past it.
    : overage.enabled
    ? Math.max(0, ...pressing.map((w) => w.endsAt))
    : 0;
  if (endsAt <= now) return null;
  return { window, resetsAt: cap ? Math.min(cap.resetsAt, endsAt) : endsAt };
}

/** What an observation of paid use means, by the figures of that time. */
export function overageSeen(
  { windows }: Account,
  { inUse, enabled, at }: Omit<Overage, "until">,
): Overage {
  const ofThen = ACCOUNT_WINDOWS.map((name) => {
    const reading = windows[name];
    const isKnown = reading !== undefined && (reading.resetsAt ?? 0) > at;
    return {
      isFull: isKnown && reading.usedPct >= 100,
      endsAt: isKnown ? reading.resetsAt! : at + LONGEST_MS[name],
    };
  });
  const full = ofThen.filter(({ isFull }) => isFull);
  // Where no figure says which window is used up, it may be any of them.
  const until = Math.max(...(full.length > 0 ? full : ofThen).map((w) => w.endsAt));
  return { inUse, enabled, at, until };
}

/** The account's own windows that are not over, each with when it is. One model's window is not the account's. */
export function currentWindows({ windows }: Account, now: number) {
  return ACCOUNT_WINDOWS.flatMap((name) => {
    const reading = windows[name];
    if (!reading) return [];
    const endsAt = reading.resetsAt ?? reading.readAt + WALL_WITHOUT_RESET_MS;
    return endsAt <= now ? [] : [{ name, endsAt, ...reading }];
  });
}

/** The figure at which a window counts as near its end for us. */
export function lineOf({ thresholds, reservePct = 0 }: AccountSpec, window: WindowName): number {
  const line = window === "five_hour" ? thresholds.fiveHourPct : thresholds.weeklyPct;
  return Math.min(line, 100 - reservePct);
}
