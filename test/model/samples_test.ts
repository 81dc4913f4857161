import assert from "node:assert/strict";
import { readSooner } from "../../lib/model/ahead.ts";
import { SAMPLES_KEPT } from "../../lib/model/samples.ts";
import type { Event } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import type { State } from "../../lib/model/state.ts";
import { burning, MINUTE, NOW, pool, read, RESET } from "../support/policy_cases.ts";
import { HOUR, T0 } from "./fixtures.ts";

function readAt(state: State, at: number, usedPct: number, resetsAt = RESET): State {
  const fact = read("a", { five_hour: usedPct }, resetsAt);
  return fold(state, { ...fact, seq: state.seq + 1, at } as Event);
}

const samples = (state: State) => state.accounts.a?.samples?.five_hour ?? [];

Deno.test("fold() keeps the figures of a window for a forecast, bounded and not too close together", () => {
  let state = pool();
  for (let i = 0; i <= 600; i++) state = readAt(state, T0 + i * 30_000, i / 10);
  const kept = samples(state);
  assert.ok(kept.length <= SAMPLES_KEPT && kept.length > 50, `${kept.length}`);
  assert.equal(kept.at(-1)!.usedPct, 60, "the last one always");
  assert.ok(kept[0]!.at <= T0 + 3 * HOUR, "two hours of them");
  assert.ok(kept.every(({ at }, i) => i < 2 || at - kept[i - 2]!.at >= 2 * MINUTE));
});

Deno.test("fold() keeps the last figure before a reset, and begins anew with a clock that was set back", () => {
  let state = pool();
  for (const [at, pct, reset] of [[0, 10, 0], [5, 20, 0], [5.5, 1, 1], [6, 2, 1]] as const) {
    state = readAt(state, T0 + at * MINUTE, pct, RESET + reset * HOUR);
  }
  assert.deepEqual(samples(state).map((s) => s.usedPct), [10, 20, 1, 2]);
  state = readAt(state, T0 + MINUTE, 3, RESET + HOUR);
  assert.deepEqual(samples(state).map((s) => s.usedPct), [10, 3]);
});

Deno.test("fold() bounds what is kept, however fast windows begin anew", () => {
  let state = pool();
  for (let i = 0; i < 300; i++) state = readAt(state, T0 + i * 1_000, 1, RESET + i * HOUR);
  assert.equal(samples(state).length, SAMPLES_KEPT);
});

Deno.test("readSooner() names the account whose window may be full before it would be read again", () => {
  const every = 10 * MINUTE;
  const fast = burning(pool(), "a", { to: 80, perHour: 120 });
  const [first] = readSooner(fast, every, NOW);
  assert.deepEqual([first?.account, first?.window], ["a", "five_hour"]);
  assert.ok(first!.by > NOW && first!.by < NOW + 5 * MINUTE, "halfway to the early end");
  assert.deepEqual(readSooner(burning(pool(), "a", { to: 20, perHour: 10 }), every, NOW), []);
  assert.deepEqual(
    readSooner(burning(pool(), "b", { to: 80, perHour: 120 }), every, NOW),
    [],
    "nobody is there",
  );
  assert.deepEqual(
    readSooner(pool({}, read("a", { five_hour: 99 })), every, NOW),
    [],
    "no pace is known",
  );
});
