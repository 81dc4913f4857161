/**
 * Lengths of time as people write them: `30s`, `10m`, `1h30m`.
 *
 * @module
 */
import { type Fault, quote } from "./problem.ts";

const DURATION = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or null for what is no duration. */
export function parseDuration(text: string): number | null {
  const found = text === "" ? null : DURATION.exec(text);
  if (!found) return null;
  const [h, m, s, ms] = found.slice(1).map((digits) => Number(digits ?? 0));
  return ((h! * 60 + m!) * 60 + s!) * 1000 + ms!;
}

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
