import assert from "node:assert/strict";
import fc from "fast-check";
import { Channel, ChannelClosedError } from "../../lib/runtime/channel.ts";

/** Whether the promise has settled once every ready microtask has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  for (let i = 0; i < 5; i++) await Promise.resolve();
  return done;
}

Deno.test("new Channel() refuses a capacity that is not a non-negative integer", () => {
  for (const capacity of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => new Channel({ capacity }), RangeError);
  }
});

// -- Order and backpressure --

Deno.test("receive() gives values in the order they were sent, around the ring", async () => {
  using channel = new Channel<number>({ capacity: 5 });
  const seen: number[] = [];
  for (let i = 0; i < 10; i++) {
    await channel.send(i);
    if (i % 3 !== 0) seen.push(await channel.receive());
  }
  while (channel.size > 0) seen.push(await channel.receive());
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("send() waits while the channel is full", async () => {
  using channel = new Channel<string>({ capacity: 1 });
  await channel.send("a");
  const second = channel.send("b");
  assert.equal(await settled(second), false);
  assert.equal(await channel.receive(), "a");
  await second;
  assert.equal(channel.size, 1, "the waiting value took the freed place");
  assert.equal(await channel.receive(), "b");
});

Deno.test("send() waits for a receiver, when the capacity is 0", async () => {
  using channel = new Channel<string>();
  const sent = channel.send("a");
  assert.equal(await settled(sent), false);
  assert.equal(await channel.receive(), "a");
  await sent;
});

Deno.test("trySend() says false when full, and true when somebody takes the value", async () => {
  using channel = new Channel<number>();
  assert.equal(channel.trySend(1), false);
  const received = channel.receive();
  assert.equal(channel.trySend(2), true);
  assert.equal(await received, 2);
});

Deno.test("tryReceive() tells a value from none and from the end, also when it is undefined", () => {
  using channel = new Channel<undefined>({ capacity: 1 });
  assert.deepEqual(channel.tryReceive(), { state: "empty" });
  channel.trySend(undefined);
  assert.deepEqual(channel.tryReceive(), { state: "ok", value: undefined });
  channel.close();
  assert.deepEqual(channel.tryReceive(), { state: "closed" });
});

Deno.test("tryReceive() takes the value of a sender that waits", async () => {
  using channel = new Channel<number>();
  const sent = channel.send(1);
  assert.deepEqual(channel.tryReceive(), { state: "ok", value: 1 });
  await sent;
});

Deno.test("receive() serves receivers in the order they came", async () => {
  using channel = new Channel<number>({ capacity: 2 });
  const both = Promise.all([channel.receive(), channel.receive()]);
  channel.trySend(1);
  channel.trySend(2);
  assert.deepEqual(await both, [1, 2]);
});

// -- Abort --

Deno.test("receive() swallows nothing, when it is aborted", async () => {
  using channel = new Channel<number>({ capacity: 1 });
  const stop = new AbortController();
  const aborted = channel.receive({ signal: stop.signal });
  const next = channel.receive();
  stop.abort(new Error("enough"));
  channel.trySend(1);
  await assert.rejects(aborted, /enough/);
  assert.equal(await next, 1);
});

Deno.test("receive() keeps a value that came before the abort in the same turn", async () => {
  using channel = new Channel<number>();
  const stop = new AbortController();
  const received = channel.receive({ signal: stop.signal });
  assert.equal(channel.trySend(1), true);
  stop.abort();
  assert.equal(await received, 1, "the sender was told that it was taken");
});

Deno.test("receive() rejects at once, when aborted already and nothing is there", async () => {
  using channel = new Channel<number>({ capacity: 1 });
  await assert.rejects(channel.receive({ signal: AbortSignal.abort(new Error("no")) }), /no/);
  channel.trySend(1);
  assert.equal(await channel.receive({ signal: AbortSignal.abort() }), 1);
});

Deno.test("send() takes its value back, when it is aborted", async () => {
  using channel = new Channel<number>();
  const stop = new AbortController();
  const sent = channel.send(1, { signal: stop.signal });
  const kept = channel.send(2);
  stop.abort(new Error("enough"));
  await assert.rejects(sent, /enough/);
  assert.equal(await channel.receive(), 2);
  await kept;
});

// -- Close --

Deno.test("close() lets what is buffered be received, then ends the iteration", async () => {
  const channel = new Channel<number>({ capacity: 2 });
  channel.trySend(1);
  channel.trySend(2);
  channel.close();
  assert.deepEqual(await Array.fromAsync(channel), [1, 2]);
  await assert.rejects(channel.receive(), ChannelClosedError);
});

Deno.test("close() ends an iteration that waits", async () => {
  const channel = new Channel<number>();
  const all = Array.fromAsync(channel);
  await channel.send(1);
  channel.close();
  assert.deepEqual(await all, [1]);
});

Deno.test("close() gives its reason to receivers, and their values back to senders", async () => {
  const channel = new Channel<number>();
  const sent = channel.send(7);
  channel.close(new Error("upstream is gone"));
  channel.close(new Error("the second close changes nothing"));
  await assert.rejects(sent, (error) => error instanceof ChannelClosedError && error.value === 7);
  await assert.rejects(channel.send(8), { name: "ChannelClosedError", value: 8 });
  await assert.rejects(channel.receive(), /upstream is gone/);
  await assert.rejects(Array.fromAsync(channel), /upstream is gone/);
  assert.equal(channel.trySend(9), false);
});

Deno.test("using closes the channel", () => {
  let outside: Channel<number>;
  {
    using channel = new Channel<number>();
    outside = channel;
  }
  assert.equal(outside.closed, true);
});

// -- Property --

/** What the property does with a channel, one after the other. */
const step = fc.oneof(
  fc.record({ do: fc.constant("send" as const), abort: fc.boolean() }),
  fc.record({ do: fc.constant("trySend" as const) }),
  fc.record({ do: fc.constant("receive" as const), abort: fc.boolean() }),
  fc.record({ do: fc.constant("tryReceive" as const) }),
  fc.record({ do: fc.constant("abort one" as const), which: fc.nat() }),
  fc.record({ do: fc.constant("turn" as const) }),
);

