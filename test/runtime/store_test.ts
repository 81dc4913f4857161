import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Fact } from "../../lib/model/event.ts";
import { FOLD_VERSION } from "../../lib/model/fold.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { JournalError, Store, type StoreOptions } from "../../lib/runtime/store.ts";
import { applied, foldOnto, started, swapOff, T0 } from "../model/fixtures.ts";

const freeze: Fact = { type: "freeze.requested", by: "person", reason: "lunch" };
const thaw: Fact = { type: "thaw.requested", by: "person" };

/** A store on disk whose connection the test can reach, to be opened again as often as it likes. */
function setup() {
  const dir = Deno.makeTempDirSync({ prefix: "cf-store-" });
  const path = join(dir, "state", "journal.db");
  const connections: DatabaseSync[] = [];
  let now = T0;
  return {
    path,
    open: (options: Partial<StoreOptions> = {}) =>
      new Store(path, {
        now: () => now += 1_000,
        connect: (p) => {
          const db = new DatabaseSync(p, { timeout: 0 });
          connections.push(db);
          return db;
        },
        ...options,
      }),
    connections,
    /** On the connection of the store that was opened last. */
    exec: (sql: string) => connections.at(-1)!.exec(sql),
    /** From outside, as another program would. */
    edit(sql: string) {
      const db = new DatabaseSync(path);
      db.exec(sql);
      db.close();
    },
    [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }),
  };
}

function failsWith(pattern: RegExp, seq: number | null = null) {
  return (error: unknown) => {
    assert.ok(error instanceof JournalError, String(error));
    assert.match(error.message, pattern);
    assert.equal(error.seq, seq);
    return true;
  };
}

// -- record() --

Deno.test("record() gives each fact its place and time, and folds it", () => {
  using t = setup();
  using store = t.open();
  const [first, second] = store.record(applied(), freeze);
  assert.equal(first?.seq, 1);
  assert.deepEqual(second, { ...freeze, seq: 2, at: T0 + 1_000 });
  assert.equal(store.state.seq, 2);
  assert.equal(store.state.frozen?.reason, "lunch");
  assert.deepEqual(store.record(), []);
});

Deno.test("record() journals a refusal in the place of a request that the state does not allow", () => {
  using t = setup();
  using store = t.open();
  const types = store.record(freeze, freeze, thaw).map((e) => e.type);
  assert.deepEqual(types, ["freeze.requested", "request.refused", "thaw.requested"]);
  assert.deepEqual(store.events({ after: 1, limit: 1 }), [{
    type: "request.refused",
    request: "freeze.requested",
    reason: "already frozen: lunch",
    seq: 2,
    at: T0 + 1_000,
  }]);
});

Deno.test("record() folds what was written, so that a replay cannot differ", () => {
  using t = setup();
  using store = t.open();
  // No type allows these, and JSON cannot hold them.
  const reading = { usedPct: NaN, resetsAt: undefined as unknown as null };
  store.record({
    type: "quota.read",
    account: "a",
    source: "status line",
    windows: { five_hour: reading },
  });
  const live = store.state;
  using again = t.open();
  assert.deepEqual(again.state, live);
  assert.equal(live.accounts.a?.windows.five_hour?.usedPct, null);
});

Deno.test("record() takes a clock that is not an integer and one that jumps back", () => {
  using t = setup();
  let now = T0 + 0.75;
  using store = t.open({ now: () => now });
  store.record(freeze);
  now = T0 - 60_000;
  store.record(thaw);
  assert.deepEqual(store.events().map((e) => e.at), [T0, T0 - 60_000]);
});

// -- Wake-ups --

Deno.test("subscribe() wakes with the types asked for, after the state has changed", async () => {
  using t = setup();
  using store = t.open();
  using inbox = store.subscribe(["thaw.requested"]);
  const woken = inbox.receive().then((event) => ({ event, frozen: store.state.frozen }));
  store.record(freeze, thaw);
  const { event, frozen } = await woken;
  assert.equal(event.type, "thaw.requested");
  assert.equal(frozen, null);
  assert.equal(inbox.tryReceive().state, "empty");
});

Deno.test("subscribe() wakes with everything, when asked for all", () => {
  using t = setup();
  using store = t.open();
  using inbox = store.subscribe("all");
  store.record(freeze, thaw);
  for (const type of ["freeze.requested", "thaw.requested"]) {
    const woken = inbox.tryReceive();
    assert.equal(woken.state === "ok" && woken.value.type, type);
  }
});

