import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { candidates, movable } from "../../lib/model/policy.ts";
import { START_RESTS_MS } from "../../lib/model/start_failures.ts";
import type { State } from "../../lib/model/state.ts";
import { applied, folded, foldOnto, started, swapOff } from "./fixtures.ts";

/** A move of s1 to b comes to that step, and has to go elsewhere. */
function failedAt(state: State, swap: string, step: "quiesce" | "resumed"): State {
  const of = { swap, session: "s1" };
  const back: Fact[] = [
    swapOff(swap),
    { type: "move.step.started", ...of, step },
    { type: "move.redirected", ...of, to: "a", reason: "no" },
    { type: "swap.failed", swap, reason: "no" },
  ];
  return foldOnto(state, ...back);
}

const begun = () => folded(applied(), ...started("s1", "r1"));
const whyNot = (state: State, by: "person" | "policy", now = state.at) =>
  movable(state, "a", "b", { by, now }).left.find((l) => l.session === "s1")?.why ?? null;

Deno.test("movable() leaves a session that did not come up under the target, longer each time", () => {
  let state = begun();
  for (const [i, restMs] of START_RESTS_MS.entries()) {
    state = failedAt(state, `w${i}`, "resumed");
    const { at } = state.sessions.s1!.startFailures[0]!;
    assert.match(whyNot(state, "policy", at + restMs - 1) ?? "", /did not come up.* in 1 min$/);
    assert.equal(whyNot(state, "policy", at + restMs), null);
    assert.equal(whyNot(state, "person", at), null, "a person may");
  }
  state = failedAt(state, "w9", "resumed");
  assert.match(whyNot(state, "policy", state.at + 1e9) ?? "", /4 times in a row, so only a person/);
  const [b] = candidates(state, { from: "a", by: "policy", now: state.at })
    .filter((c) => c.account === "b");
  assert.match(b!.rejected ?? "", /^no session of a may move there \(s1: under b it did not come/);
});

Deno.test("fold() forgets failed starts once a turn succeeds there, or a person moves it there", () => {
  const failed = failedAt(begun(), "w1", "resumed");
  assert.equal(failed.sessions.s1!.startFailures.length, 1);
  assert.deepEqual(failedAt(begun(), "w1", "quiesce").sessions.s1!.startFailures, []);
  const asked = foldOnto(failed, swapOff("w2", { by: "person" }));
  assert.deepEqual(asked.sessions.s1!.startFailures, []);
  const ended: Fact = { type: "run.ended", session: "s1", run: "r1", exit: 0 };
  const under = (account: string) =>
    foldOnto(
      failed,
      ended,
      ...started("s1", "r2", { account }),
      { type: "turn.ended", session: "s1", run: "r2" },
    ).sessions.s1!.startFailures.length;
  assert.deepEqual([under("b"), under("c")], [0, 1]);
});
