import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { Store } from "../../lib/runtime/store.ts";
import { applied, started, T0 } from "../model/fixtures.ts";

const freeze: Fact = { type: "freeze.requested", by: "person", reason: "lunch" };
const thaw: Fact = { type: "thaw.requested", by: "person" };
const rest = () => Promise.resolve();

/** One fact a second from T0 + 1 s on, and the state after each of them. */
function lived(facts: readonly Fact[], options: { snapshotEvery?: number } = {}) {
  let now = T0;
  const store = new Store(":memory:", { now: () => now, ...options });
  const states = facts.map((fact) => {
    now += 1_000;
    store.record(fact);
    return store.state;
  });
  return {
    store,
    states,
    setClock: (at: number) => now = at,
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

const DAY = [applied(), ...started("s1", "r1"), freeze, thaw, freeze];

Deno.test("stateAt() is the state of each moment, with the event of that very millisecond", async () => {
  using t = lived(DAY);
  for (const [i, state] of t.states.entries()) {
    const at = T0 + (i + 1) * 1_000;
    assert.deepEqual(await t.store.stateAt(at, rest), state);
    assert.deepEqual(await t.store.stateAt(at + 999, rest), state);
  }
  assert.equal(await t.store.stateAt(T0 + 999, rest), null);
});

Deno.test("stateAt() is the same before and after the snapshot", async () => {
  using t = lived(DAY, { snapshotEvery: 3 });
  for (const [i, state] of t.states.entries()) {
    assert.deepEqual(await t.store.stateAt(T0 + (i + 1) * 1_000, rest), state);
  }
});

Deno.test("stateAt() of a clock that was set back is that after the last event of that time", async () => {
  using t = lived([freeze]);
  t.setClock(T0 - 5_000);
  t.store.record(thaw);
  assert.equal((await t.store.stateAt(T0 - 5_000, rest))?.frozen, null);
  assert.equal((await t.store.stateAt(T0 + 1_000, rest))?.frozen, null);
});

Deno.test("stateAt() lets others have their turn in a long journal, and what they record does not count", async () => {
  using t = lived(Array.from({ length: 600 }, (_, i) => i % 2 === 0 ? freeze : thaw));
  let rests = 0;
  const state = await t.store.stateAt(T0 + 600_000, () => {
    rests++;
    t.store.record(freeze);
    return Promise.resolve();
  });
  assert.equal(rests, 2);
  assert.deepEqual(state, t.states.at(-1));
});

Deno.test("stateAt() knows nothing from before a trim, and says so instead of folding half a journal", async () => {
  using t = lived(DAY);
  t.setClock(T0 + 60_000);
  t.store.trim(T0 + 4_000);
  assert.equal(await t.store.stateAt(T0 + 5_000, rest), null, "kept, but nothing to fold it onto");
  t.store.record(thaw);
  assert.equal((await t.store.stateAt(T0 + 60_000, rest))?.frozen, null);
});

Deno.test("stateAt() gives up when the journal is trimmed under it", async () => {
  using t = lived(Array.from({ length: 600 }, (_, i) => i % 2 === 0 ? freeze : thaw));
  const trim = () => Promise.resolve(t.store.trim(T0 + 590_000));
  assert.equal(await t.store.stateAt(T0 + 600_000, trim), null);
});