Deno.test("subscribe() gives one LookAgain for all that did not fit, and goes on after it", () => {
  using t = setup();
  using store = t.open();
  using inbox = store.subscribe(["worker.failed"]);
  const fail = () => store.record({ type: "worker.failed", worker: "w", error: "e", times: 1 });
  const take = () => {
    const result = inbox.tryReceive();
    return result.state === "ok" ? result.value.type : result.state;
  };
  for (let i = 0; i < 100; i++) fail();
  assert.equal(take(), "worker.failed");
  fail();
  const rest = Array.from({ length: 64 }, take);
  assert.deepEqual(rest.filter((type) => type === "look.again").length, 1);
  assert.equal(rest.at(-2), "look.again", "what came after it was not put behind it");
  assert.equal(rest.at(-1), "empty");
  fail();
  assert.equal(take(), "worker.failed");
});

Deno.test("subscribe() ends with its inbox, and every inbox with the store", async () => {
  using t = setup();
  const store = t.open();
  const left = store.subscribe(["thaw.requested"]);
  left[Symbol.dispose]();
  assert.equal(left.tryReceive().state, "closed");
  const waiting = Array.fromAsync(store.subscribe(["thaw.requested"]));
  store.record(freeze, thaw);
  store[Symbol.dispose]();
  assert.deepEqual((await waiting).map((e) => e.type), ["thaw.requested"]);
});

// -- recordOnce() --

Deno.test("recordOnce() records once for each key, over restarts too", () => {
  using t = setup();
  {
    using store = t.open();
    assert.equal(store.recordOnce("spool/r1/1", freeze)?.length, 1);
    assert.equal(store.recordOnce("spool/r1/1", thaw), null);
    assert.deepEqual(store.recordOnce("spool/r1/nothing to say"), []);
  }
  using store = t.open();
  assert.equal(store.recordOnce("spool/r1/1", thaw), null);
  assert.equal(store.recordOnce("spool/r1/nothing to say"), null);
  assert.equal(store.recordOnce("spool/r1/2", thaw)?.length, 1);
  assert.equal(store.state.seq, 2);
});

Deno.test("forgetKeys() forgets the keys that begin with the prefix, taken literally", () => {
  using t = setup();
  using store = t.open();
  for (const key of ["r%1/a", "r%1/b", "rx1/a", "r%2/a"]) store.recordOnce(key);
  assert.equal(store.forgetKeys("r%1/"), 2);
  assert.equal(store.recordOnce("rx1/a"), null);
  assert.deepEqual(store.recordOnce("r%1/a"), []);
});

// -- events() --

Deno.test("events() reads by cursor", () => {
  using t = setup();
  using store = t.open();
  store.record(freeze, thaw, freeze, thaw);
  assert.deepEqual(store.events({ after: 1, limit: 2 }).map((e) => e.seq), [2, 3]);
  assert.deepEqual(store.events({ after: 4 }), []);
  assert.equal(store.events().length, 4);
});

// -- Start-up --

Deno.test("Store replays to the state it had, with snapshots and without", () => {
  const facts = [applied(), ...started("s1", "r1"), freeze, swapOff("w1", { by: "person" }), thaw];
  const expected = { seq: facts.length * 3, runningSwap: "w1", refused: 2 };
  const states = [1, 2, 4, 1_000].map((snapshotEvery) => {
    using t = setup();
    for (let life = 0; life < 3; life++) {
      using store = t.open({ snapshotEvery });
      for (const fact of facts) store.record(fact);
    }
    using store = t.open({ snapshotEvery });
    return { ...store.state, refusals: store.events().filter((e) => e.type === "request.refused") };
  });
  assert.equal(states[0]?.seq, expected.seq);
  assert.equal(states[0]?.runningSwap, expected.runningSwap);
  for (const state of states) assert.deepEqual(state, states[0]);
});

Deno.test("Store begins from the last snapshot", () => {
  using t = setup();
  {
    using store = t.open({ snapshotEvery: 2 });
    store.record(freeze);
    store.record(thaw);
    store.record(freeze);
  }
  // What the snapshot contains is not folded again, so nobody misses it.
  t.edit("UPDATE journal SET body = 'no JSON' WHERE seq <= 2");
  using store = t.open({ snapshotEvery: 2 });
  assert.equal(store.state.seq, 3);
  assert.equal(store.state.frozen?.reason, "lunch");
});

