/**
 * What a decision stood on, small enough for the journal: it is kept with the swap, so that a person can be told
 * afterwards why it went as it did.
 *
 * @module
 */
import { forecastOf } from "./ahead.ts";
import { currentWindows, type Overage, type Spent } from "./bounds.ts";
import type { Forecast } from "./forecast.ts";
import type { AccountId } from "./ids.ts";
import { type Candidate, candidates, type Pressure, pressure } from "./policy.ts";
import {
  type Account,
  type AccountWindow,
  entry,
  NEW_ACCOUNT,
  type State,
  type Wall,
} from "./state.ts";
import type { ByWindow } from "./quota.ts";

export interface Grounds {
  /** Every account but the one that is left, best first. */
  readonly considered: readonly Candidate[];
  /** Every account of the config, as it was known then. */
  readonly readings: readonly Reading[];
}

export interface Reading {
  readonly account: AccountId;
  readonly pressure: Pressure;
  readonly windows: ByWindow<AccountWindow>;
  readonly wall: Omit<Wall, "transcript" | "hitAt"> | null;
  /** What the last preflight found; null when there was none. */
  readonly check: Account["check"];
  // Only what there was; a version before did not keep it.
  /** By window. */
  readonly forecasts?: Readonly<Record<string, Forecast>>;
  readonly overage?: Overage;
  readonly spent?: Spent;
}

export function groundsOf(
  state: State,
  { from, by, now }: { from: AccountId; by: "person" | "policy"; now: number },
): Grounds {
  return { considered: candidates(state, { from, by, now }), readings: readings(state, now) };
}

/** The accounts of the config in order of preference. */
export function readings(state: State, now: number): Reading[] {
  const specs = [...state.config?.accounts ?? []].sort((a, b) => a.priority - b.priority);
  return specs.map((spec) => {
    const account = entry(state.accounts, spec.id) ?? NEW_ACCOUNT;
    const { windows, wall, check } = account;
    return {
      account: spec.id,
      pressure: pressure(account, spec, now),
      windows,
      wall: wall && withoutTranscript(wall),
      check,
      ...money(account),
      ...forecasts(account, now),
    };
  });
}

function money({ overage, spent }: Account): Pick<Reading, "overage" | "spent"> {
  return { ...(overage ? { overage } : {}), ...(spent ? { spent } : {}) };
}

function forecasts(account: Account, now: number): Pick<Reading, "forecasts"> {
  const known = currentWindows(account, now)
    .map(({ name }) => [name, forecastOf(account, name, now)] as const)
    .filter(([, guess]) => guess.is === "known");
  return known.length > 0 ? { forecasts: Object.fromEntries(known) } : {};
}

function withoutTranscript({ session, window, resetsAt, since, evidence }: Wall): Reading["wall"] {
  return { session, window, resetsAt, since, evidence };
}
