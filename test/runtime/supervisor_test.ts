import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Event } from "../../lib/model/event.ts";
import { tell, type Told, untold } from "../../lib/runtime/failures.ts";
import { Store } from "../../lib/runtime/store.ts";
import { Roster } from "../../lib/runtime/roster.ts";
import {
  DEFAULT_POLICY,
  failuresAfter,
  FatalError,
  type Problem,
  supervise,
} from "../../lib/runtime/supervisor.ts";
import type { Life, Worker } from "../../lib/runtime/worker.ts";
import { FakeClock } from "../fakes/clock.ts";

function setup() {
  const clock = new FakeClock();
  const db = new DatabaseSync(":memory:");
  const store = new Store(":memory:", { now: () => clock.now(), connect: () => db });
  const stop = new AbortController();
  const problems: Problem[] = [];
  return {
    clock,
    store,
    stop,
    problems,
    exec: (sql: string) => db.exec(sql),
    run: (...workers: Worker[]) =>
      supervise(workers, {
        store,
        clock,
        signal: stop.signal,
        report: (p) => problems.push(p),
      }),
    failures: () => store.events().filter((e) => e.type === "worker.failed"),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

/** A worker that a test drives: what each life does, and how many there were. */
function worker(run: (life: Life, count: number) => Promise<void>, name = "w") {
  const self = { name, listens: [], lives: 0, run: (life: Life) => run(life, ++self.lives) };
  return self;
}

const fail = (text: string) => Promise.reject(new Error(text));

// -- Restarts --

Deno.test("failuresAfter() halves the count every half-life", () => {
  assert.deepEqual(failuresAfter(null, 7, 1_000), { count: 1, at: 7 });
  assert.deepEqual(failuresAfter({ count: 4, at: 0 }, 1_000, 1_000), { count: 3, at: 1_000 });
  assert.deepEqual(failuresAfter({ count: 4, at: 0 }, 2_000, 1_000), { count: 2, at: 2_000 });
});

Deno.test("supervise() restarts at once, and past the threshold after a rest", async () => {
  using t = setup();
  const flaky = worker(() => fail("no"));
  const done = t.run(flaky);
  await t.clock.advance(0);
  assert.equal(flaky.lives, 6, "five failures are free, the sixth costs a rest");
  await t.clock.advance(14_999);
  assert.equal(flaky.lives, 6);
  await t.clock.advance(1);
  assert.equal(flaky.lives, 7, "the count has decayed by half a half-life only");
  await t.clock.advance(600_000);
  assert.ok(flaky.lives > 40 && flaky.lives < 90, `${flaky.lives} lives in ten minutes`);
  t.stop.abort();
  await done;
});

Deno.test("supervise() tells the roster who is at work, who rests and who has ended", async () => {
  using t = setup();
  const roster = new Roster(["w", "done", "never"]);
  const w = worker((_, count) => count <= 7 ? fail("no") : Promise.withResolvers<void>().promise);
  const { store, clock, stop } = t;
  const workers = [w, worker(() => Promise.resolve(), "done")];
  const policy = { ...DEFAULT_POLICY, stopGraceMs: 0 };
  const over = supervise(workers, { store, clock, signal: stop.signal, policy, roster });
  const is = () => roster.all().map(({ name, is, restarts }) => `${name} ${is} ${restarts}`);
  assert.deepEqual(is(), ["w running 0", "done running 0", "never waiting 0"]);
  await clock.advance(1);
  assert.deepEqual(is(), ["w resting 5", "done ended 0", "never waiting 0"]);
  assert.equal(roster.all()[0]!.error, "Error: no");
  await clock.advance(2 * DEFAULT_POLICY.restMs);
  assert.deepEqual(is()[0], "w running 7");
  stop.abort();
  await clock.advance(1);
  await over;
});

Deno.test("supervise() resolves when every worker has returned", async () => {
  using t = setup();
  const once = worker(() => Promise.resolve());
  await t.run(once, worker((_, count) => count < 3 ? fail("not yet") : Promise.resolve(), "x"));
  assert.equal(once.lives, 1);
  assert.deepEqual(t.problems, []);
});

Deno.test("supervise() gives a life its wake-ups, the state and the ways to record", async () => {
  using t = setup();
  const seen: string[] = [];
  const listener: Worker<Event<"freeze.requested" | "thaw.requested">> = {
    name: "listener",
    listens: ["freeze.requested", "thaw.requested"],
    async run(life) {
      life.record({ type: "freeze.requested", by: "person", reason: "lunch" });
      for await (const event of life.inbox) {
        seen.push(`${event.type} ${life.state().frozen !== null}`);
        if (event.type === "thaw.requested") return;
        assert.equal(life.recordOnce("k", { type: "thaw.requested", by: "person" })?.length, 1);
        assert.equal(life.recordOnce("k", { type: "thaw.requested", by: "person" }), null);
      }
    },
  };
  await t.run(listener);
  assert.deepEqual(seen, ["freeze.requested true", "thaw.requested false"]);
});

Deno.test("supervise() ends what is left of a life before the next one begins", async () => {
  using t = setup();
  const ended: boolean[] = [];
  const halves = worker((life, count) => {
    if (count === 2) return Promise.resolve();
    const half = t.clock.sleep(1e9, life.signal).finally(() => ended.push(t.stop.signal.aborted));
    return Promise.all([half, fail("the other half")]).then(() => {});
  });
  await t.run(halves);
  assert.deepEqual(ended, [false]);
});

// -- What the journal is told --

Deno.test("supervise() counts the repeats of a failure and tells them ever more seldom", async () => {
  using t = setup();
  const flaky = worker(() => fail("no"));
  const done = t.run(flaky);
  await t.clock.advance(2 * 3_600_000);
  assert.ok(t.failures().length < 12, `${t.failures().length} records in two hours`);
  t.stop.abort();
  await done;
  const times = t.failures().reduce((sum, e) => sum + e.times, 0);
  assert.equal(times, flaky.lives, "and none is lost");
});

Deno.test("supervise() is not kept busy by a worker that fails at the news of a failure", async () => {
  using t = setup();
  const nervous: Worker<Event<"worker.failed">> = {
    name: "nervous",
    listens: ["worker.failed"],
    async run(life) {
      if (life.state().seq > 0) throw new Error(`after ${life.state().seq}`);
      await life.inbox.receive({ signal: life.signal });
    },
  };
  const done = t.run(nervous, worker((_, count) => count === 1 ? fail("no") : Promise.resolve()));
  await t.clock.advance(60_000);
  assert.ok(t.failures().length <= 11, `${t.failures().length} records`);
  t.stop.abort();
  await done;
});

Deno.test("tell() tells another failure at once, with what was counted of the one before", () => {
  const at = (ms: number, error: string) => ({ worker: "w", error, at: ms, quietMs: 10 });
  let told: Told | null = null;
  const said: [string, number][][] = [];
  for (
    const [ms, error] of [[0, "a"], [1, "a"], [2, "a"], [3, "b"], [13, "b"], [30, "b"]] as const
  ) {
    const next = tell(told, at(ms, error));
    told = next.told;
    said.push(next.facts.map((f) => [f.error, f.times]));
  }
  assert.deepEqual(said, [[["a", 1]], [], [], [["a", 2], ["b", 1]], [["b", 1]], []]);
  assert.deepEqual(untold(told, "w"), [{
    type: "worker.failed",
    worker: "w",
    error: "b",
    times: 1,
  }]);
});

Deno.test("supervise() cuts an endless error text", async () => {
  using t = setup();
  await t.run(worker((_, count) => count === 1 ? fail("x".repeat(1e6)) : Promise.resolve()));
  assert.equal(t.failures()[0]?.error.length, 500);
});

Deno.test("supervise() reports outside the journal and rests, when it cannot be written", async () => {
  using t = setup();
  const flaky = worker(() => fail("no"));
  t.exec("PRAGMA query_only = ON");
  const done = t.run(flaky);
  await t.clock.advance(0);
  assert.equal(flaky.lives, 1, "it rests at once");
  assert.deepEqual(t.problems, [{
    kind: "not recorded",
    worker: "w",
    text: "Worker w failed: Error: no. JournalError: " +
      "Cannot write the journal :memory:: attempt to write a readonly database",
  }]);
  t.exec("PRAGMA query_only = OFF");
  await t.clock.advance(DEFAULT_POLICY.restMs);
  assert.equal(t.failures().length, 1, "the next one can be recorded");
  t.stop.abort();
  await done;
});

// -- Stop --

Deno.test("supervise() stops every worker when one throws FatalError, and throws it", async () => {
  using t = setup();
  let stopped = false;
  const patient = worker(
    (life) => t.clock.sleep(1e9, life.signal).finally(() => stopped = true),
    "patient",
  );
  const fatal = worker(() => Promise.reject(new FatalError("the socket is taken")), "fatal");
  await assert.rejects(t.run(patient, fatal), { name: "FatalError" });
  assert.ok(stopped);
  assert.deepEqual(t.failures().map((e) => e.worker), ["fatal"]);
  assert.deepEqual(t.problems, []);
});

Deno.test("supervise() starts nothing, when it is stopped already", async () => {
  using t = setup();
  const w = worker(() => Promise.resolve());
  t.stop.abort();
  await t.run(w);
  assert.equal(w.lives, 0);
});

Deno.test("supervise() reports who fails while stopping, not who throws the abort", async () => {
  using t = setup();
  const orderly = worker((life) => t.clock.sleep(1e9, life.signal), "orderly");
  const untidy = worker(
    (life) => t.clock.sleep(1e9, life.signal).catch(() => fail("cannot close")),
    "untidy",
  );
  const done = t.run(orderly, untidy);
  await t.clock.advance(0);
  t.stop.abort(new Error("SIGTERM"));
  await done;
  assert.deepEqual(t.problems, [{
    kind: "failed while stopping",
    worker: "untidy",
    text: "Worker untidy failed while stopping: Error: cannot close",
  }]);
  assert.deepEqual(t.failures(), []);
});

Deno.test("supervise() leaves who does not stop within the grace, and says who", async () => {
  using t = setup();
  const deaf = Promise.withResolvers<void>();
  let done = false;
  const supervised = t.run(
    worker(() => deaf.promise, "deaf"),
    worker((life) => t.clock.sleep(1e9, life.signal), "orderly"),
  ).then(() => done = true);
  await t.clock.advance(0);
  t.stop.abort();
  await t.clock.advance(DEFAULT_POLICY.stopGraceMs - 1);
  assert.equal(done, false);
  await t.clock.advance(1);
  await supervised;
  assert.deepEqual(t.problems, [{
    kind: "not stopped",
    worker: "deaf",
    text: "Worker deaf has not stopped within 10 s",
  }]);
  deaf.resolve();
});
