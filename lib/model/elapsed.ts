/**
 * How long ago something was, by a wall clock that people and time servers set.
 *
 * @module
 */

/** Small corrections are none. */
const CLOCK_JUMP_MS = 60_000;

/** Whether the clock was set back to before then, so that it cannot say how long ago that was. All in epoch milliseconds. */
export function isSetBack(since: number, now: number): boolean {
  return now < since - CLOCK_JUMP_MS;
}

/** Whether so much time has passed since then. Where nobody can say it counts as passed: nothing waits for a clock to catch up. */
export function hasPassed(since: number, ms: number, now: number): boolean {
  return now - since >= ms || isSetBack(since, now);
}

/** When so much time will have passed since then; now where nobody can say. */
export function dueAt(since: number, ms: number, now: number): number {
  return isSetBack(since, now) ? now : since + ms;
}
