/**
 * How far a figure can be relied on, by its age. Pure; for people: what decisions do with an old figure is theirs.
 *
 * @module
 */
import { FRESH_MS } from "./ahead.ts";
import { STALE_MS } from "./forecast.ts";
import type { AccountWindow } from "./state.ts";

/**
 * `high`: fresh enough to have a forecast act on it. `medium`: forecasts still stand on it. `low`: older, or nobody says how old.
 * `none`: its window is over.
 */
export type Confidence = "high" | "medium" | "low" | "none";

export function confidenceIn(
  { resetsAt, readAt, ageUnknown }: AccountWindow,
  now: number,
): Confidence {
  if (resetsAt !== null && resetsAt <= now) return "none";
  if (ageUnknown || now - readAt > STALE_MS) return "low";
  return Math.abs(now - readAt) <= FRESH_MS ? "high" : "medium";
}
