/**
 * Times and durations as people say them.
 *
 * @module
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `320 ms`, `1.4 s`, `45 s`, `12 min`, `2 h 14 min`, `3 d 5 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  return coarse(ms);
}

/** As `duration`, for what nobody wants to know to the millisecond: `0 s`, `45 s`, `12 min`. */
export function coarse(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} min`;
  if (left < DAY) {
    return pair(Math.floor(left / HOUR), "h", Math.floor(left % HOUR / MINUTE), "min");
  }
  return pair(Math.floor(left / DAY), "d", Math.floor(left % DAY / HOUR), "h");
}

/** As `coarse`, by its greatest unit alone: `3 h`. */
export function roughly(ms: number): string {
  return coarse(ms).split(" ").slice(0, 2).join(" ");
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** `19:12` today, `Wed 19:12` within the week, else `25 Nov 19:12`. */
export function clockTime(at: number, now: number, timeZone: string): string {
  const time = part(at, timeZone, { hour: "2-digit", minute: "2-digit" });
  const day = (ms: number) => part(ms, timeZone, { dateStyle: "short" });
  if (day(at) === day(now)) return time;
  if (Math.abs(at - now) < 6 * DAY) return `${part(at, timeZone, { weekday: "short" })} ${time}`;
  return `${part(at, timeZone, { day: "numeric", month: "short" })} ${time}`;
}

/** `19:12:07`. */
export function wallTime(at: number, timeZone: string): string {
  return part(at, timeZone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** When a window resets: `19:12, in 2 h 14 min`. */
export function resetTime(at: number, now: number, timeZone: string): string {
  const clock = clockTime(at, now, timeZone);
  const left = at - now;
  return left <= 0 ? `${clock}, past` : `${clock}, in ${left < DAY ? coarse(left) : roughly(left)}`;
}

function part(at: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone }).format(at);
}
