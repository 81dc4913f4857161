/**
 * What the store costs on top of the transaction it makes, and how long a start takes.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Config } from "../../lib/model/config.ts";
import type { Fact } from "../../lib/model/event.ts";
import { Store } from "../../lib/runtime/store.ts";
import { accountSpec, config, sessionSpec } from "../../test/model/fixtures.ts";
import { duration, medianMs, ratio, type Row, table } from "./row.ts";

const ROUNDS = 9;
const CALLS = 50;
const SESSIONS = 20;
/** Half of the way to the next snapshot. */
const HISTORY = 20_500;

export async function bench(): Promise<Row[]> {
  const dir = await Deno.makeTempDir({ prefix: "cf-bench-" });
  try {
    return [...await records(dir), ...await starts(dir)];
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function records(dir: string): Promise<Row[]> {
  using raw = new RawJournal(`${dir}/raw.db`);
  using store = open(`${dir}/journal.db`);
  using memory = open(":memory:");
  begin(store);
  begin(memory);
  const ms = await medianMs({
    raw: (i) => raw.insert(status(i)),
    one: (i) => store.record(status(i)),
    ten: (i) => store.record(...Array(10).fill(status(i))),
    newKey: (i) => store.recordOnce(`spool/${i}`, status(i)),
    knownKey: (i) => store.recordOnce("spool/0", status(i)),
    memory: (i) => memory.record(status(i)),
    page: () => store.events({ after: 100, limit: 100 }),
  }, { rounds: ROUNDS, calls: CALLS });
  const times = (time: number) => `${ratio(time, ms.raw)} the time`;
  return [
    {
      name: "SQLite by hand: one INSERT, committed",
      value: duration(ms.raw),
      note: "the yardstick; WAL, synchronous=FULL",
    },
    { name: "record(1 fact)", value: duration(ms.one), note: times(ms.one) },
    { name: "record(10 facts)", value: duration(ms.ten), note: times(ms.ten) },
    { name: "recordOnce(new key, 1 fact)", value: duration(ms.newKey), note: times(ms.newKey) },
    { name: "recordOnce(known key)", value: duration(ms.knownKey), note: times(ms.knownKey) },
    { name: "record(1 fact), in memory", value: duration(ms.memory), note: "what is not the disk" },
    { name: "events(), a page of 100", value: duration(ms.page) },
  ];
}

async function starts(dir: string): Promise<Row[]> {
  const [recent, bare] = [`${dir}/recent.db`, `${dir}/bare.db`];
  for (const path of [recent, bare]) {
    using store = open(path);
    begin(store);
    for (let i = 0; i < HISTORY; i += 100) {
      store.record(...Array.from({ length: 100 }, (_, j) => status(i + j)));
    }
  }
  const db = new DatabaseSync(bare);
  db.exec("DELETE FROM snapshot");
  db.close();
  const ms = await medianMs({
    recent: () => open(recent)[Symbol.dispose](),
    bare: () => open(bare)[Symbol.dispose](),
  }, { rounds: 5 });
  return [
    { name: `start, ${HISTORY} events, from the last snapshot`, value: duration(ms.recent) },
    {
      name: `start, ${HISTORY} events, all folded anew`,
      value: duration(ms.bare),
      note: `${ratio(ms.bare, ms.recent)} the time; only after a change of the fold`,
    },
  ];
}

/** The same table and the same promise, and nothing else. */
class RawJournal implements Disposable {
  #db: DatabaseSync;
  #insert: StatementSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE journal (seq INTEGER PRIMARY KEY, at INTEGER, type TEXT, body TEXT) STRICT;`);
    this.#insert = this.#db.prepare("INSERT INTO journal (at, type, body) VALUES (?, ?, ?)");
  }

  insert(fact: Fact): void {
    this.#insert.run(Date.now(), fact.type, JSON.stringify(fact));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

function open(path: string): Store {
  return new Store(path, { now: () => Date.now(), snapshotEvery: 1_000 });
}

/** A pool of twenty sessions that all run. */
function begin(store: Store): void {
  store.record({ type: "config.applied", config: pool() });
  for (let i = 0; i < SESSIONS; i++) {
    store.record({
      type: "run.planned",
      session: `ccl-${i}`,
      plan: { id: `run-${i}`, account: "a", conversation: `c-${i}`, how: "new", mark: null },
      why: "bench",
    });
  }
}

function status(i: number): Fact {
  return {
    type: "run.status",
    session: `ccl-${i % SESSIONS}`,
    run: `run-${i % SESSIONS}`,
    status: Math.floor(i / SESSIONS) % 2 === 0 ? "busy" : "idle",
    waitingFor: null,
  };
}

function pool(): Config {
  return config({
    accounts: ["a", "b"].map((id) => accountSpec(id)),
    sessions: Array.from(
      { length: SESSIONS },
      (_, i) => sessionSpec(`ccl-${i}`, { allowedAccounts: ["a", "b"] }),
    ),
  });
}

if (import.meta.main) console.log(table(await bench()));
