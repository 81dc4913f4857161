/**
 * Clocks of a place, so that texts are the same wherever the tests run.
 *
 * @module
 */
import type { LocalTimeOf } from "../../lib/words/time.ts";

const HOUR_MS = 3_600_000;

/** The clocks of Greenwich. */
export const utc = hoursEast(0);
/** Those of Berlin in winter. */
export const inBerlin = hoursEast(1);

function hoursEast(hours: number): LocalTimeOf {
  return (at) => {
    const date = new Date(at + hours * HOUR_MS);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth(),
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
    };
  };
}
