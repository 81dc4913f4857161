import assert from "node:assert/strict";
import { dueAt, hasPassed, isSetBack } from "../../lib/model/elapsed.ts";

const MINUTE = 60_000;
const THEN = 100 * MINUTE;

Deno.test("a wait is over when its time has passed, or when the clock was set back and cannot say", () => {
  const cases: [now: number, passed: boolean, due: number][] = [
    [THEN, false, THEN + 10 * MINUTE],
    [THEN + 10 * MINUTE - 1, false, THEN + 10 * MINUTE],
    [THEN + 10 * MINUTE, true, THEN + 10 * MINUTE],
    [THEN - MINUTE, false, THEN + 10 * MINUTE],
    [THEN - MINUTE - 1, true, THEN - MINUTE - 1],
  ];
  for (const [now, passed, due] of cases) {
    assert.equal(hasPassed(THEN, 10 * MINUTE, now), passed, String(now - THEN));
    assert.equal(dueAt(THEN, 10 * MINUTE, now), due, String(now - THEN));
    assert.equal(isSetBack(THEN, now), passed && now < THEN, String(now - THEN));
  }
});
