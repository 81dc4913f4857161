/** Mode `confirm` in a life of the workers: what becomes of a proposal in time, and of sessions that wait for a reset. */
import assert from "node:assert/strict";
import type { Config } from "../lib/model/config.ts";
import { sessionSpec } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const MINUTE = 60_000;

/** Session s1 has hit the wall of account a, which ends in two hours; s2 is idle there. */
async function atWall(failover: Partial<Config["failover"]>, minutes = 120): Promise<World> {
  const w = await world({ sessions: [sessionSpec("s1"), sessionSpec("s2")], failover });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle" && w.phase("s2") === "idle");
  await w.agent.prompt("s1", "build");
  await w.agent.limit("s1");
  await w.until(() => w.phase("s1") === "limited");
  const resetsAt = w.clock.now() + minutes * MINUTE;
  const of = { account: "a", session: "s1", window: "five_hour", resetsAt } as const;
  w.store.record({ type: "quota.wall", ...of, transcript: null, evidence: [] });
  return w;
}

const starts = (w: World, name: string) =>
  w.agent.starts.filter((s) => s.session === name).map((s) => s.account);
const CONFIRM = { mode: "confirm", confirmWithinMs: 30 * MINUTE } as const;

Deno.test("a proposal without an answer is carried out, parks, or lets all stay, as the config says", async () => {
  const ends = [];
  for (const confirmThen of ["stay", "move", "park"] as const) {
    using w = await atWall({ ...CONFIRM, confirmThen });
    await using _ = w.live(w.watcher(), w.switcher());
    await w.clock.advance(29 * MINUTE);
    assert.notEqual(w.state.proposal, null);
    assert.deepEqual([starts(w, "s1"), w.phase("s1")], [["a"], "limited"]);
    await w.clock.advance(2 * MINUTE);
    assert.deepEqual(w.events("proposal.closed").map((e) => [e.how, e.by]), [["lapsed", "policy"]]);
    ends.push([confirmThen, w.phase("s1"), starts(w, "s1"), starts(w, "s2")]);
    await w.clock.advance(60 * MINUTE);
    assert.equal(w.events("swap.proposed").length, 1, "not again before the reset");
    if (confirmThen !== "park") continue;
    await w.clock.advance(30 * MINUTE);
    assert.deepEqual(starts(w, "s1"), ["a", "a"], "woken in its place, not under another account");
  }
  assert.deepEqual(ends, [
    ["stay", "limited", ["a"], ["a"]],
    ["move", "working", ["a", "b"], ["a", "b"]],
    ["park", "parked", ["a"], ["a"]],
  ]);
});

Deno.test("a proposal whose target fills up is withdrawn and made anew, with a new deadline", async () => {
  using w = await atWall(CONFIRM);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.state.proposal?.to === "b");
  await w.clock.advance(10 * MINUTE);
  const { id, deadline } = w.state.proposal!;
  const resetsAt = w.clock.now() + 60 * MINUTE;
  const of = { account: "b", session: "s9", window: "five_hour", resetsAt } as const;
  w.store.record({ type: "quota.wall", ...of, transcript: null, evidence: [] });
  await w.until(() => w.state.proposal?.to === "c");
  assert.match(w.events("proposal.closed")[0]!.reason, /^b: its 5-hour window is used up/);
  assert.notEqual(w.state.proposal!.id, id);
  assert.ok(w.state.proposal!.deadline! > deadline!);
});

Deno.test("a freeze withdraws a proposal, and after the thaw it is made anew", async () => {
  using w = await atWall(CONFIRM);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.state.proposal !== null);
  w.store.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  await w.clock.advance(120 * MINUTE);
  assert.match(w.events("proposal.closed")[0]!.reason, /frozen: lunch/);
  assert.deepEqual([w.state.proposal, starts(w, "s1")], [null, ["a"]]);
});

Deno.test("a session at a wall whose reset is near waits for it in its place, and goes on by itself", async () => {
  using w = await atWall({ waitIfResetWithinMs: 10 * MINUTE }, 8);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(7 * MINUTE);
  assert.deepEqual([w.phase("s1"), starts(w, "s1")], ["limited", ["a"]]);
  await w.clock.advance(2 * MINUTE);
  assert.deepEqual([starts(w, "s1"), starts(w, "s2")], [["a", "a"], ["a"]]);
  assert.ok(w.agent.last("s1").prompt, "it is told to go on");
});
