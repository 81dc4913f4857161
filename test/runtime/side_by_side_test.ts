import assert from "node:assert/strict";
import { sideBySide } from "../../lib/runtime/side_by_side.ts";
import { FakeClock } from "../fakes/clock.ts";

Deno.test("sideBySide() ends when every part has", async () => {
  const clock = new FakeClock();
  const ended: number[] = [];
  const part = (ms: number) => async (signal: AbortSignal) => {
    await clock.sleep(ms, signal);
    ended.push(ms);
  };
  const all = sideBySide(new AbortController().signal, [part(20), part(10)]);
  await clock.advance(20);
  await all;
  assert.deepEqual(ended, [10, 20]);
});

Deno.test("sideBySide() throws the first failure, after the others have stopped", async () => {
  const clock = new FakeClock();
  let stopped = false;
  const failure = new Error("one part broke");
  const all = sideBySide(new AbortController().signal, [
    (signal) => clock.sleep(1_000, signal).finally(() => (stopped = true)),
    (signal) => clock.sleep(10, signal).then(() => Promise.reject(failure)),
  ]);
  const thrown = assert.rejects(all, failure);
  await clock.advance(10);
  await thrown;
  assert.ok(stopped);
});

Deno.test("sideBySide() throws the reason of the stop", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const all = sideBySide(stop.signal, [(signal) => clock.sleep(1_000, signal)]);
  stop.abort(new Error("enough"));
  await assert.rejects(all, /enough/);
});