Deno.test("Store folds everything anew, when the snapshot is another version's or damaged", () => {
  for (const damage of [`fold = ${FOLD_VERSION + 1}, state = '{}'`, "state = '{'"]) {
    using t = setup();
    {
      using store = t.open({ snapshotEvery: 2 });
      store.record(freeze, thaw, freeze);
    }
    t.edit(`UPDATE snapshot SET ${damage}`);
    using store = t.open({ snapshotEvery: 2 });
    assert.equal(store.state.seq, 3);
    assert.equal(store.state.frozen?.reason, "lunch");
    store.record(thaw);
    t.edit("UPDATE journal SET body = 'no JSON' WHERE seq = 1");
    using healed = t.open();
    assert.equal(healed.state.seq, 4, "the next record made a good snapshot");
  }
});

Deno.test("Store keeps its files to their owner", () => {
  using t = setup();
  const mode = (path: string) => (Deno.statSync(path).mode! & 0o777).toString(8);
  {
    using store = t.open();
    store.record(freeze);
    assert.equal(mode(join(t.path, "..")), "700");
    for (const path of [t.path, `${t.path}-wal`, `${t.path}-shm`]) assert.equal(mode(path), "600");
  }
  Deno.chmodSync(t.path, 0o644);
  using _again = t.open();
  assert.equal(mode(t.path), "600");
});

Deno.test("Store refuses a journal of a newer schema", () => {
  using t = setup();
  t.open()[Symbol.dispose]();
  t.edit("PRAGMA user_version = 99");
  assert.throws(() => t.open(), failsWith(/it has schema 99, .* knows 2 at most/));
  assert.equal(t.connections.at(-1)?.isOpen, false);
});

Deno.test("Store says which event a newer version wrote", () => {
  using t = setup();
  {
    using store = t.open();
    store.record(freeze);
  }
  t.edit(`INSERT INTO journal VALUES (2, 0, 'moon.full', '{"type":"moon.full"}')`);
  assert.throws(() => t.open(), failsWith(/Cannot fold event 2 \(moon\.full\)/, 2));
  assert.equal(t.connections.at(-1)?.isOpen, false);
});

Deno.test("Store says which event is damaged or missing", () => {
  for (
    const [damage, pattern] of [
      ["UPDATE journal SET body = substr(body, 1, 9) WHERE seq = 3", /event 3 .*JSON/],
      ["DELETE FROM journal WHERE seq = 3", /event 3 .*it is missing/],
    ] as const
  ) {
    using t = setup();
    {
      using store = t.open();
      store.record(freeze, thaw, freeze, thaw);
    }
    t.edit(damage);
    assert.throws(() => t.open(), failsWith(pattern, 3));
  }
});

Deno.test("Store says why it cannot open what is no journal", () => {
  using t = setup();
  t.open()[Symbol.dispose]();
  Deno.writeTextFileSync(t.path, "certainly not a database\n".repeat(100));
  assert.throws(() => t.open(), failsWith(/Cannot open the journal .*: file is not a database/));
  Deno.removeSync(t.path);
  Deno.mkdirSync(t.path);
  assert.throws(() => t.open(), failsWith(/Cannot open the journal .*: unable to open/));
  const below = join(t.path, "..", "file");
  Deno.writeTextFileSync(below, "");
  const options = { now: () => 0 };
  assert.throws(
    () => new Store(join(below, "j.db"), options),
    failsWith(/Cannot make the journal/),
  );
});

// -- Writing fails --

/** How to make a write fail, and how to make it possible again. */
const FAILURES: Record<string, { begin: string; end: string; message: RegExp }> = {
  "the disk is full": {
    begin: "PRAGMA max_page_count = 1",
    end: "PRAGMA max_page_count = 100000",
    message: /Cannot write the journal .*: database or disk is full/,
  },
  "the disk is read-only": {
    begin: "PRAGMA query_only = ON",
    end: "PRAGMA query_only = OFF",
    message: /Cannot write the journal .*: attempt to write a readonly database/,
  },
};

