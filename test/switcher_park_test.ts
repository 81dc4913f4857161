/** What a swap does when there is no room left anywhere, or less and less of it; and how parked sessions come back. */
import assert from "node:assert/strict";
import type { Fact } from "../lib/model/event.ts";
import { sessionSpec, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { finds } from "./support/preflights.ts";

const MINUTE = 60_000;

/** Sessions up and idle under account a. */
async function pool(
  names: readonly string[] = ["s1"],
  failover: NonNullable<Parameters<typeof world>[0]>["failover"] = {},
) {
  const w = await world({ sessions: names.map((name) => sessionSpec(name)), failover });
  await using _ = w.live(w.watcher());
  await w.until(() => names.every((name) => w.phase(name) === "idle"));
  return w;
}

function wall(w: World, account: string, minutes: number): void {
  w.store.record({
    type: "quota.wall",
    account,
    session: "s1",
    window: "five_hour",
    resetsAt: w.clock.now() + minutes * MINUTE,
    transcript: null,
    evidence: [],
  });
}

/** The session is in the middle of a turn when its account is used up; whoever looks on knows of no wall yet. */
async function strand(w: World, ...names: string[]): Promise<void> {
  await using _ = w.live(w.watcher());
  for (const name of names) {
    await w.agent.prompt(name, "build");
    await w.agent.limit(name);
  }
  await w.until(() => names.every((name) => w.phase(name) === "limited"));
}

const starts = (w: World, name: string) =>
  w.agent.starts.filter((s) => s.session === name).map((s) => s.account);
const parkedUntil = (w: World, name: string) => {
  const { phase } = w.session(name);
  return phase.name === "parked" ? phase.until : null;
};

Deno.test("a session at the wall is parked when no account has room, and an idle one is left alone", async () => {
  using w = await pool(["s1", "s2"]);
  await strand(w, "s1");
  for (const [account, minutes] of [["b", 40], ["c", 30], ["a", 60]] as const) {
    wall(w, account, minutes);
  }
  const earliest = w.clock.now() + 30 * MINUTE;
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "parked");
  assert.equal(parkedUntil(w, "s1"), earliest);
  assert.equal(w.tmux.pane("s1").dead, true);
  assert.equal(w.phase("s2"), "idle");

  await w.clock.advance(29 * MINUTE);
  assert.deepEqual(starts(w, "s1"), ["a"]);
  await w.clock.advance(2 * MINUTE);
  assert.deepEqual(starts(w, "s1"), ["a", "c"]);
  const { mark } = w.session("s1").run!.plan;
  assert.ok(mark && w.agent.last("s1").prompt?.includes(mark), "it is told to go on");
  assert.notEqual(w.session("s1").run!.markAcceptedAt, null);
});

Deno.test("parked sessions are woken after a suspend, by a daemon that was not there, one after the other", async () => {
  const names = ["s1", "s2", "s3", "s4"];
  using w = await pool(names);
  await strand(w, ...names);
  for (const account of ["b", "c", "a"]) wall(w, account, 60);
  {
    await using _ = w.live(w.watcher(), w.switcher());
    await w.until(() => names.every((name) => w.phase(name) === "parked"));
  }
  w.clock.jump(3 * 60 * MINUTE);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(30_000);
  for (const name of names) assert.deepEqual(starts(w, name), ["a", "a"]);
  const planned = w.events("run.planned").slice(-4).map((e) => e.at);
  for (const [i, at] of planned.entries()) {
    if (i > 0) assert.ok(at - planned[i - 1]! >= 1_000, "staggered");
  }
});

Deno.test("a session that still stands at a wall which is over is started anew in its place", async () => {
  using w = await pool(["s1"], { mode: "confirm" });
  await strand(w, "s1");
  for (const account of ["b", "c", "a"]) wall(w, account, 10);
  {
    await using _ = w.live(w.watcher(), w.switcher());
    await w.clock.advance(11 * MINUTE);
    assert.equal(w.phase("s1"), "limited", "in mode confirm nothing is done unasked");
  }
  const config = { ...w.config, failover: { ...w.config.failover, mode: "auto" as const } };
  w.store.record({ type: "config.applied", config });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "working");
  assert.deepEqual(starts(w, "s1"), ["a", "a"]);
  assert.deepEqual(w.events("swap.requested"), []);
});

Deno.test("a person's start wakes a parked session at once, with what it was to go on with", async () => {
  using w = await pool();
  await strand(w, "s1");
  for (const account of ["b", "c", "a"]) wall(w, account, 60);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "parked");
  w.store.record({ type: "session.start.requested", session: "s1", by: "person" });
  await w.clock.advance(2_000);
  assert.deepEqual(starts(w, "s1"), ["a", "a"]);
  assert.ok(w.agent.last("s1").prompt);
});

