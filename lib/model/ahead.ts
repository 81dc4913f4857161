/**
 * What forecasts are asked for: whether a window will be full soon, and which account should be read earlier than usual. Pure.
 *
 * A forecast moves nothing by itself: it needs a figure that was just read, and that stands near the line.
 *
 * @module
 */
import { currentWindows, lineOf } from "./bounds.ts";
import type { AccountSpec } from "./config.ts";
import { type Forecast, forecast } from "./forecast.ts";
import type { AccountId } from "./ids.ts";
import type { WindowName } from "./quota.ts";
import { type Account, entry, isInUse, type State } from "./state.ts";

/** Where the config in force is of a journal that did not say it yet. */
const MOVE_AHEAD_MS = 5 * 60_000;
/** A forecast moves nothing that is further below its line. */
export const FLOOR_BELOW_LINE_PCT = 15;
/** A figure is fresh while it is no older. */
export const FRESH_MS = 2 * 60_000;

export function forecastOf(account: Account, window: WindowName, now: number): Forecast {
  return forecast(account.samples?.[window] ?? [], now);
}

export interface WallAhead {
  readonly window: WindowName;
  readonly usedPct: number;
  /** When it is expected, epoch milliseconds. */
  readonly wallAt: number;
}

/** A window of the account that is about to be used up, by a forecast and a fresh figure that stands near the line; or null. */
export function wallAhead(
  account: Account,
  spec: AccountSpec,
  { moveAheadMs = MOVE_AHEAD_MS }: { readonly moveAheadMs?: number },
  now: number,
): WallAhead | null {
  if (moveAheadMs === 0) return null;
  for (const { name, usedPct, readAt } of currentWindows(account, now)) {
    if (usedPct < lineOf(spec, name) - FLOOR_BELOW_LINE_PCT) continue;
    if (now - readAt > FRESH_MS || now < readAt - FRESH_MS) continue;
    const guess = forecastOf(account, name, now);
    const wallAt = guess.is === "known" ? guess.p50 : null;
    if (wallAt !== null && wallAt - now <= moveAheadMs) return { window: name, usedPct, wallAt };
  }
  return null;
}

export interface EarlyReading {
  readonly account: AccountId;
  readonly window: WindowName;
  /** When it should be read at the latest, epoch milliseconds; in the past: now. */
  readonly by: number;
}

/**
 * The accounts in use whose window may be full before a reading every `everyMs` would show it, most urgent first. They are
 * to be read halfway to the early end of the interval, so that there is one more before it.
 */
export function readSooner(state: State, everyMs: number, now: number): EarlyReading[] {
  return (state.config?.accounts ?? []).flatMap(({ id }) => {
    const account = entry(state.accounts, id);
    if (!account || !isInUse(state, id)) return [];
    return currentWindows(account, now).flatMap(({ name, readAt }): EarlyReading[] => {
      const guess = forecastOf(account, name, now);
      if (guess.is === "unknown" || guess.p10 === null) return [];
      const by = readAt + (guess.p10 - readAt) / 2;
      return by < readAt + everyMs ? [{ account: id, window: name, by: Math.round(by) }] : [];
    });
  }).sort((a, b) => a.by - b.by);
}