for (const [name, failure] of Object.entries(FAILURES)) {
  Deno.test(`record() changes nothing and wakes nobody, when ${name}`, () => {
    using t = setup();
    using store = t.open({ snapshotEvery: 3 });
    store.record(applied());
    using inbox = store.subscribe(["freeze.requested", "worker.failed"]);
    const before = store.state;
    // Larger than the free space in the pages there are.
    const big: Fact = { type: "worker.failed", worker: "w", error: "e".repeat(20_000), times: 1 };
    t.exec(failure.begin);
    assert.throws(() => store.record(freeze, big), failsWith(failure.message));
    assert.throws(() => store.recordOnce("key", big), failsWith(failure.message));
    const both = () => [store.record(freeze), store.record(big)];
    assert.throws(() => store.together(both), failsWith(failure.message));
    assert.equal(store.state, before);
    assert.match(store.writeProblem!.message, failure.message);
    assert.equal(inbox.tryReceive().state, "empty");
    assert.equal(store.events({ after: before.seq }).length, 0);

    t.exec(failure.end);
    assert.equal(store.recordOnce("key", freeze, big)?.length, 2, "the key was not kept either");
    assert.equal(store.writeProblem, null);
    assert.equal(inbox.tryReceive().state, "ok");
    using again = t.open();
    assert.deepEqual(again.state, store.state);
  });
}

Deno.test("together() writes what was recorded in it as one, and wakes only then", async () => {
  using t = setup();
  using store = t.open();
  using inbox = store.subscribe(["freeze.requested", "thaw.requested"]);
  const seen = store.together(() => {
    store.record(freeze);
    assert.notEqual(store.state.frozen, null, "it decides on what it has recorded");
    assert.deepEqual(store.events(), [], "nothing is written yet");
    assert.equal(inbox.tryReceive().state, "empty");
    return store.together(() => store.record(thaw)); // one in another is part of it
  });
  assert.equal(seen[0]!.seq, 2);
  assert.deepEqual(store.events().map((e) => e.type), ["freeze.requested", "thaw.requested"]);
  assert.equal((await inbox.receive()).type, "freeze.requested");
  assert.equal(store.together(() => 7), 7, "nothing recorded is nothing written");
});

Deno.test("together() has changed nothing when its work fails, or asks for a key", () => {
  using t = setup();
  using store = t.open();
  const fail = (work: () => unknown) =>
    assert.throws(() =>
      store.together(() => {
        store.record(freeze);
        work();
        return null;
      })
    );
  fail(() => {
    throw new Error("died in the middle");
  });
  fail(() => store.recordOnce("key", thaw));
  assert.equal(store.state.frozen, null);
  assert.equal(store.state.seq, 0);
  store.record(freeze);
  assert.deepEqual(store.events().map((e) => e.seq), [1]);
});

Deno.test("record() writes all of its facts or none", () => {
  using t = setup();
  using store = t.open({ snapshotEvery: 1 });
  store.record(applied());
  for (
    const failing of [
      "BEFORE INSERT ON journal WHEN NEW.type = 'thaw.requested'",
      "BEFORE INSERT ON once",
      "BEFORE INSERT ON snapshot",
    ]
  ) {
    const before = store.state;
    t.edit(`CREATE TRIGGER power_cut ${failing} BEGIN SELECT RAISE(ABORT, 'cut'); END`);
    assert.throws(() => store.recordOnce("key", freeze, thaw), failsWith(/: cut/), failing);
    assert.equal(store.state, before);
    assert.equal(store.events().length, before.seq);
    t.edit("DROP TRIGGER power_cut");
  }
  store.recordOnce("key", freeze, thaw);
  using again = t.open();
  assert.deepEqual(again.state, store.state);
});

