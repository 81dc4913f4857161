import assert from "node:assert/strict";
import fc from "fast-check";
import type { Event, Fact } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { BACKOFF_MS, backoffMs, GOOD_LIFE_MS, isDue, restartOf } from "../../lib/model/restart.ts";
import { EMPTY, type Session, type State } from "../../lib/model/state.ts";
import { applied, folded, foldOnto, plan, started, swapOff, T0 } from "./fixtures.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const s1 = (state: State): Session => state.sessions.s1!;

function after(state: State, fact: Fact, at: number): State {
  const event: Event = { ...fact, seq: state.seq + 1, at };
  return fold(state, event);
}

/** One life of the session: started at a time, dead after so long. */
interface Life {
  readonly livedMs: number;
  readonly exit: number | null;
  readonly proven: boolean;
}

function begun(state: State, run: string, at: number): State {
  return started("s1", run).reduce((next, fact) => after(next, fact, at), state);
}

function lived(state: State, run: string, life: Life, at: number): State {
  const proof: Fact = { type: "turn.ended", session: "s1", run };
  const proven = life.proven ? after(state, proof, at) : state;
  const end: Fact = { type: "run.ended", session: "s1", run, exit: life.exit };
  return after(proven, end, at + life.livedMs);
}

/** The session after these lives, each started as soon as the back-off allows. */
function told(lives: readonly Life[]): { state: State; rests: number[] } {
  let state = after(EMPTY, applied(), T0);
  let now = T0;
  const rests: number[] = [];
  for (const [i, life] of lives.entries()) {
    state = lived(begun(state, `r${i}`, now), `r${i}`, life, now);
    const diedAt = now + life.livedMs;
    const restart = restartOf(s1(state))!;
    if (restart.do === "give up") break;
    rests.push((restart.at - diedAt) / SECOND);
    now = restart.at;
  }
  return { state, rests };
}

const crash = (exit: number | null): Life => ({ livedMs: 100, exit, proven: false });
const times = (n: number, life: Life) => Array.from({ length: n }, () => life);

Deno.test("restartOf() waits longer with each death in a row, and no longer than ten minutes", () => {
  assert.deepEqual(told(times(8, crash(null))).rests, [0, 5, 30, 120, 600, 600, 600, 600]);
});

Deno.test("restartOf() gives up what is futile: one exit code, short lives, no turn", () => {
  const cases: [string, Life[], boolean][] = [
    ["five of a kind", times(5, crash(1)), true],
    ["four of a kind", times(4, crash(1)), false],
    ["another exit code among them", [...times(4, crash(1)), crash(2)], false],
    ["five of a kind after another one", [crash(2), ...times(5, crash(1))], true],
    ["unknown exits are not the same", times(9, crash(null)), false],
    ["lives of two minutes", times(9, { ...crash(1), livedMs: 2 * MINUTE }), false],
    ["each run proven", times(9, { ...crash(1), proven: true }), false],
    ["the first one proven", [{ ...crash(1), proven: true }, ...times(4, crash(1))], false],
    ["and one more", [{ ...crash(1), proven: true }, ...times(5, crash(1))], true],
    ["the conversation is open elsewhere", times(9, crash(75)), false],
    ["claude is missing", times(9, crash(127)), false],
    ["flock is missing", times(9, crash(69)), false],
  ];
  for (const [name, lives, futile] of cases) {
    assert.equal(restartOf(s1(told(lives).state))!.do === "give up", futile, name);
  }
});

Deno.test("restartOf() has nothing to say of a session that lives, was stopped or was ended by a person", () => {
  const of = { session: "s1", run: "r1" };
  const gone: Fact = { type: "run.ended", ...of, exit: 0 };
  const up = folded(applied(), ...started("s1", "r1"));
  const ends: Fact[][] = [
    [],
    [{ type: "run.stopping", ...of, why: "test", tree: [] }, gone],
    [{ type: "run.closing", ...of, reason: "prompt_input_exit" }, gone],
  ];
  for (const facts of ends) assert.equal(restartOf(s1(foldOnto(up, ...facts))), null);
});

