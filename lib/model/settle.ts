/**
 * What keeps work from going to and fro: an account that was just left is left alone for a while, and a target must have room
 * for what comes to it. Pure.
 *
 * @module
 */
import { forecastOf } from "./ahead.ts";
import { currentWindows, lineOf } from "./bounds.ts";
import type { AccountSpec, Config } from "./config.ts";
import type { AccountId } from "./ids.ts";
import { hasPassed } from "./elapsed.ts";
import { pressure } from "./pressure.ts";
import type { WindowName } from "./quota.ts";
import { entry, NEW_ACCOUNT, type State } from "./state.ts";

// Where the config in force is of a journal that did not say it yet.
const COOL_DOWN_MS = 15 * 60_000;
const HYSTERESIS_PCT = 5;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface Step {
  readonly from: AccountId;
  readonly to: AccountSpec;
  readonly now: number;
}

/** Why going there now would not last, for people; null: it would. */
export function unsettled(state: State, config: Config, step: Step): string | null {
  // Who can do nothing where they are go wherever there is room.
  const isFlight = isFull(state, config, step);
  return fullSoon(state, config, step) ??
    (isFlight ? null : tooNear(state, config, step) ?? justLeft(state, config, step));
}

function isFull(state: State, config: Config, { from, now }: Step): boolean {
  const spec = config.accounts.find((a) => a.id === from);
  return spec !== undefined &&
    pressure(entry(state.accounts, from) ?? NEW_ACCOUNT, spec, now).is === "full";
}

/** Also by what comes with the move: its pace is added to the target's own. */
function fullSoon(state: State, config: Config, { from, to, now }: Step): string | null {
  const { minStayMs } = config.failover;
  const account = entry(state.accounts, to.id) ?? NEW_ACCOUNT;
  for (const { name, usedPct, endsAt } of currentWindows(account, now)) {
    const pctPerHour = paceOf(state, from, name, now) + paceOf(state, to.id, name, now);
    const inMs = (100 - (to.reservePct ?? 0) - usedPct) / pctPerHour * HOUR;
    if (inMs >= minStayMs || now + inMs >= endsAt) continue;
    return `its ${name} would be full in ${
      Math.max(1, Math.round(inMs / MINUTE))
    } min, at the pace ` +
      `of ${Math.round(pctPerHour)} % an hour (failover.min_stay)`;
  }
  return null;
}

function paceOf(state: State, id: AccountId, window: WindowName, now: number): number {
  const guess = forecastOf(entry(state.accounts, id) ?? NEW_ACCOUNT, window, now);
  return guess.is === "known" ? guess.pctPerHour : 0;
}

function tooNear(state: State, { failover }: Config, { to, now }: Step): string | null {
  const { hysteresisPct = HYSTERESIS_PCT } = failover;
  const near = currentWindows(entry(state.accounts, to.id) ?? NEW_ACCOUNT, now)
    .find(({ name, usedPct }) => {
      const line = lineOf(to, name);
      return usedPct > Math.max(line - hysteresisPct, line / 2);
    });
  return near
    ? `its ${near.name} stands at ${near.usedPct} %, too near its line (failover.hysteresis)`
    : null;
}

function justLeft(state: State, { failover }: Config, { to, now }: Step): string | null {
  const { coolDownMs = COOL_DOWN_MS } = failover;
  const left = lastLeft(state, to.id);
  if (left === null || hasPassed(left, coolDownMs, now)) return null;
  const inMinutes = Math.ceil((left + coolDownMs - now) / MINUTE);
  return `it was left a moment ago, and is left alone for ${inMinutes} min more (failover.cool_down)`;
}

/** When sessions last left the account by a swap that moved them, whoever asked for it. */
export function lastLeft(state: State, id: AccountId): number | null {
  const times = Object.values(state.swaps).flatMap(({ from, to, outcome }) =>
    from === id && to !== id && outcome.is === "finished" ? [outcome.at] : []
  );
  return times.length === 0 ? null : Math.max(...times);
}
