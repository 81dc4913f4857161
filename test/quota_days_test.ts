/**
 * Days of a pool by the pure policy, for many seeds: nothing goes to and fro, nothing moves to a full account, nobody is left
 * at a wall, nothing is paid for past a plan or a cap; and how often a forecast is right.
 *
 * The suite lives through some days; `deno task evidence quota_days` through a thousand. `DAYS=17` or `DAYS=1-1000` names them.
 */
import assert from "node:assert/strict";
import { calibrate } from "./support/calibration.ts";
import { DAY_MIN, QuotaDay } from "./support/quota_day.ts";
import { HELD_OUT, TUNING } from "./support/usage.ts";

const [FIRST = 1, LAST = FIRST] = (Deno.env.get("DAYS") ?? "1-40").split("-").map(Number);
const WINDOWS = LAST - FIRST >= 999 ? 5_000 : 300;
const SHOWN = 20;

Deno.test("days of a pool keep what the policy promises", () => {
  const acts: Record<string, number> = {};
  const minutes = { live: 0, atWall: 0, parked: 0, paid: 0 };
  const violations: string[] = [];
  let walls = 0;
  for (let seed = FIRST; seed <= LAST; seed++) {
    const day = new QuotaDay(seed);
    day.run();
    const { counts } = day.check;
    violations.push(...day.check.violations);
    assert.equal(day.state.unexpected.count, 0, `seed ${seed}: the day tells facts that fit`);
    for (const [act, times] of Object.entries(counts.acts)) acts[act] = (acts[act] ?? 0) + times;
    walls += counts.walls;
    minutes.live += counts.liveMin;
    minutes.atWall += counts.strandedMin;
    minutes.parked += counts.parkedMin;
    minutes.paid += counts.paidMin;
  }
  const days = LAST - FIRST + 1;
  console.log(
    `${days} days, ${days * DAY_MIN} minutes, ${minutes.live} of them by a live session\n` +
      `walls hit ${walls}; session-minutes at a wall ${minutes.atWall}, parked ${minutes.parked}, ` +
      `paid before it was known ${minutes.paid}\nswaps, parks and wakes: ` +
      Object.entries(acts).sort().map(([act, times]) => `${act} ${times}`).join(", ") +
      `\nviolations ${violations.length}`,
  );
  assert.deepEqual(violations.slice(0, SHOWN), []);
  if (days < 40) return;
  const expected = ["wall", "threshold", "forecast", "fail_back", "overage", "usd_per_day", "wake"];
  assert.deepEqual(expected.filter((act) => !acts[act]), [], "all of it has happened");
});

Deno.test("forecasts hold as often as they say, also for work that they were not made by", () => {
  const rows = [...Object.entries(TUNING), ...Object.entries(HELD_OUT)].map(([name, shape]) => {
    const found = calibrate(shape, WINDOWS, 500_000);
    assert.ok(found.inside > 0.75 && found.early < 0.17, `${name}: ${JSON.stringify(found)}`);
    return { name, use: name in TUNING ? "tuned by" : "held out", ...found };
  });
  const pct = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8);
  console.log(
    `${
      "distribution".padEnd(13)
    } use       given  in p10-p90  earlier   later   median error of p50`,
  );
  for (const { name, use, known, inside, early, late, medianError } of rows) {
    console.log(
      `${name.padEnd(13)} ${use} ${pct(known)}  ${pct(inside)}  ${pct(early)} ${pct(late)}  ${
        pct(medianError)
      }`,
    );
  }
});