Deno.test("isDue() does not trust a clock that was set back past the death, but a small slip of it", () => {
  const session = s1(told(times(5, crash(null))).state);
  const restart = restartOf(session)!;
  const diedAt = session.deaths.at(-1)!.at;
  const due = (now: number) => isDue(restart, session, now);
  assert.deepEqual([diedAt - SECOND, diedAt, diedAt + 600_000, diedAt - 3_600_000].map(due), [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("no deaths and times bring restarts closer together than the back-off, and a good run ends the row", () => {
  const life = fc.record({
    livedMs: fc.oneof(fc.nat(90 * SECOND), fc.nat(30 * MINUTE)),
    exit: fc.constantFrom(null, 1, 1, 75, 137),
    proven: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  });
  const looks = fc.array(fc.nat(8 * MINUTE), { minLength: 1, maxLength: 9 });
  let rows = 0;
  fc.assert(
    fc.property(fc.array(life, { maxLength: 12, size: "max" }), looks, (lives, pauses) => {
      let state = after(EMPTY, applied(), T0);
      let now = T0;
      let looked = 0;
      let row = 0;
      for (const [i, next] of lives.entries()) {
        state = lived(begun(state, `r${i}`, now), `r${i}`, next, now);
        now += next.livedMs;
        const diedAt = now;
        row = next.proven || next.livedMs > GOOD_LIFE_MS ? 1 : row + 1;
        rows = Math.max(rows, row);
        const restart = restartOf(s1(state))!;
        if (restart.do === "give up") {
          assert.ok(row >= 5 && !next.proven, "only a row is given up");
          return;
        }
        assert.equal(restart.nth, row);
        while (!isDue(restart, s1(state), now)) now += pauses[looked++ % pauses.length]! + 1;
        assert.ok(now - diedAt >= backoffMs(row), `${now - diedAt} ms after death ${row}`);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(rows > BACKOFF_MS.length, `the longest row had ${rows}`);
});

Deno.test("fold() counts no death in the hands of a move, and forgets all when a person starts the session", () => {
  const gone: Fact = { type: "run.ended", session: "s1", run: "r1", exit: 1 };
  const up = folded(applied(), ...started("s1", "r1"));
  assert.equal(s1(foldOnto(up, gone)).deaths.length, 1);
  assert.equal(s1(foldOnto(up, swapOff("w1"), gone)).deaths.length, 0);
  const ask = (by: "person" | "policy"): Fact => ({
    type: "session.start.requested",
    session: "s1",
    by,
  });
  assert.equal(s1(foldOnto(up, gone, ask("policy"))).deaths.length, 1);
  assert.equal(s1(foldOnto(up, gone, ask("person"))).deaths.length, 0);
});

Deno.test("fold() says whether a death came in the middle of work", () => {
  const of = { session: "s1", run: "r1" };
  const gone: Fact = { type: "run.ended", ...of, exit: 1 };
  const prompt: Fact = { type: "prompt.accepted", ...of, mark: null, seenAt: T0 };
  const server = { kind: "server", text: "overloaded" } as const;
  const cases: [string, Fact[], boolean][] = [
    ["idle", [], false],
    ["working", [prompt], true],
    ["after a turn", [prompt, { type: "turn.ended", ...of }], false],
    ["a prompt without an answer", [
      prompt,
      { type: "turn.failed", ...of, refusal: server, seenAt: T0 },
    ], true],
    [
      "a permission is asked",
      [prompt, { type: "question.asked", ...of, about: "permission" }],
      true,
    ],
    ["a dialog at the start", [{ type: "question.asked", ...of, about: "dialog" }], false],
  ];
  for (const [name, facts, cut] of cases) {
    const state = folded(applied(), ...started("s1", "r1"), ...facts, gone);
    assert.equal(s1(state).run!.cut, cut, name);
  }
  const marked: Fact = {
    type: "run.planned",
    session: "s1",
    plan: plan("r1", { mark: "m" }),
    why: "",
  };
  assert.equal(s1(folded(applied(), marked, gone)).run!.cut, true, "the prompt was not taken");
});
