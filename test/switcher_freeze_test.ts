/** A freeze that comes in the middle of a swap, at each point of it. */
import assert from "node:assert/strict";
import type { Worker } from "../lib/runtime/worker.ts";
import { sessionSpec, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

type By = "person" | "policy";

/** The worker, with somebody who freezes at the nth point: before or after one of its journal lines. */
function freezingAt(point: number, w: World, worker: Worker) {
  let count = 0;
  const begun = new Set<string>();
  const stopping: string[] = [];
  const tick = () => {
    if (count++ !== point) return;
    stopping.push(...begun);
    w.store.record({ type: "freeze.requested", by: "person", reason: "a release is on" });
  };
  const run: Worker["run"] = (life) =>
    worker.run({
      ...life,
      record(...facts) {
        for (const fact of facts) {
          if (fact.type === "move.step.started" && fact.step === "stop") begun.add(fact.session);
        }
        tick();
        const events = life.record(...facts);
        tick();
        return events;
      },
    });
  /** `stopping`: the sessions whose stop had begun by then. */
  return { worker: { ...worker, run }, stopping, points: () => count };
}

/** A swap of two sessions, one at rest and one at work, that is frozen at that point. */
async function frozenSwap(by: By, point: number) {
  using w = await world({
    sessions: [sessionSpec("s1"), sessionSpec("s2")],
    failover: { quiesceGraceMs: 200 },
  });
  {
    await using _ = w.live(w.watcher());
    await w.until(() => w.phase("s1") === "idle" && w.phase("s2") === "idle");
    await w.agent.prompt("s2", "build");
    await w.until(() => w.phase("s2") === "working");
  }
  w.store.record(swapOff("w1", { by, sessions: ["s1", "s2"] }));
  const { worker, stopping, points } = freezingAt(point, w, w.switcher());
  await using _ = w.live(w.watcher(), worker);
  await w.until(() => w.state.runningSwap === null);
  await w.clock.advance(5_000);
  const { moves } = w.state.swaps.w1!;
  const ends = ["s1", "s2"].map((name) => {
    const { outcome } = moves[name]!;
    const starts = w.agent.starts.filter((s) => s.session === name).map((s) => s.account);
    const frozen = outcome.is === "failed" && outcome.reason.includes("a release is on");
    return { is: frozen ? "left" : outcome.is, starts, hadBegun: stopping.includes(name) };
  });
  return { ends, points: points() };
}

Deno.test("a freeze leaves every session whose stop the policy's swap has not begun, and no other", async () => {
  const whole = await frozenSwap("policy", -1);
  assert.deepEqual(whole.ends.map((end) => end.is), ["moved", "moved"]);
  const seen = new Set<string>();
  for (let point = 0; point < whole.points; point++) {
    const { ends } = await frozenSwap("policy", point);
    for (const { is, starts, hadBegun } of ends) {
      const expected = hadBegun ? ["moved", ["a", "b"]] : ["left", ["a"]];
      assert.deepEqual([is, starts], expected, `frozen at point ${point}`);
    }
    seen.add(ends.map((end) => end.is).join());
  }
  assert.ok(seen.has("left,left") && seen.has("moved,left") && seen.has("moved,moved"));
});

Deno.test("a freeze does not touch a swap that a person asked for", async () => {
  const { points } = await frozenSwap("person", -1);
  for (let point = 0; point < points; point += 3) {
    const { ends } = await frozenSwap("person", point);
    assert.deepEqual(ends.map((end) => end.is), ["moved", "moved"], `frozen at point ${point}`);
  }
});
