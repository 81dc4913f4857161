/** The stream of events: alive when nothing happens, honest about what is gone, the same for all who follow. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { EventSource } from "../../lib/http/feed.ts";
import { Feed } from "../../lib/http/feed.ts";
import type { Event } from "../../lib/model/event.ts";
import { until } from "../support/mod.ts";
import { setup } from "./setup.ts";

const stream = (world: ReturnType<typeof setup>, init: RequestInit = {}, query = "") =>
  world.app.request(`/v1/events/stream${query}`, init);

async function textOf(response: Response, upTo: RegExp): Promise<string> {
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (upTo.test(text)) break;
  }
  return text;
}

Deno.test("the stream begins now when nobody says where", async () => {
  using world = setup();
  const text = textOf(await stream(world), /\n\n.*\n\n/s);
  await until(() => world.waiting.size === 1);
  world.control.record({ type: "freeze.requested", by: "person", reason: "x" });
  const ids = [...(await text).matchAll(/^id: (\d+)/gm)].map((m) => Number(m[1]));
  equal(ids, [world.store.state.seq]);
});

Deno.test("the stream says a word each 15 s when nothing happens", async () => {
  using world = setup();
  const text = textOf(await stream(world), /still here/);
  await until(() => world.waiting.size === 1);
  world.pass(14_999);
  equal(world.waiting.size, 1);
  world.pass(1);
  match(await text, /^: still here$/m);
});

Deno.test("the stream says which events are gone, and goes on with the first that is not", async () => {
  using world = setup();
  world.pass(60_000);
  world.store.trim(world.control.now() - 1);
  world.control.record({ type: "freeze.requested", by: "person", reason: "x" });
  const first = world.store.first();
  ok(first > 3);
  const text = await textOf(await stream(world, {}, "?after=2"), /event: freeze/);
  const [said] = text.match(/event: trimmed\ndata: .*\nid: \d+/) ?? [text];
  equal(
    said,
    `event: trimmed\ndata: {"after":2,"first":${first},"seq":${world.store.state.seq}}\nid: ${
      first - 1
    }`,
  );
  const page = await (await world.app.request("/v1/events?after=2")).json();
  equal([page.first, page.events[0].seq], [first, first]);
});

Deno.test("the stream begins anew when the cursor is of another journal", async () => {
  using world = setup();
  const response = await stream(world, { headers: { "last-event-id": "999" } });
  const text = await textOf(response, /daemon\.started/);
  match(text, /event: reset\ndata: {"after":999,"first":1,/);
  match(text, /^id: 1$/m);
});

Deno.test("a cursor that is none is a mistake", async () => {
  using world = setup();
  for (const query of ["?after=-1", "?after=x", "?before=1"]) {
    equal((await stream(world, {}, query)).status, 400, query);
  }
});

// -- The feed --

function source(): EventSource & { add(count: number): void; reads: number; waits: number } {
  const events: Event[] = [];
  const wakes = new Set<() => void>();
  return {
    reads: 0,
    waits: 0,
    add(count) {
      for (let i = 0; i < count; i++) {
        events.push({ type: "thaw.requested", by: "person", seq: events.length + 1, at: 1 });
      }
      for (const wake of wakes) wake();
    },
    events({ after, limit }) {
      this.reads++;
      return events.slice(after, after + limit);
    },
    firstSeq: () => 1,
    headSeq: () => events.length,
    nextEvent(_after, signal) {
      this.waits++;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      wakes.add(resolve);
      signal.addEventListener("abort", () => (wakes.delete(resolve), reject(signal.reason)));
      return promise;
    },
  };
}

const seqs = (events: readonly Event[]) => events.map(({ seq }) => seq);
const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("Feed reads each new event once for all, and gives everybody all of them", () => {
  const journal = source();
  const feed = new Feed(journal);
  journal.add(3);
  equal(seqs(feed.read(0, 200)), [1, 2, 3]);
  for (let i = 0; i < 100; i++) equal(seqs(feed.read(1, 200)), [2, 3]);
  equal(journal.reads, 1);
  journal.add(2_000);
  equal(seqs(feed.read(3, 200)), upTo(4, 203), "who is far behind is given the journal");
  equal(seqs(feed.read(1_900, 200)), upTo(1_901, 2_003));
  equal(seqs(feed.read(1_500, 10)), upTo(1_501, 1_510));
  equal(feed.read(2_003, 200), []);
});

Deno.test("Feed waits once for all who wait, and no more when nobody does", async () => {
  const journal = source();
  const feed = new Feed(journal);
  const stop = new AbortController();
  const all = Promise.allSettled(Array.from({ length: 50 }, () => feed.next(0, stop.signal)));
  await until(() => journal.waits > 0);
  equal(journal.waits, 1);
  journal.add(1);
  ok((await all).every(({ status }) => status === "fulfilled"));
  const more = Promise.allSettled([feed.next(1, stop.signal), feed.next(1, stop.signal)]);
  await until(() => journal.waits === 2);
  stop.abort();
  ok((await more).every(({ status }) => status === "rejected"));
  const again = feed.next(1, new AbortController().signal);
  await until(() => journal.waits === 3);
  journal.add(1);
  await again;
});

Deno.test("Feed has no place for more than 1,024 streams", () => {
  const feed = new Feed(source());
  const seats = Array.from({ length: 1_024 }, () => feed.sit());
  let said = "";
  try {
    feed.sit();
  } catch (error) {
    said = String(error);
  }
  match(said, /1024 streams are open already/);
  seats[0]![Symbol.dispose]();
  seats[0]![Symbol.dispose]();
  feed.sit();
  equal(feed.streams, 1_024);
});
