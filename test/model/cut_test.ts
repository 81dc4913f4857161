import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { wasCut } from "../../lib/model/fold_run.ts";
import { applied, folded, started, swapOff, T0 } from "./fixtures.ts";

const run = { session: "s1", run: "r1" };
const prompt: Fact = { type: "prompt.accepted", ...run, mark: null, seenAt: T0 };
const answered: Fact = { type: "turn.ended", ...run };
const stopping: Fact = { type: "run.stopping", ...run, why: "swap w1", tree: [] };
const gone: Fact = { type: "run.ended", ...run, exit: null };
const quiesced = (as: "at rest" | "cut"): Fact => ({
  type: "move.quiesced",
  swap: "w1",
  session: "s1",
  as,
});

Deno.test("wasCut() says whether a move has left work behind, by what was under way at the very end", () => {
  const cases: [boolean, string, Fact[]][] = [
    [false, "at rest", [quiesced("at rest"), stopping]],
    [true, "past the grace", [prompt, quiesced("cut"), stopping]],
    [false, "answered just before the stop", [prompt, quiesced("cut"), answered, stopping]],
    [false, "answered while it ends", [prompt, quiesced("cut"), stopping, answered]],
    [true, "a prompt just before the stop", [quiesced("at rest"), prompt, stopping]],
    [true, "a prompt while it ends", [quiesced("at rest"), stopping, prompt]],
    [true, "it died at work before it was stopped", [prompt]],
  ];
  for (const [cut, when, facts] of cases) {
    const state = folded(applied(), ...started("s1", "r1"), swapOff("w1"), ...facts, gone);
    assert.equal(wasCut(state.sessions.s1!), cut, when);
  }
});

Deno.test("wasCut() says nothing of what a person stops", () => {
  const stop: Fact = { type: "session.stop.requested", session: "s1", by: "person" };
  const state = folded(applied(), ...started("s1", "r1"), stop, stopping, prompt, gone);
  assert.equal(wasCut(state.sessions.s1!), false);
});
