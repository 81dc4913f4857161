/** Bounds of the config in a life of the workers: what is paid for, and may not be, ends at once; a cap waits for the turn. */
import assert from "node:assert/strict";
import type { Fact } from "../lib/model/event.ts";
import { accountSpec, sessionSpec } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const MINUTE = 60_000;
const ONLY = ["s1", "s2"].map((name) => sessionSpec(name, { allowedAccounts: ["a"] }));

/** s1 is in the middle of a turn and s2 idle, both under a. */
async function atWork(changes: Parameters<typeof world>[0] = {}): Promise<World> {
  const w = await world({ sessions: ONLY, ...changes });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle" && w.phase("s2") === "idle");
  await w.agent.prompt("s1", "build");
  await w.until(() => w.phase("s1") === "working");
  return w;
}

function paid(w: World, account = "a"): Fact[] {
  const resetsAt = w.clock.now() + 40 * MINUTE;
  const windows = { five_hour: { usedPct: 101, resetsAt }, seven_day: { usedPct: 9, resetsAt } };
  return [
    { type: "quota.read", account, source: "status line", windows },
    { type: "overage.seen", account, inUse: true, enabled: true, madeAt: w.clock.now() },
  ];
}

const starts = (w: World, name: string) =>
  w.agent.starts.filter((s) => s.session === name).map((s) => s.account);

Deno.test("sessions found in paid use are parked at once in every mode, and wake after the reset", async () => {
  for (const mode of ["auto", "confirm", "off"] as const) {
    using w = await atWork({ failover: { mode, quiesceGraceMs: 10 * MINUTE } });
    w.store.record(...paid(w));
    await using _ = w.live(w.watcher(), w.switcher());
    await w.clock.advance(20_000);
    assert.deepEqual([mode, w.phase("s1"), w.phase("s2")], [mode, "parked", "parked"]);
    const [park] = w.events("park.requested");
    assert.deepEqual(park?.reason, { kind: "bound", bound: "overage", window: "five_hour" });
    await w.clock.advance(38 * MINUTE);
    assert.deepEqual(starts(w, "s1"), ["a"], "not before the reset");
    await w.clock.advance(3 * MINUTE);
    assert.deepEqual(starts(w, "s1"), ["a", "a"]);
    assert.deepEqual(starts(w, "s2"), ["a", "a"]);
  }
});

Deno.test("a session that dies in paid use is not brought back before the reset", async () => {
  using w = await atWork();
  w.store.record(...paid(w));
  w.tmux.end("s1", 1);
  await using _ = w.live(w.watcher());
  await w.clock.advance(30 * MINUTE);
  assert.deepEqual([w.phase("s1"), starts(w, "s1")], ["dead", ["a"]]);
  await w.clock.advance(15 * MINUTE);
  assert.deepEqual(starts(w, "s1"), ["a", "a"]);
});

Deno.test("at the cap of an account the turn may end, then its sessions are parked until the next day", async () => {
  const accounts = [accountSpec("a", { kind: "api-key", usdPerDay: 5 })];
  using w = await atWork({ accounts, failover: { quiesceGraceMs: 10 * MINUTE } });
  const run = w.session("s1").run!.plan.id;
  w.store.record({ type: "cost.read", account: "a", session: "s1", run, totalUsd: 5.2 });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(MINUTE);
  assert.deepEqual([w.phase("s1"), w.phase("s2")], ["working", "parked"]);
  await w.agent.hook("s1", "Stop", {});
  await w.clock.advance(MINUTE);
  assert.equal(w.phase("s1"), "parked");
  const day = 24 * 60 * MINUTE;
  await w.clock.advance(day - w.clock.now() % day - MINUTE);
  assert.deepEqual(starts(w, "s1"), ["a"]);
  await w.clock.advance(2 * MINUTE);
  assert.deepEqual(starts(w, "s1"), ["a", "a"]);
});

Deno.test("a bound that ends before its sessions are stopped lets them go on", async () => {
  const accounts = [accountSpec("a", { reservePct: 20 })];
  using w = await atWork({ accounts, failover: { quiesceGraceMs: 10 * MINUTE } });
  const resetsAt = w.clock.now() + 5 * MINUTE;
  const windows = { five_hour: { usedPct: 85, resetsAt } };
  w.store.record({ type: "quota.read", account: "a", source: "status line", windows });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(20_000);
  assert.equal(w.events("park.requested").length, 1);
  await w.clock.advance(6 * MINUTE);
  assert.deepEqual([w.phase("s1"), starts(w, "s1")], ["working", ["a"]]);
  assert.match(w.events("move.failed")[0]?.reason ?? "", /no longer stands at the limit/);
});

Deno.test("a swap off a bound whose target fills up meanwhile parks its sessions", async () => {
  const sessions = ["s1", "s2"].map((name) => sessionSpec(name, { allowedAccounts: ["a", "b"] }));
  const accounts = [accountSpec("a", { kind: "api-key", usdPerDay: 5 }), accountSpec("b")];
  using w = await atWork({ sessions, accounts, failover: { quiesceGraceMs: 10 * MINUTE } });
  const run = w.session("s1").run!.plan.id;
  w.store.record({ type: "cost.read", account: "a", session: "s1", run, totalUsd: 6 });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.state.runningSwap !== null && starts(w, "s2").length === 2);
  const windows = { five_hour: { usedPct: 100, resetsAt: w.clock.now() + 60 * MINUTE } };
  w.store.record({ type: "quota.read", account: "b", source: "status line", windows });
  await w.agent.hook("s1", "Stop", {});
  await w.clock.advance(MINUTE);
  assert.equal(w.phase("s1"), "parked");
  assert.deepEqual(w.events("park.requested"), [], "by the same swap");
});

Deno.test("a person's failover to an account in paid use stops nothing, and says why", async () => {
  using w = await atWork({ sessions: [sessionSpec("s1"), sessionSpec("s2")] });
  w.store.record(...paid(w, "b"));
  w.store.record({
    type: "swap.requested",
    swap: "w1",
    from: "a",
    to: "b",
    by: "person",
    reason: { kind: "asked" },
    sessions: ["s2"],
  });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.state.runningSwap === null);
  assert.ok(!starts(w, "s2").includes("b"));
});
