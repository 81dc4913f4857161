/** `/healthz` and `/readyz`: each reason is broken for real where that can be done, and seen. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Ailment, ailments } from "../../lib/http/health/vitals.ts";
import type { Fact } from "../../lib/model/event.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import { testHome } from "../support/mod.ts";
import { served } from "./served.ts";
import { midday, setup } from "./setup.ts";

type World = ReturnType<typeof setup>;

async function healthz({ app }: World): Promise<[number, string]> {
  const response = await app.request("/healthz");
  return [response.status, await response.text()];
}

/** The status, and the parts that are ill. */
async function readyz({ app }: World): Promise<[number, Record<string, string>]> {
  const response = await app.request("/readyz");
  const { errors = [] } = await response.json();
  const parts = errors.map(({ path, message }: Record<string, string>) => [path, message]);
  return [response.status, Object.fromEntries(parts)];
}

Deno.test("a daemon that can work is alive and ready", async () => {
  using w = setup();
  equal(await healthz(w), [200, "ok\n"]);
  equal(await readyz(w), [200, {}]);
});

Deno.test("a journal that cannot be written is neither, and both heal", async () => {
  using w = setup();
  w.control.ill.journal = "Cannot write the journal: database or disk is full";
  equal(await healthz(w), [503, "not ok\n"]);
  equal(await readyz(w), [503, { journal: w.control.ill.journal }]);
  w.control.ill.journal = null;
  w.pass(1_000);
  equal([await healthz(w), await readyz(w)], [[200, "ok\n"], [200, {}]]);
});

Deno.test("a locked journal is not waited for again by each who asks meanwhile", async () => {
  using w = setup();
  let tries = 0;
  const waiting = () => {
    tries++;
    w.pass(2_000); // as SQLite waits
    return "database is locked";
  };
  Object.assign(w.control.vitals, { canWrite: waiting });
  for (let n = 0; n < 5; n++) equal(await healthz(w), [503, "not ok\n"]);
  equal(tries, 1);
});

Deno.test("a worker that rests or has ended is named with its last failure", async () => {
  using w = setup();
  w.control.ill.workers = [
    { name: "quota", is: "running", error: "once", restarts: 1 },
    { name: "watcher", is: "resting", error: "Error: no", restarts: 6 },
    { name: "sender", is: "ended", error: null, restarts: 0 },
    { name: "janitor", is: "waiting", error: null, restarts: 0 },
  ];
  equal(await healthz(w), [200, "ok\n"], "a restart would mend nothing");
  equal(await readyz(w), [503, {
    "worker watcher": "it rests after it failed again and again: Error: no",
    "worker sender": "it has ended",
    "worker janitor": "it has not begun",
  }]);
});

Deno.test("tmux that does not answer, says an error or has lost its server is told apart", async () => {
  using w = setup();
  let answer: (is: boolean) => void = () => {};
  let asked = 0;
  w.control.ill.tmux = () => {
    asked++;
    return new Promise((resolve) => answer = resolve);
  };
  const waiting = readyz(w);
  await Promise.resolve();
  w.pass(2_000);
  equal(await waiting, [503, { tmux: "it has not answered within 2 s" }]);
  w.pass(2_000);
  const again = readyz(w);
  await Promise.resolve();
  w.pass(2_000);
  equal(await again, [503, { tmux: "it has not answered within 2 s" }]);
  equal(asked, 1, "what waits for an answer is not asked again");
  answer(true);
  w.pass(1_000);
  equal(await readyz(w), [200, {}]);
  w.pass(1_000);
  w.control.ill.tmux = () => Promise.reject(new Error("Cannot list-panes: permission denied"));
  equal(await readyz(w), [503, { tmux: "Cannot list-panes: permission denied" }]);
  w.pass(1_000);
  w.control.ill.tmux = () => Promise.resolve(false);
  equal(await readyz(w), [503, { tmux: "its server is gone, and sessions should live in it" }]);
});

Deno.test("no server of tmux is needed where no session lives", async () => {
  using w = setup({ facts: midday().slice(0, 2) });
  w.control.ill.tmux = () => Promise.resolve(false);
  equal(await readyz(w), [200, {}]);
});

Deno.test("a daemon that stops, or has no config, is not ready", async () => {
  using w = setup();
  w.control.record({ type: "daemon.stop.requested", by: "person", endSessions: false });
  equal(await readyz(w), [503, { daemon: "it is stopping" }]);
  const none: Ailment[] = ailments(EMPTY, { journal: null, workers: [], tmux: true });
  equal(none.map(({ part }) => part), ["daemon", "config"]);
});

Deno.test("many who ask at once cost one look", async () => {
  using w = setup();
  let looks = 0;
  w.control.ill.tmux = () => {
    looks++;
    return Promise.resolve(true);
  };
  await Promise.all(Array.from({ length: 50 }, () => readyz(w)));
  equal(looks, 1);
});

Deno.test("on TCP /healthz needs no token, and /readyz and /metrics do", async () => {
  await using w = await served();
  const status = async (path: string, headers: HeadersInit = {}) => {
    const { status, body } = await fetch(`${w.url}${path}`, { headers });
    await body?.cancel();
    return status;
  };
  equal([await status("/healthz"), await status("/readyz"), await status("/metrics")], [
    200,
    401,
    401,
  ]);
  const headers = { authorization: `Bearer ${await w.token("read")}` };
  equal([await status("/readyz", headers), await status("/metrics", headers)], [200, 200]);
});

// -- The real thing below --

const freeze: Fact = { type: "freeze.requested", by: "person", reason: "x" };

Deno.test("canWrite() says by trying what is in the way, leaves nothing behind, and heals", async () => {
  await using home = await testHome();
  const path = home.path("state/journal.db");
  let db!: DatabaseSync;
  using store = new Store(path, {
    now: () => 0,
    connect: (path) => db = new DatabaseSync(path, { timeout: 10 }),
  });
  store.record(freeze);
  const bytes = store.bytes();
  equal([store.canWrite(), store.state.seq, store.events().length], [null, 1, 1]);
  equal(store.bytes() > bytes, true, "it reached the disk");
  db.exec("PRAGMA query_only = ON");
  match(store.canWrite()!.message, /attempt to write a readonly database/);
  equal(store.writeProblem, null, "no fact was lost");
  db.exec("PRAGMA query_only = OFF");
  equal(store.canWrite(), null);
  {
    using other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    match(store.canWrite()!.message, /database is locked/);
    other.exec("ROLLBACK");
  }
  db.exec("PRAGMA max_page_count = 1");
  const big: Fact = { type: "worker.failed", worker: "w", error: "e".repeat(20_000), times: 1 };
  try {
    store.record(big);
  } catch {
    // it counts until something could be written
  }
  match(store.canWrite()!.message, /database or disk is full/);
  db.exec("PRAGMA max_page_count = 100000");
  store.record(big);
  equal(store.canWrite(), null);
});