Deno.test("record() has made durable what it has returned, when the process is killed", async () => {
  using t = setup();
  const program = `
    import { Store } from ${JSON.stringify(import.meta.resolve("../../lib/runtime/store.ts"))};
    const store = new Store(Deno.args[0], { now: () => 0, snapshotEvery: 7 });
    for (let i = 0;; i++) {
      const facts = Array(3).fill({ type: "worker.failed", worker: "w", error: "e", times: i });
      const events = store.recordOnce("key " + i, ...facts);
      Deno.stdout.writeSync(new TextEncoder().encode(events.at(-1).seq + "\\n"));
    }`;
  await using writer = new Deno.Command(Deno.execPath(), {
    args: ["eval", program, t.path],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = writer.stdout.pipeThrough(new TextDecoderStream());
  let told = "";
  let isKilled = false;
  for await (const text of output) {
    told += text;
    if (told.length <= 200 || isKilled) continue; // what it wrote before may still come in
    isKilled = true;
    writer.kill("SIGKILL");
  }
  const lastTold = Number(told.trimEnd().split("\n").at(-1));
  using store = t.open();
  const { seq } = store.state;
  assert.ok(seq >= lastTold, `${lastTold} was told, ${seq} is there`);
  assert.equal(seq % 3, 0, "no batch is there in part");
  assert.equal(store.recordOnce(`key ${seq / 3 - 1}`), null);
  assert.notEqual(store.recordOnce(`key ${seq / 3}`), null);
});

Deno.test("record() refuses to write over what another process recorded", () => {
  using t = setup();
  using store = t.open();
  using other = t.open();
  other.record(freeze);
  assert.throws(() => store.record(thaw), failsWith(/another process has written to it/));
  assert.equal(store.state, EMPTY);
});

Deno.test("record() fails while another program holds the lock, then works", () => {
  using t = setup();
  using store = t.open();
  using holder = new DatabaseSync(t.path);
  holder.exec("BEGIN IMMEDIATE");
  assert.throws(() => store.record(freeze), failsWith(/database is locked/));
  holder.exec("ROLLBACK");
  store.record(freeze);
  assert.equal(store.state.frozen?.reason, "lunch");
});

Deno.test("record() and events() say so, when the store is closed", () => {
  using t = setup();
  const store = t.open();
  store[Symbol.dispose]();
  assert.throws(() => store.record(freeze), JournalError);
  assert.throws(() => store.events(), JournalError);
  assert.throws(() => store.recordOnce("key"), JournalError);
});

Deno.test("Store in memory keeps the same rules", () => {
  using store = new Store(":memory:", { now: () => T0 });
  store.record(freeze);
  assert.equal(store.recordOnce("k", thaw)?.length, 1);
  assert.equal(store.recordOnce("k", thaw), null);
  assert.deepEqual(foldOnto(EMPTY, freeze, thaw).frozen, store.state.frozen);
});

// -- trim() --

Deno.test("trim() removes old events; the state is the same for the next one, and what comes after is folded onto it", () => {
  using t = setup();
  using store = t.open({ snapshotEvery: 1_000 });
  store.record(applied());
  store.record(...started("s1", "r1"));
  const young = store.record(freeze)[0]!;
  assert.deepEqual(store.countBefore(young.at), { old: young.seq - 1, all: young.seq });
  assert.equal(store.trim(young.at), young.seq - 1);
  assert.deepEqual(store.events(), [young]);
  assert.deepEqual(store.events({ after: 2 }), [young], "a cursor into what is gone");
  store.record(thaw);
  using again = t.open();
  assert.deepEqual(again.state, store.state);
});

Deno.test("trim() keeps what somebody has still to read, unless it is late", () => {
  using t = setup();
  using store = t.open({ snapshotEvery: 1_000 });
  store.record(applied());
  store.record(...started("s1", "r1"));
  const { at } = store.record(freeze)[0]!;
  assert.equal(store.trim(at, { keepFrom: 3, lateAt: 0 }), 2);
  assert.equal(store.first(), 3);
  assert.equal(store.trim(at, { keepFrom: 3, lateAt: at }), 2);
  assert.equal(store.first(), 5);
});

Deno.test("trim() keeps everything after the first young event, also what a clock set back has dated early", () => {
  using t = setup();
  let now = T0;
  using store = t.open({ now: () => now });
  store.record(applied());
  now = T0 + 1_000_000;
  store.record(freeze);
  now = T0;
  store.record(thaw);
  assert.equal(store.trim(T0 + 500_000), 1);
  assert.deepEqual(store.events().map(({ type }) => type), ["freeze.requested", "thaw.requested"]);
});

Deno.test("a base of an earlier fold is gone on from; one of a later, or a torn one, is refused in words", () => {
  using t = setup();
  {
    using store = t.open();
    store.record(applied(), freeze);
    store.trim(T0 + 1_000_000);
  }
  t.edit("DELETE FROM snapshot; UPDATE base SET fold = fold - 1");
  {
    using store = t.open();
    assert.ok(store.state.frozen && store.state.config);
    store.record(thaw);
  }
  t.edit(`UPDATE base SET fold = ${FOLD_VERSION + 1}`);
  assert.throws(() => t.open(), failsWith(/a newer version has written it$/, 2));
  t.edit(`UPDATE base SET fold = ${FOLD_VERSION}, state = '{'`);
  assert.throws(() => t.open(), failsWith(/it cannot be read$/, 2));
});

Deno.test("a journal of schema 1 is taken over", () => {
  using t = setup();
  {
    using store = t.open();
    store.record(applied());
  }
  t.edit("DROP TABLE base; PRAGMA user_version = 1");
  using store = t.open();
  assert.equal(store.state.seq, 1);
  store.trim(T0 + 1_000_000);
});