Deno.test("a session that goes on by itself is not parked after all", async () => {
  using w = await pool();
  await strand(w, "s1");
  for (const account of ["b", "c", "a"]) wall(w, account, 60);
  w.store.record({
    type: "park.requested",
    swap: "w1",
    from: "a",
    by: "policy",
    reason: { kind: "asked" },
    sessions: ["s1"],
  });
  await w.agent.prompt("s1", "try again"); // a person has bought some room
  await w.agent.hook("s1", "Stop", {});
  {
    await using _ = w.live(w.watcher());
    await w.until(() => w.phase("s1") === "idle");
  }
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.state.runningSwap === null);
  assert.match(JSON.stringify(w.state.swaps.w1!.outcome), /no longer stands at the limit/);
  assert.deepEqual([w.phase("s1"), starts(w, "s1")], ["idle", ["a"]]);
  // It runs into the limit again: nothing rests, since nothing had failed.
  await w.agent.prompt("s1", "and again");
  await w.agent.limit("s1");
  await w.until(() => w.phase("s1") === "limited");
  wall(w, "a", 60);
  const { at } = w.state;
  await w.until(() => w.phase("s1") === "parked");
  assert.ok(w.clock.now() - at < 5_000, `after ${w.clock.now() - at} ms`);
});

Deno.test("nobody is woken while the pool is frozen", async () => {
  using w = await pool();
  await strand(w, "s1");
  for (const account of ["b", "c", "a"]) wall(w, account, 10);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "parked");
  w.store.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  await w.clock.advance(15 * MINUTE);
  assert.equal(w.phase("s1"), "parked");
  w.store.record({ type: "thaw.requested", by: "person" });
  await w.clock.advance(2_000);
  assert.deepEqual(starts(w, "s1"), ["a", "a"]);
});

Deno.test("a wall on the target in the middle of a swap sends elsewhere what is not yet launched", async () => {
  using w = await pool(["s1", "s2", "s3"], { bootsAtOnce: 1 });
  await strand(w, "s1", "s2", "s3");
  wall(w, "a", 60);
  const { onCall } = w.tmux;
  w.tmux.onCall = async (call) => {
    await onCall!(call);
    w.tmux.onCall = onCall;
    if (call.kind === "launch") wall(w, "b", 60);
  };
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.events("swap.finished").length === 1);
  const [{ moves }] = Object.values(w.state.swaps) as [World["state"]["swaps"][string]];
  assert.deepEqual(Object.values(moves).map((m) => [m.session, m.to, m.tried]), [
    ["s1", "b", []],
    ["s2", "c", ["b"]],
    ["s3", "c", ["b"]],
  ]);
  assert.match(w.events("move.redirected")[0]!.reason, /b: its quota is used up/);
  for (const name of ["s2", "s3"]) assert.deepEqual(starts(w, name), ["a", "c"]);
});

Deno.test("a session that was stopped for a threshold goes back when its targets fall away, unless it is full there", async () => {
  for (const isFull of [false, true]) {
    using w = await pool();
    await using _ = w.live(w.watcher(), w.switcher());
    const { onCall } = w.tmux;
    w.tmux.onCall = (call) => {
      if (call.kind !== "launch") return;
      for (const account of ["b", "c"]) wall(w, account, 60);
      if (isFull) wall(w, "a", 50);
      w.tmux.end("s1", 1);
      w.tmux.onCall = onCall;
    };
    w.store.record(swapOff("w1"));
    await w.until(() => w.state.runningSwap === null);
    if (isFull) {
      assert.equal(w.phase("s1"), "parked");
      assert.equal(parkedUntil(w, "s1"), w.state.accounts.a!.wall!.resetsAt);
      assert.deepEqual(starts(w, "s1"), ["a"]); // the one under b never came up
    } else assert.deepEqual(starts(w, "s1"), ["a", "a"]);
  }
});

const SIGNED_OUT: Parameters<World["switcher"]>[0] = (_config, { id }) =>
  id === "b" ? finds("it is signed out") : finds();

Deno.test("a target that fails its preflight is passed over within the swap of the policy", async () => {
  using w = await pool();
  wall(w, "a", 60);
  await using _ = w.live(w.watcher(), w.switcher(SIGNED_OUT));
  await w.until(() => w.session("s1").account === "c" && w.phase("s1") === "idle");
  const swaps = Object.values(w.state.swaps);
  assert.equal(swaps.length, 1);
  assert.deepEqual(swaps[0]!.rejected, [{ account: "b", reason: "it is signed out" }]);
  assert.deepEqual(starts(w, "s1"), ["a", "c"]);
});

Deno.test("a target that a person named and that fails its preflight fails the swap, with the reason", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher(SIGNED_OUT));
  const asked: Fact = swapOff("w1", { by: "person" });
  w.store.record(asked);
  await w.until(() => w.state.runningSwap === null);
  assert.match(JSON.stringify(w.state.swaps.w1!.outcome), /failed.*b: it is signed out/);
  assert.deepEqual(starts(w, "s1"), ["a"]);
});

Deno.test("a session at the wall is parked in the swap whose every target fails its preflight", async () => {
  using w = await pool(["s1", "s2"]);
  await strand(w, "s1");
  wall(w, "a", 20);
  await using _ = w.live(
    w.watcher(),
    w.switcher((_config, { id }) => finds(`${id} is out`)),
  );
  await w.until(() => w.phase("s1") === "parked");
  assert.equal(w.events("park.requested").length, 0);
  assert.equal(w.phase("s2"), "idle");
  await w.clock.advance(21 * MINUTE);
  assert.deepEqual([starts(w, "s1"), starts(w, "s2")], [["a", "a"], ["a"]]);
});
