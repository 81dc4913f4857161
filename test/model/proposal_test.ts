import assert from "node:assert/strict";
import type { Config } from "../../lib/model/config.ts";
import { decide } from "../../lib/model/decide.ts";
import type { Fact } from "../../lib/model/event.ts";
import { declinedUntil, followUp } from "../../lib/model/proposal.ts";
import { applied, config, folded, foldOnto, HOUR, started, swapOff, T0 } from "./fixtures.ts";

const RESET = T0 + 3 * HOUR;
const DEADLINE = T0 + HOUR;
const MINUTE = 60_000;

const near: Fact = {
  type: "quota.read",
  account: "a",
  source: "status line",
  windows: { five_hour: { usedPct: 95, resetsAt: RESET } },
};
const wall = (account: string, resetsAt = RESET): Fact => ({
  type: "quota.wall",
  account,
  session: "s1",
  window: "five_hour",
  resetsAt,
  transcript: null,
  evidence: [],
});
const limited: Fact[] = [{
  type: "turn.failed",
  session: "s1",
  run: "r1",
  refusal: { kind: "quota", window: "five_hour", text: "limit" },
  seenAt: T0,
}, wall("a")];

function proposed(then: "stay" | "move" | "park", isWall: boolean): Fact {
  const window = "five_hour" as const;
  const reason = isWall
    ? { kind: "wall" as const, session: "s1", window }
    : { kind: "threshold" as const, window, usedPct: 95 };
  return {
    type: "swap.proposed",
    proposal: "p1",
    from: "a",
    to: "b",
    reason,
    then,
    deadline: DEADLINE,
  };
}

/** Both sessions at work under a, which is near its limit or at it, and the proposal to go to b waits. */
function waiting(then: "stay" | "move" | "park", isWall: boolean, ...more: Fact[]) {
  const both = [...started("s1", "r1"), ...started("s2", "r2", { conversation: "c2" })];
  const why = isWall ? limited : [near];
  const failover = { mode: "confirm" as const };
  return folded(applied({ failover }), ...both, ...why, proposed(then, isWall), ...more);
}

Deno.test("followUp() keeps a proposal, withdraws what no longer fits, and lets the rest lapse", () => {
  const NOW = T0 + MINUTE;
  const auto: Config = config({ failover: { mode: "auto" } });
  const cases: [string, ReturnType<typeof waiting>, number, unknown][] = [
    ["in time", waiting("stay", true), DEADLINE - 1, /^$/],
    ["no answer", waiting("stay", true), DEADLINE, /nobody answered in time, so nothing moves/],
    [
      "frozen",
      waiting("stay", true, { type: "freeze.requested", by: "person", reason: "lunch" }),
      NOW,
      /frozen: lunch/,
    ],
    [
      "the mode is another",
      waiting("stay", true, { type: "config.applied", config: auto }),
      NOW,
      /mode is auto/,
    ],
    ["the reset came", waiting("stay", true), RESET, /no reason to leave a/],
    ["now a wall", waiting("stay", false, wall("a")), NOW, /a has hit its limit by now/],
    ["b is full", waiting("stay", true, wall("b")), NOW, /^b: its 5-hour window is used up/],
    [
      "b is signed out",
      waiting("stay", true, { type: "account.checked", account: "b", problems: ["signed out"] }),
      NOW,
      /^b: .*signed out/,
    ],
    ["a swap runs", waiting("stay", true, swapOff("w1", { from: "c", to: "b" })), RESET, /^$/],
  ];
  for (const [name, state, now, expected] of cases) {
    const next = followUp(state, now)!;
    assert.match(next.do === "keep" ? "" : next.reason, expected as RegExp, name);
  }
  assert.equal(followUp(folded(applied()), NOW), null);
});

