import assert from "node:assert/strict";
import { Slots } from "../../lib/runtime/slots.ts";

const never = new AbortController().signal;

Deno.test("Slots.take() lets so many in, and the next one when a slot is given back", async () => {
  const slots = new Slots(2);
  const first = await slots.take(never);
  await slots.take(never);
  const order: string[] = [];
  const third = slots.take(never).then((slot) => (order.push("third"), slot));
  const fourth = slots.take(never).then((slot) => (order.push("fourth"), slot));
  await Promise.resolve();
  assert.deepEqual(order, []);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // giving back twice gives one slot
  (await third)[Symbol.dispose]();
  await fourth;
  assert.deepEqual(order, ["third", "fourth"]);
});

Deno.test("Slots.take() serves the lower rank first, and those of one rank in order", async () => {
  const slots = new Slots(1);
  const held = await slots.take(never);
  const order: string[] = [];
  const wait = async (name: string, rank?: number) => {
    using _ = await slots.take(never, rank);
    order.push(name);
  };
  const all = [wait("late 1", 1), wait("early 1"), wait("late 2", 1), wait("early 2", 0)];
  held[Symbol.dispose]();
  await Promise.all(all);
  assert.deepEqual(order, ["early 1", "early 2", "late 1", "late 2"]);
});

Deno.test("Slots.take() that is aborted leaves its turn to the next", async () => {
  const slots = new Slots(1);
  const held = await slots.take(never);
  const abort = new AbortController();
  const aborted = slots.take(abort.signal);
  const next = slots.take(never);
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  held[Symbol.dispose]();
  await next;
});
