import assert from "node:assert/strict";
import fc from "fast-check";
import { type Forecast, forecast, type Sample } from "../../lib/model/forecast.ts";
import { calibrate } from "../support/calibration.ts";
import { HELD_OUT, TUNING } from "../support/usage.ts";
import { HOUR, T0 } from "./fixtures.ts";

const MINUTE = 60_000;
const RESET = T0 + 5 * HOUR;

/** A figure every so many minutes, from T0 on. */
function every(minutes: number, figures: readonly number[], resetsAt: number | null = RESET) {
  return figures.map((usedPct, i): Sample => ({
    at: T0 + i * minutes * MINUTE,
    usedPct,
    resetsAt,
  }));
}

function known(samples: readonly Sample[], now = samples.at(-1)!.at) {
  const guess = forecast(samples, now);
  assert.ok(guess.is === "known", "why" in guess ? guess.why : "");
  return guess;
}

function minutesTo(at: number | null, samples: readonly Sample[]): number | null {
  return at === null ? null : Math.round((at - samples.at(-1)!.at) / MINUTE);
}

Deno.test("forecast() of an even use is a point in time", () => {
  const samples = every(5, [10, 15, 20, 25, 30, 35, 40]);
  const guess = known(samples);
  assert.equal(Math.round(guess.pctPerHour), 60);
  assert.equal(minutesTo(guess.p50, samples), 60);
  const [early, late] = [minutesTo(guess.p10, samples)!, minutesTo(guess.p90, samples)!];
  assert.ok(early >= 45 && early < 60 && late > 60 && late <= 85, `${early} to ${late} min`);
});

Deno.test("forecast() says that it does not know, and why", () => {
  const even = every(5, [10, 15, 20, 25, 30]);
  const cases: [string, readonly Sample[], number, RegExp][] = [
    ["nothing", [], T0, /nothing was read/],
    ["few figures", every(5, [10, 15, 20]), T0 + 10 * MINUTE, /3 figures within 10 min/],
    ["all within moments", every(0.5, [10, 15, 20, 25]), T0 + 2 * MINUTE, /within 2 min/],
    ["old figures", even, T0 + 51 * MINUTE, /31 min old/],
    ["the window is over", even, RESET, /over/],
    [
      "a new window",
      [...even, { at: T0 + 25 * MINUTE, usedPct: 1, resetsAt: RESET + 5 * HOUR }],
      T0 +
      25 * MINUTE,
      /1 figure /,
    ],
    ["a correction begins anew", every(5, [10, 20, 30, 40, 20, 25]), T0 + 25 * MINUTE, /2 figures/],
    [
      "the clock was set back",
      [...even, { at: T0, usedPct: 31, resetsAt: RESET }],
      T0,
      /1 figure /,
    ],
  ];
  for (const [name, samples, now, why] of cases) {
    const guess = forecast(samples, now);
    assert.equal(guess.is, "unknown", name);
    assert.match("why" in guess ? guess.why : "", why, name);
  }
});

Deno.test("forecast() takes a provider that rounds its resets for one window", () => {
  const wobbly = every(5, [10, 15, 20, 25, 30]).map((s, i) => ({
    ...s,
    resetsAt: RESET + i * 1_000,
  }));
  assert.equal(known(wobbly).samples, 5);
});

Deno.test("forecast() does not take one leap for the pace from now on", () => {
  const leap = every(5, [10, 11, 12, 13, 14, 54, 55, 56, 57]);
  const { pctPerHour } = known(leap);
  assert.ok(pctPerHour < 45, `the mean with the leap is 70 %/h, and it says ${pctPerHour}`);
});

Deno.test("forecast() is the less sure the more bursts there are", () => {
  const even = every(10, [0, 5, 10, 15, 20, 25, 30]);
  const bursts = every(10, [0, 0, 15, 15, 15, 30, 30]);
  const width = (samples: Sample[]) => {
    const { p10, p90 } = known(samples);
    return (p90 ?? Infinity) - p10!;
  };
  assert.ok(width(bursts) > 2 * width(even));
});

Deno.test("forecast() sees no wall where the window resets before, or nothing is used", () => {
  const slow = every(20, [10, 11, 12, 13, 14, 15]);
  assert.deepEqual([known(slow).p10, known(slow).p50, known(slow).p90], [null, null, null]);
  const still = every(20, [10, 10, 10, 10, 10]);
  assert.deepEqual([known(still).pctPerHour, known(still).p50], [0, null]);
  const full = every(5, [80, 90, 95, 98, 100]);
  assert.equal(known(full).p10, full.at(-1)!.at, "and at once where it is full");
});

Deno.test("forecast() never fails, and its quantiles are in order, whatever was read", () => {
  const sample = fc.record({
    at: fc.integer({ min: T0, max: T0 + 4 * HOUR }),
    usedPct: fc.double({ min: 0, max: 130, noNaN: true }),
    resetsAt: fc.constantFrom(RESET, RESET + 5 * HOUR, null),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 30 }), fc.boolean(), (samples, sorted) => {
      const read = sorted ? samples.sort((a, b) => a.at - b.at || a.usedPct - b.usedPct) : samples;
      const guess: Forecast = forecast(read, read.at(-1)?.at ?? T0);
      if (guess.is === "unknown") return;
      const [p10, p50, p90] = [guess.p10, guess.p50, guess.p90].map((at) => at ?? Infinity);
      assert.ok(guess.readAt <= p10! && p10! <= p50! && p50! <= p90!, JSON.stringify(guess));
      assert.ok(guess.pctPerHour >= 0 && Number.isFinite(guess.pctPerHour));
    }),
    { numRuns: 500 },
  );
});

Deno.test("forecast() is calibrated, also for work that its constants were not chosen by", () => {
  for (const [name, shape] of Object.entries({ ...TUNING, ...HELD_OUT })) {
    const { known, early, inside, medianError } = calibrate(shape, 300, 90_000);
    const said = `${name}: ${JSON.stringify({ known, early, inside, medianError })}`;
    assert.ok(known > 0.8, said);
    assert.ok(inside > 0.75, `of what is said to hold in 80 of 100: ${said}`);
    assert.ok(early < 0.17, `a wall that comes unforeseen is the worse one: ${said}`);
    assert.ok(medianError < 0.5, said);
  }
});
