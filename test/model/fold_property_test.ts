import assert from "node:assert/strict";
import fc from "fast-check";
import type { Event } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { judge } from "../../lib/model/judge.ts";
import { decide } from "../../lib/model/decide.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import { anyFact, anyFactOf, anyFacts, asEvents } from "./arbitrary.ts";
import { folded, foldOnto, T0 } from "./fixtures.ts";
import { checkInvariants, checkStep } from "./invariants.ts";

/** A wall clock that jumps; JSON has no -0, and epoch milliseconds are integers. */
const anyClock = fc.array(fc.integer({ min: 0, max: 2e12 }), { minLength: 1, maxLength: 5 });

function foldAll(events: readonly Event[]): State {
  return events.reduce(fold, EMPTY);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

Deno.test("fold() is total, changes nothing in place, and keeps the invariants in any order of facts", () => {
  fc.assert(
    fc.property(anyFacts, anyClock, (facts, clock) => {
      let state = EMPTY;
      for (const event of asEvents(facts, clock)) {
        const next = fold(freeze(state), freeze(event));
        checkStep(state, next);
        checkInvariants(next);
        state = next;
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("fold() makes the same of events that were JSON meanwhile, and its states survive JSON", () => {
  fc.assert(
    fc.property(anyFacts, anyClock, (facts, clock) => {
      const events = asEvents(facts, clock);
      const written: Event[] = JSON.parse(JSON.stringify(events));
      const state = foldAll(written);
      assert.deepEqual(JSON.parse(JSON.stringify(foldAll(events))), state);
      assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    }),
    { numRuns: 300 },
  );
});

Deno.test("judge() and decide() are total", () => {
  fc.assert(
    fc.property(anyFacts, anyClock, anyFact, (facts, clock, asked) => {
      const state = foldAll(asEvents(facts, clock));
      const reason = judge(state, asked);
      assert.ok(reason === null || reason.length > 0);
      for (const now of clock) decide(state, now);
    }),
    { numRuns: 500 },
  );
});

Deno.test("judge() lets only such requests through as the fold can carry out", () => {
  const anyRequest = anyFactOf([
    "session.start.requested",
    "run.planned",
    "move.planned",
    "swap.requested",
    "freeze.requested",
    "thaw.requested",
  ]);
  let allowed = 0;
  fc.assert(
    fc.property(anyFacts, anyRequest, (facts, asked) => {
      const before = folded(...facts);
      if (judge(before, asked) !== null) return;
      allowed++;
      assert.equal(foldOnto(before, asked).unexpected.count, before.unexpected.count);
    }),
    { numRuns: 1_000 },
  );
  assert.ok(allowed > 100, `only ${allowed} were allowed`);
});

Deno.test("Store replays any journal to its live state, whatever the snapshots", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyFact, { maxLength: 4 }), { maxLength: 12 }),
      fc.constantFrom(1, 3, 10, 1_000),
      (batches, snapshotEvery) => {
        const dir = Deno.makeTempDirSync({ prefix: "cf-replay-" });
        try {
          const path = `${dir}/journal.db`;
          const live = [snapshotEvery, 1_000].map((every) => {
            using store = new Store(path, { now: () => T0, snapshotEvery: every });
            for (const batch of batches) store.record(...batch);
            checkInvariants(store.state);
            return store.state;
          });
          using again = new Store(path, { now: () => T0 });
          assert.deepEqual(again.state, live[1]);
          assert.deepEqual(foldAll(again.events({ limit: 1_000_000 })), live[1]);
        } finally {
          Deno.removeSync(dir, { recursive: true });
        }
      },
    ),
    { numRuns: 40 },
  );
});
