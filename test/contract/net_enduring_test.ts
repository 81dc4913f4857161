/** How long a server rests that cannot listen again, or that ends as soon as it does. */
import assert from "node:assert/strict";
import { Enduring } from "../../lib/ports/net_enduring.ts";
import { Requests } from "../../lib/ports/net_requests.ts";
import { FakeClock, settle } from "../fakes/clock.ts";

/** What becomes of a try to listen. */
type Fate = "refused" | "ends at once" | "lives";

async function world() {
  const clock = new FakeClock();
  const begun = clock.monotonic();
  /** When it was tried, in milliseconds from the begin. */
  const tries: number[] = [];
  const servers: PromiseWithResolvers<void>[] = [];
  const w = {
    clock,
    tries,
    fate: "lives" as Fate,
    /** Ends the server that listens, as one that has run out of files. */
    async end() {
      servers.at(-1)!.reject(new Error("no more files"));
      await settle();
    },
    enduring: null as unknown as Enduring,
    close: () => w.enduring.close(new Requests(() => new Response())),
  };
  w.enduring = await Enduring.begin((signal) => {
    tries.push(clock.monotonic() - begun);
    if (w.fate === "refused") return Promise.reject(new Error("somebody listens there"));
    const ending = Promise.withResolvers<void>();
    servers.push(ending);
    signal.addEventListener("abort", () => ending.resolve());
    if (w.fate === "ends at once") ending.reject(new Error("no more files"));
    return Promise.resolve({
      finished: ending.promise,
      shutdown: () => Promise.resolve(ending.resolve()),
      unref() {},
    } as unknown as Deno.HttpServer);
  }, clock);
  return w;
}

const RESTS = [0, 100, 200, 400, 800, 1_600, 2_000, 2_000];

for (const fate of ["refused", "ends at once"] as const) {
  Deno.test(`a server whose next one ${fate === "refused" ? "is refused" : fate} rests longer each time`, async () => {
    const w = await world();
    w.fate = fate;
    await w.end();
    await w.clock.advance(RESTS.reduce((sum, ms) => sum + ms));
    const [first, ...again] = w.tries;
    assert.equal(first, 0);
    assert.deepEqual(again.map((at, i) => at - (again[i - 1] ?? 0)), RESTS);
    w.fate = "lives";
    await w.clock.advance(10_000);
    const { length } = w.tries;
    await w.clock.advance(60_000);
    assert.equal(w.tries.length, length, "it listens, and tries no more");
    // It was well meanwhile: at once again.
    await w.end();
    await w.clock.advance(0);
    assert.equal(w.tries.length, length + 1);
    await w.close();
  });
}

Deno.test("a server that is closed while it rests ends at once", async () => {
  const w = await world();
  w.fate = "refused";
  await w.end();
  await w.clock.advance(1_000);
  const { length } = w.tries;
  await w.close();
  await w.clock.advance(60_000);
  assert.equal(w.tries.length, length);
  assert.equal(w.clock.sleepers, 0);
});