Deno.test("followUp() does what the config wants of a proposal without an answer", () => {
  const done = (then: "stay" | "move" | "park", isWall: boolean) => {
    const next = followUp(waiting(then, isWall), DEADLINE)!;
    assert.equal(next.do, "lapse");
    if (next.do !== "lapse" || next.decision === null) return null;
    return [next.decision.do, next.decision.sessions];
  };
  assert.equal(done("stay", true), null);
  assert.equal(done("stay", false), null);
  assert.deepEqual(done("move", true), ["swap", ["s1", "s2"]]);
  assert.deepEqual(done("move", false), ["swap", ["s1", "s2"]]);
  assert.deepEqual(done("park", true), ["park", ["s1"]], "what can work on stays");
  assert.equal(done("park", false), null);
});

Deno.test("decide() does not propose again what was declined, until the reset or until it gets worse", () => {
  const state = waiting("stay", false);
  const until = declinedUntil(state, state.proposal!, state.at);
  assert.equal(until, RESET);
  for (
    const [how, words] of [["rejected", /a person has rejected/], [
      "lapsed",
      /nobody has answered/,
    ]] as const
  ) {
    const by = how === "rejected" ? "person" : "policy";
    const closed: Fact = { type: "proposal.closed", proposal: "p1", how, by, reason: "", until };
    const declined = foldOnto(state, closed);
    const still = decide(declined, RESET - 1);
    assert.match(still.do === "nothing" ? still.why : "", words);
    assert.equal(
      decide(foldOnto(declined, ...limited), RESET - 1).do,
      "propose",
      "a wall is worse",
    );
    const again = foldOnto(
      declined,
      { ...near, windows: { five_hour: { usedPct: 95, resetsAt: RESET + HOUR } } } as Fact,
    );
    assert.equal(decide(again, RESET).do, "propose", "the next window");
  }
});

Deno.test("fold() answers a proposal by a swap off the same account, and by no other", () => {
  const state = waiting("stay", true);
  assert.equal(foldOnto(state, swapOff("w1", { by: "person" })).proposal, null);
  const other = [
    ...started("s2", "r3", { account: "c" }),
    swapOff("w1", { from: "c", sessions: ["s2"] }),
  ];
  assert.equal(foldOnto(state, ...other).proposal?.id, "p1");
  const late: Fact = {
    type: "proposal.closed",
    proposal: "p0",
    how: "withdrawn",
    by: "policy",
    reason: "",
    until: null,
  };
  assert.equal(foldOnto(state, late).proposal?.id, "p1");
});

Deno.test("decide() waits for a known reset that is near, where the config says so", () => {
  const both = [...started("s1", "r1"), ...started("s2", "r2", { conversation: "c2" })];
  const failover = { waitIfResetWithinMs: 10 * MINUTE };
  const weekly: Fact = {
    type: "quota.read",
    account: "a",
    source: "status line",
    windows: { seven_day: { usedPct: 100, resetsAt: RESET + 50 * HOUR } },
  };
  const at = (facts: Fact[], now: number, changes: Parameters<typeof config>[0] = { failover }) =>
    decide(folded(applied(changes), ...both, ...facts), now);
  const cases: [string, ReturnType<typeof decide>, "nothing" | "swap" | "propose"][] = [
    ["a wall, far", at(limited, RESET - 11 * MINUTE), "swap"],
    ["a wall, near", at(limited, RESET - 9 * MINUTE), "nothing"],
    ["a threshold, near", at([near], RESET - 9 * MINUTE), "nothing"],
    ["another window is full too", at([...limited, weekly], RESET - 9 * MINUTE), "swap"],
    [
      "a reset that nobody knows",
      at([...limited, { ...wall("a"), resetsAt: null } as Fact], T0 + MINUTE),
      "swap",
    ],
    ["not in the config", at(limited, RESET - 1, {}), "swap"],
    [
      "mode confirm",
      at(limited, RESET - 1, { failover: { ...failover, mode: "confirm" } }),
      "propose",
    ],
  ];
  for (const [name, decision, expected] of cases) assert.equal(decision.do, expected, name);
  const [, near9] = cases[1]!;
  assert.match(
    near9.do === "nothing" ? near9.why : "",
    /a has room again in 9 min, which is waited for/,
  );
  const over = at(limited, RESET + 1);
  assert.deepEqual(
    over.do === "park" && over.sessions,
    ["s1"],
    "then it is started anew in its place",
  );
});
