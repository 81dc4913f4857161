/** One swap at a time: who stands at a wall does not wait for those of another swap that are at work. */
import assert from "node:assert/strict";
import { sessionSpec } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const MINUTE = 60_000;

function wall(w: World, account: string): void {
  const resetsAt = w.clock.now() + 60 * MINUTE;
  const of = { account, session: "s1", window: "five_hour" as const, transcript: null };
  w.store.record({ type: "quota.wall", ...of, resetsAt, evidence: [] });
}

/** Session s1 stands at the wall of a, s2 is in the middle of a long turn there. */
async function pool() {
  const w = await world({
    sessions: [sessionSpec("s1"), sessionSpec("s2")],
    failover: { quiesceGraceMs: 10 * MINUTE },
  });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle" && w.phase("s2") === "idle");
  await w.agent.prompt("s1", "build");
  await w.agent.prompt("s2", "build for long");
  await hitsWall(w, "a");
  return w;
}

/** The watcher or the like has to be at work. */
async function hitsWall(w: World, account: string): Promise<void> {
  await w.agent.limit("s1");
  await w.until(() => w.phase("s1") === "limited");
  wall(w, account);
}

const isUnder = (w: World, account: string) =>
  w.session("s1").account === account && w.phase("s1") === "working";
const starts = (w: World, name: string) =>
  w.agent.starts.filter((s) => s.session === name).map((s) => s.account);

Deno.test("a session that hits the wall of the target goes on at once, and work elsewhere keeps its grace", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => isUnder(w, "b"));
  await hitsWall(w, "b");
  const { at } = w.state;
  await w.until(() => isUnder(w, "c"));
  assert.ok(w.clock.now() - at < 10_000, `after ${w.clock.now() - at} ms`);
  assert.deepEqual([w.phase("s2"), starts(w, "s2")], ["working", ["a"]]);
  const [putOff] = w.events("move.failed");
  assert.equal(putOff?.reason, "s1 stands at the limit of b and goes first");
  assert.equal(w.events("move.failed").length, 1);

  await w.until(() => w.state.runningSwap !== null);
  await w.agent.hook("s2", "Stop", {});
  await w.until(() => w.state.runningSwap === null);
  assert.deepEqual(starts(w, "s2"), ["a", "c"]);
  assert.equal(w.agent.last("s2").prompt, null, "its work was not cut");
});

Deno.test("a session that hits the wall of the target is parked at once when no account is left", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => isUnder(w, "b"));
  wall(w, "c");
  await hitsWall(w, "b");
  const { at } = w.state;
  await w.until(() => w.phase("s1") === "parked");
  assert.ok(w.clock.now() - at < 10_000, `after ${w.clock.now() - at} ms`);
  assert.deepEqual([w.phase("s2"), starts(w, "s2")], ["working", ["a"]]);
});

Deno.test("a swap that a person asked for is put off for nobody", async () => {
  using w = await pool();
  const reason = { kind: "asked" } as const;
  const sessions = ["s1", "s2"];
  w.store.record({
    type: "swap.requested",
    swap: "w1",
    from: "a",
    to: "b",
    by: "person",
    reason,
    sessions,
  });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => isUnder(w, "b"));
  await hitsWall(w, "b");
  await w.clock.advance(MINUTE);
  assert.deepEqual([w.state.runningSwap, w.phase("s1")], ["w1", "limited"]);
});

Deno.test("a session that goes on by itself is not waited for until it can be parked", async () => {
  using w = await pool();
  for (const account of ["b", "c"]) wall(w, account);
  const reason = { kind: "asked" } as const;
  const of = { swap: "w1", from: "a", by: "policy", reason } as const;
  w.store.record({ type: "park.requested", ...of, sessions: ["s1"] });
  await w.agent.prompt("s1", "try again"); // and that turn takes long
  {
    await using _ = w.live(w.watcher());
    await w.until(() => w.phase("s1") === "working");
  }
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(5_000);
  assert.notEqual(w.state.swaps["w1"]!.outcome.is, "running");
  assert.deepEqual([w.phase("s1"), starts(w, "s1")], ["working", ["a"]]);
});
