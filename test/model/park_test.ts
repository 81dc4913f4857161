import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { canGoBack, nextTarget, type Stay, stayOf, unfit, wakeOf } from "../../lib/model/park.ts";
import { decide } from "../../lib/model/decide.ts";
import { RECHECK_MS, WALL_WITHOUT_RESET_MS } from "../../lib/model/policy.ts";
import { isAlive } from "../../lib/model/state.ts";
import {
  accountSpec,
  applied,
  folded,
  foldOnto,
  HOUR,
  sessionSpec,
  started,
  swapOff,
  T0,
} from "./fixtures.ts";

const NOW = T0 + 60_000;

function wall(account: string, resetsAt: number | null, session = "s1"): Fact {
  return {
    type: "quota.wall",
    account,
    session,
    window: "five_hour",
    resetsAt,
    transcript: null,
    evidence: [],
  };
}

function read(
  account: string,
  window: "five_hour" | "seven_day",
  usedPct: number,
  resetsAt: number,
) {
  const windows = { [window]: { usedPct, resetsAt } };
  return { type: "quota.read", account, source: "status line", windows } as const;
}

const limited: Fact = {
  type: "turn.failed",
  session: "s1",
  run: "r1",
  refusal: { kind: "quota", window: "five_hour", text: "" },
  seenAt: T0,
};

const signedOut: Fact = { type: "account.checked", account: "b", problems: ["it is signed out"] };

function pool(changes: Parameters<typeof applied>[0], ...facts: Fact[]) {
  return folded(
    applied(changes),
    ...started("s1", "r1"),
    ...started("s2", "r2", { conversation: "conversation-2" }),
    ...facts,
  );
}

const STAY: Stay = { session: "s1", own: ["a"], avoid: [], since: NOW, asked: false };

Deno.test("wakeOf() finds the account that has room first", () => {
  const full = [wall("a", NOW + 3 * HOUR), wall("b", NOW + 2 * HOUR), wall("c", NOW + HOUR)];
  const own = { sessions: [sessionSpec("s1", { allowedAccounts: ["a"] })] };
  const checkedAt = pool({}, wall("a", null), wall("c", null), signedOut).accounts.b!.check!.at;
  const cases: [string, ReturnType<typeof pool>, Partial<Stay>, [string, number] | null][] = [
    ["the earliest reset", pool({}, ...full), {}, ["c", NOW + HOUR]],
    ["only what its project allows", pool(own, ...full), {}, ["a", NOW + 3 * HOUR]],
    ["its own first, of those with room", pool({}), { own: ["b"] }, ["b", NOW]],
    ["then the preferred one", pool({}, wall("a", NOW + HOUR)), {}, ["b", NOW]],
    [
      "only kinds that the config names, but for its own",
      pool({ failover: { toKinds: [] } }, ...full),
      {},
      ["a", NOW + 3 * HOUR],
    ],
    [
      "no account with auto: false",
      pool({ accounts: [accountSpec("a"), accountSpec("c", { auto: false })] }, ...full),
      {},
      ["a", NOW + 3 * HOUR],
    ],
    [
      "a longer window outlasts the wall",
      pool({}, ...full, read("c", "seven_day", 100, NOW + 5 * HOUR)),
      {},
      ["b", NOW + 2 * HOUR],
    ],
    [
      "a foreign account near its line is none to go to",
      pool(
        {},
        wall("a", NOW + 3 * HOUR),
        wall("c", NOW + 9 * HOUR),
        read("b", "five_hour", 95, NOW + HOUR),
      ),
      {},
      ["b", NOW + HOUR],
    ],
    [
      "an own one is",
      pool(
        {},
        wall("b", NOW + HOUR),
        wall("c", NOW + HOUR),
        read("a", "five_hour", 95, NOW + HOUR),
      ),
      {},
      ["a", NOW],
    ],
    [
      "a launch that failed is not tried again at once",
      pool({}, wall("a", NOW + HOUR), wall("c", NOW + HOUR)),
      { avoid: ["b"] },
      ["b", NOW + RECHECK_MS],
    ],
    [
      "an account that is not ready waits for its next check",
      pool({}, wall("a", NOW + HOUR), wall("c", NOW + HOUR), signedOut),
      {},
      ["b", checkedAt + 10 * 60_000],
    ],
    ["at once, when a person asks", pool({}, ...full), { asked: true }, ["c", NOW]],
    ["nowhere, when the config has dropped it", pool({ sessions: [] }, ...full), {}, null],
  ];
  for (const [name, state, changes, expected] of cases) {
    const wake = wakeOf(state, { ...STAY, ...changes }, NOW);
    assert.deepEqual(wake && [wake.account, wake.at], expected, name);
  }
});

Deno.test("wakeOf() believes a wall without a reset for five hours", () => {
  const state = pool({}, ...["a", "b", "c"].map((id) => wall(id, null)));
  const { since } = state.accounts.a!.wall!;
  assert.deepEqual(wakeOf(state, STAY, NOW), { account: "a", at: since + WALL_WITHOUT_RESET_MS });
});

