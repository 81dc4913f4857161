/** What every `Clock` must do, and what the fake adds. */
import assert from "node:assert/strict";
import { type Clock, systemClock, waitUntil } from "../../lib/ports/clock.ts";
import { FakeClock } from "../fakes/clock.ts";

/** `pass` lets the time pass. */
async function clockContract(clock: Clock, pass: (ms: number) => Promise<void>) {
  const woken: string[] = [];
  const before = { now: clock.now(), monotonic: clock.monotonic() };
  const sleeps = [
    clock.sleep(40).then(() => woken.push("late")),
    clock.sleep(10).then(() => clock.sleep(10)).then(() => woken.push("early, twice")),
    clock.sleep(0).then(() => woken.push("at once")),
  ];
  await pass(60);
  await Promise.all(sleeps);
  assert.deepEqual(woken, ["at once", "early, twice", "late"]);
  assert.ok(clock.monotonic() - before.monotonic >= 39);
  assert.ok(clock.now() - before.now >= 39);

  const reason = new Error("stop");
  const stop = new AbortController();
  const asleep = clock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await assert.rejects(asleep, reason);
  await assert.rejects(clock.sleep(0, stop.signal), reason);

  let looks = 0;
  const [seen] = await Promise.all([waitUntil(clock, 1_000, () => ++looks === 3), pass(100)]);
  assert.deepEqual({ seen, looks }, { seen: true, looks: 3 });
  const [missed] = await Promise.all([waitUntil(clock, 30, () => false), pass(60)]);
  assert.equal(missed, false);
}

Deno.test("systemClock keeps the clock contract", () =>
  clockContract(systemClock, (ms) => new Promise((resolve) => setTimeout(resolve, ms))));

Deno.test("FakeClock keeps the clock contract", () => {
  const clock = new FakeClock();
  return clockContract(clock, (ms) => clock.advance(ms));
});

Deno.test("FakeClock.jump() sets the wall clock, and intervals do not notice", async () => {
  const clock = new FakeClock(1_000_000);
  let woken = false;
  const sleep = clock.sleep(100).then(() => woken = true);
  clock.jump(-900_000);
  await clock.advance(99);
  assert.deepEqual([woken, clock.now(), clock.monotonic()], [false, 100_099, 99]);
  assert.equal(clock.sleepers, 1);
  await clock.advance(1);
  assert.equal(woken, true);
  assert.equal(clock.sleepers, 0);
  await sleep;
});
