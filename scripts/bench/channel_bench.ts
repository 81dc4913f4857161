/**
 * The channel beside what the platform has for handing values from one task to another.
 *
 * @module
 */
import { Channel } from "../../lib/runtime/channel.ts";
import { medianMs, rate, ratio, type Row, table } from "./row.ts";

const MESSAGES = 50_000;
const ROUNDS = 5;

export async function bench(): Promise<Row[]> {
  const ms = await medianMs({
    target: throughEventTarget,
    drained,
    rendezvous: () => iterated(0),
    buffered: () => iterated(64),
    signalled: () => received(64),
    stream: throughStream,
  }, { rounds: ROUNDS });
  const row = (name: string, time: number, note = "") => {
    const times = `${ratio(time, ms.target)} the time`;
    return { name, value: rate(time / MESSAGES), note: note ? `${times}; ${note}` : times };
  };
  return [
    row("EventTarget, one listener", ms.target, "the yardstick; no queue, no backpressure"),
    row("Channel, trySend and tryReceive", ms.drained),
    row("Channel, capacity 0, for await", ms.rendezvous, "a rendezvous for each message"),
    row("Channel, capacity 64, for await", ms.buffered),
    row("Channel, capacity 64, receive with a signal", ms.signalled, "as a worker waits"),
    row("TransformStream, highWaterMark 64", ms.stream, "what it could be built on"),
  ];
}

function throughEventTarget(): Promise<void> {
  const target = new EventTarget();
  let seen = 0;
  target.addEventListener("message", () => seen++);
  for (let i = 0; i < MESSAGES; i++) target.dispatchEvent(new Event("message"));
  return check(seen);
}

function drained(): void {
  using channel = new Channel<number>({ capacity: 64 });
  for (let i = 0; i < MESSAGES; i++) {
    channel.trySend(i);
    channel.tryReceive();
  }
}

async function iterated(capacity: number): Promise<void> {
  const channel = new Channel<number>({ capacity });
  const sent = send(channel);
  let seen = 0;
  for await (const _ of channel) seen++;
  await sent;
  await check(seen);
}

async function received(capacity: number): Promise<void> {
  using channel = new Channel<number>({ capacity });
  const { signal } = new AbortController();
  const sent = send(channel);
  for (let i = 0; i < MESSAGES; i++) await channel.receive({ signal });
  await sent;
}

async function send(channel: Channel<number>): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) await channel.send(i);
  channel.close();
}

async function throughStream(): Promise<void> {
  const { readable, writable } = new TransformStream<number, number>(
    undefined,
    { highWaterMark: 64 },
    { highWaterMark: 64 },
  );
  const writer = writable.getWriter();
  const sent = (async () => {
    for (let i = 0; i < MESSAGES; i++) await writer.write(i);
    await writer.close();
  })();
  let seen = 0;
  for await (const _ of readable) seen++;
  await sent;
  await check(seen);
}

function check(seen: number): Promise<void> {
  if (seen === MESSAGES) return Promise.resolve();
  throw new Error(`Cannot measure: ${seen} of ${MESSAGES} messages arrived`);
}

if (import.meta.main) console.log(table(await bench()));
