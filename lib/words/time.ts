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

/** A moment on the clocks of the place where the person is. */
export interface LocalTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export type LocalTimeOf = (at: number) => LocalTime;

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

/** The system's own. Not `Intl`, whose first use takes 25 ms and more (Deno 2.9.6), a tenth of a `status`. */
export const systemLocalTime: LocalTimeOf = (at) => {
  const date = new Date(at);
  return {
    year: date.getFullYear(),
    month: date.getMonth(),
    day: date.getDate(),
    weekday: date.getDay(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
  };
};

/** `19:12` today, `Wed 19:12` within the week, else `25 Nov 19:12`. */
export function clockTime(at: number, now: number, localTime: LocalTimeOf): string {
  const [then, today] = [localTime(at), localTime(now)];
  const time = `${two(then.hour)}:${two(then.minute)}`;
  if (isSameDay(then, today)) return time;
  if (Math.abs(at - now) < 6 * DAY) return `${WEEKDAYS[then.weekday]} ${time}`;
  return `${calendarDay(at, localTime)} ${time}`;
}

/** `3 Dec`. */
export function calendarDay(at: number, localTime: LocalTimeOf): string {
  const { day, month } = localTime(at);
  return `${day} ${MONTHS[month]}`;
}

/** `19:12:07`. */
export function wallTime(at: number, localTime: LocalTimeOf): string {
  const { hour, minute, second } = localTime(at);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** When a window resets: `19:12, in 2 h 14 min`. */
export function resetTime(at: number, now: number, localTime: LocalTimeOf): string {
  const clock = clockTime(at, now, localTime);
  const left = at - now;
  return left <= 0 ? `${clock}, past` : `${clock}, in ${left < DAY ? coarse(left) : roughly(left)}`;
}

function isSameDay(a: LocalTime, b: LocalTime): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
