/**
 * What is wrong with a length of time in the config.
 *
 * @module
 */
import { parseDuration } from "../model/duration.ts";
import { type Fault, quote } from "./problem.ts";

/** Null when the text is a duration from `min` to `max` (both written as durations). */
export function durationFault(text: string, min: string, max: string): Fault | null {
  const ms = parseDuration(text);
  if (ms === null) {
    return {
      what: `must be a length of time, not ${quote(text)}`,
      hint: /^\d+$/.test(text)
        ? `say the unit: ${text}s, ${text}m or ${text}h`
        : "write it like 30s, 10m or 1h30m",
    };
  }
  if (ms < parseDuration(min)! || ms > parseDuration(max)!) {
    return { what: `must be from ${min} to ${max}, not ${text}`, hint: null };
  }
  return null;
}
