/**
 * A moment of the past as people type it: `14:02`, `2026-11-28T14:02`, `10m ago`.
 *
 * @module
 */
import { parseDuration } from "../model/duration.ts";
import type { LocalTimeOf } from "../words/time.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const CLOCK = /^(?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d\d?):(\d\d)(?::(\d\d))?$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Epoch milliseconds, or null for what is no time. A time without a date is the last one there was; one without seconds means
 * the whole of its minute; one without a zone is local.
 */
export function parseWhen(text: string, now: number, localTime: LocalTimeOf): number | null {
  const ago = /^(\S+) ago$/.exec(text);
  if (ago) {
    const ms = parseDuration(ago[1]!);
    return ms === null ? null : now - ms;
  }
  if (ISO.test(text)) return number(Date.parse(text));
  const [, year, month, day, hour, minute, second] = CLOCK.exec(text) ?? [];
  if (hour === undefined || +hour > 23 || +minute! > 59 || +(second ?? 0) > 59) return null;
  const today = localTime(now);
  const date = year === undefined ? today : { year: +year, month: +month! - 1, day: +day! };
  const wall = Date.UTC(date.year, date.month, date.day, +hour, +minute!, +(second ?? 0));
  const at = utcOf(wall, localTime);
  const begun = year === undefined && at > now ? utcOf(wall - DAY_MS, localTime) : at;
  if (second !== undefined) return begun;
  return begun > now ? begun : Math.min(now, begun + MINUTE_MS - 1);
}

/** `wall` is what the clocks there show, as if it were UTC. Twice, for the offset may change in between. */
function utcOf(wall: number, localTime: LocalTimeOf): number {
  const offset = (at: number) => {
    const { year, month, day, hour, minute, second } = localTime(at);
    return Date.UTC(year, month, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
  const guess = wall - offset(wall);
  return wall - offset(guess);
}

function number(ms: number): number | null {
  return Number.isNaN(ms) ? null : ms;
}