Deno.test("unfit() says why a move cannot end where it goes, as things are now", () => {
  const asked = { reason: { kind: "asked" as const } };
  const toB = swapOff("w1", asked);
  const byPerson = swapOff("w1", { ...asked, by: "person" });
  const full = wall("b", NOW + HOUR);
  const cases: [Fact[], RegExp | null][] = [
    [[toB], null],
    [[toB, full], /b: its quota is used up/],
    [[full, toB], /b: its quota is used up/],
    [[toB, signedOut], /b: it is signed out/],
    [[full, byPerson], null],
    [[signedOut, byPerson], null],
    [[byPerson, full], /used up/],
    [[byPerson, signedOut], /signed out/],
    [[swapOff("w1", { ...asked, to: "z" })], /z is not in the config/],
  ];
  for (const [facts, expected] of cases) {
    const state = pool({}, ...facts);
    const swap = state.swaps.w1!;
    const why = unfit(state, swap, swap.moves.s1!, NOW);
    if (expected === null) assert.equal(why, null);
    else assert.match(why ?? "", expected);
  }
});

Deno.test("nextTarget() and canGoBack() leave out what has failed and what is full", () => {
  const redirected: Fact = {
    type: "move.redirected",
    swap: "w1",
    session: "s1",
    to: "c",
    reason: "",
  };
  const of = (...facts: Fact[]) => {
    const state = pool({}, swapOff("w1"), ...facts);
    const args = [state, state.swaps.w1!, state.swaps.w1!.moves.s1!, NOW] as const;
    return [nextTarget(...args), canGoBack(...args)];
  };
  assert.deepEqual(of(), ["c", true]);
  assert.deepEqual(of(redirected), [null, true]);
  assert.deepEqual(of(redirected, wall("a", NOW + HOUR)), [null, false]);
  assert.deepEqual(of(redirected, { ...redirected, to: "a" }), [null, false]);
  assert.deepEqual(of({ type: "swap.redirected", swap: "w1", to: "c", reason: "" }), [null, true]);
});

Deno.test("decide() parks what stands at the wall, when nothing else is left", () => {
  const full = ["a", "b", "c"].map((id) => wall(id, NOW + HOUR));
  const park = {
    do: "park",
    from: "a",
    reason: { kind: "wall", session: "s1", window: "five_hour" },
    sessions: ["s1"],
  };
  assert.deepEqual(decide(pool({}, limited, ...full), NOW), park);
  assert.deepEqual(decide(pool({}, limited, ...full), NOW + 2 * HOUR), park, "the wall is over");
  const swap = decide(pool({}, limited, wall("a", NOW + HOUR)), NOW);
  assert.equal(swap.do, "swap", "a target comes first");
  const held = { sessions: [sessionSpec("s1", { neverMove: true }), sessionSpec("s2")] };
  const opus = {
    ...limited,
    refusal: { kind: "quota", window: "seven_day_opus", text: "" },
  } as Fact;
  const not: [string, ReturnType<typeof pool>][] = [
    ["idle", pool({}, ...full)],
    ["held", pool(held, limited, ...full)],
    ["not asked", pool({ failover: { mode: "confirm" } }, limited, ...full)],
    ["one model's limit", pool({}, opus, ...full)],
    ["its wall is not told yet", pool({}, wall("a", NOW - 1), limited)],
    ["frozen", pool({}, limited, ...full, { type: "freeze.requested", by: "person", reason: "" })],
  ];
  for (const [why, state] of not) assert.equal(decide(state, NOW).do, "nothing", why);
});

Deno.test("fold() parks a session with what it is to go on with, and keeps that when a person asks for it", () => {
  const asked: Fact = {
    type: "park.requested",
    swap: "w1",
    from: "a",
    by: "policy",
    reason: { kind: "asked" },
    sessions: ["s1"],
  };
  const of = { swap: "w1", session: "s1" };
  const stopped: Fact[] = [
    { type: "prompt.accepted", session: "s1", run: "r1", mark: null, seenAt: NOW },
    { type: "move.quiesced", ...of, as: "cut" },
    { type: "run.stopping", session: "s1", run: "r1", why: "", tree: [] },
    { type: "run.ended", session: "s1", run: "r1", exit: 0 },
  ];
  const parked: Fact = { type: "move.parked", ...of, until: NOW };
  const alive = pool({}, asked, parked);
  assert.equal(alive.sessions.s1!.phase.name, "idle", "what lives is not parked");
  const state = pool({}, asked, ...stopped, parked);
  const { phase } = state.sessions.s1!;
  assert.deepEqual(phase, {
    name: "parked",
    until: NOW,
    home: "a",
    avoid: [],
    cut: true,
    checkpoint: "w1",
    asked: false,
  });
  assert.equal(isAlive(state.sessions.s1!), false);
  assert.equal(state.swaps.w1!.moves.s1!.outcome.is, "parked");
  const woken = foldOnto(state, { type: "session.start.requested", session: "s1", by: "person" });
  assert.deepEqual(woken.sessions.s1!.phase, { ...phase, asked: true });
  assert.equal(stayOf(woken, "s1")!.asked, true);
});
