/**
 * The last figures of each window, which a forecast stands on: bounded, and no closer together than a forecast needs. Pure.
 *
 * @module
 */
import type { Sample } from "./forecast.ts";
import type { WindowName } from "./quota.ts";
import type { Account, AccountWindow } from "./state.ts";

type Samples = NonNullable<Account["samples"]>;

/** Longer ago than a forecast looks back. */
const KEPT_MS = 150 * 60_000;
/** Of figures closer together than this only the later one is kept. */
const APART_MS = 2 * 60_000;
export const SAMPLES_KEPT = 80;

export function withSamples(
  before: Samples,
  windows: readonly (readonly [string, AccountWindow])[],
): Samples {
  const next: Record<string, readonly Sample[]> = { ...before };
  for (const [name, { usedPct, resetsAt, readAt: at }] of windows) {
    next[name] = plus(before[name as WindowName] ?? [], { at, usedPct, resetsAt });
  }
  return next;
}

/** A clock that was set back begins anew. */
function plus(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const kept = samples.filter(({ at }) => at <= sample.at && sample.at - at <= KEPT_MS);
  const [before, last] = [kept.at(-2), kept.at(-1)];
  const isCrowded = before && last && last.at - before.at < APART_MS &&
    last.resetsAt === before.resetsAt;
  return [...isCrowded ? kept.slice(0, -1) : kept, sample].slice(-SAMPLES_KEPT);
}