Deno.test("Channel is FIFO and neither loses nor doubles a value, whatever is aborted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(5),
      fc.array(step, { maxLength: 60 }),
      async (capacity, steps) => {
        const channel = new Channel<number>({ capacity });
        const accepted = new Set<number>();
        /** Received values; a place is taken when `receive` is called, since receivers are served in order. */
        const places: { value: number | null }[] = [];
        const pending: Promise<void>[] = [];
        const aborts: AbortController[] = [];
        const signal = (abort: boolean) => {
          if (!abort) return {};
          const controller = new AbortController();
          aborts.push(controller);
          return { signal: controller.signal };
        };
        let next = 0;
        for (const s of steps) {
          switch (s.do) {
            case "send": {
              const value = next++;
              const sent = channel.send(value, signal(s.abort));
              pending.push(sent.then(() => void accepted.add(value), () => {}));
              break;
            }
            case "trySend":
              if (channel.trySend(next)) accepted.add(next);
              next++;
              break;
            case "receive": {
              const place: { value: number | null } = { value: null };
              places.push(place);
              const received = channel.receive(signal(s.abort));
              pending.push(received.then((value) => void (place.value = value), () => {}));
              break;
            }
            case "tryReceive": {
              const result = channel.tryReceive();
              if (result.state === "ok") places.push({ value: result.value });
              break;
            }
            case "abort one":
              aborts[s.which % Math.max(1, aborts.length)]?.abort();
              break;
            case "turn":
              await Promise.resolve();
          }
          assert.ok(channel.size <= capacity);
        }
        channel.close();
        await Promise.all(pending);
        const received = places.map((p) => p.value).filter((v) => v !== null);
        received.push(...await Array.fromAsync(channel));
        assert.deepEqual(received, [...accepted].sort((a, b) => a - b));
      },
    ),
    { numRuns: 500 },
  );
});
