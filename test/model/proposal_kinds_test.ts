import assert from "node:assert/strict";
import { planFailover } from "../../lib/http/failover_plan.ts";
import { decide } from "../../lib/model/decide.ts";
import type { Fact, SwapReason } from "../../lib/model/event.ts";
import { declinedUntil, followUp } from "../../lib/model/proposal.ts";
import type { State } from "../../lib/model/state.ts";
import {
  burning,
  foldOnto,
  limited,
  MINUTE,
  moved,
  NOW,
  pool,
  read,
  wall,
} from "../support/policy_cases.ts";
import { HOUR, T0 } from "./fixtures.ts";

const DEADLINE = T0 + 3 * HOUR;
const confirm = { failover: { mode: "confirm" } } as const;

function proposed(from: string, to: string, reason: SwapReason, sessions?: string[]): Fact {
  const of = { proposal: "p1", from, to, reason, deadline: DEADLINE, then: "move" as const };
  return { type: "swap.proposed", ...of, ...(sessions ? { sessions } : {}) };
}

function follow(state: State, at = NOW): string {
  const next = followUp(state, at);
  return next === null || next.do === "keep" ? "keep" : `${next.do}: ${next.reason}`;
}

Deno.test("followUp() keeps a proposal whose reason is another one of the same weight", () => {
  const forecast = { kind: "forecast", window: "five_hour", usedPct: 85, wallAt: NOW } as const;
  const near = pool(confirm, read("a", { five_hour: 91 }), proposed("a", "b", forecast));
  assert.equal(follow(near), "keep");
  assert.match(follow(foldOnto(near, wall("a"))), /withdraw: a has hit its limit by now/);
  const slow = burning(pool(confirm, proposed("a", "b", forecast)), "a", { to: 85, perHour: 5 });
  assert.match(follow(slow), /withdraw: there is no reason to leave a any more/);
});

Deno.test("followUp() follows a proposal to go home as long as there is a way", () => {
  const later = T0 + HOUR;
  const away = pool(
    { failover: { mode: "confirm", failBack: true } },
    wall("a", later),
    ...moved("w1", "a", "b"),
  );
  const state = foldOnto(away, proposed("b", "a", { kind: "fail_back" }));
  assert.equal(follow(state, later), "keep");
  assert.match(follow(foldOnto(state, wall("a", later + HOUR)), later), /withdraw: .*used up/);
  const home = foldOnto(
    state,
    ...moved("w2", "b", "c", { by: "person", reason: { kind: "asked" } }),
  );
  assert.equal(follow(home, later), "keep", "a move off the account answers it");
  assert.equal(home.proposal, null);
  assert.equal(declinedUntil(state, state.proposal!, later), later + 24 * HOUR);
});

Deno.test("followUp() follows a proposal for the limit of one model", () => {
  const reason = { kind: "wall", session: "s1", window: "seven_day_opus" } as const;
  const failover = { mode: "confirm", modelWall: "move" } as const;
  const state = pool(
    { failover },
    limited("s1", "seven_day_opus"),
    proposed("a", "b", reason, ["s1"]),
  );
  assert.equal(follow(state), "keep");
  const next = followUp(state, DEADLINE);
  assert.deepEqual(
    next?.do === "lapse" && next.decision?.sessions,
    ["s1"],
    "and only that session goes",
  );
  const plan = planFailover(state, {}, NOW);
  assert.ok("plan" in plan);
  assert.deepEqual(plan.plan.sessions, ["s1"], "as when a person agrees to it");
  assert.deepEqual(plan.plan.left.map((l) => l.session), ["s2"]);
  const until = declinedUntil(state, state.proposal!, NOW);
  const closed = { proposal: "p1", how: "rejected", by: "person", reason: "", until } as const;
  const rejected = foldOnto(state, { type: "proposal.closed", ...closed });
  assert.equal(decide(rejected, NOW + MINUTE).do, "nothing", "nobody is asked again at once");
});

Deno.test("followUp() keeps a proposal of the last resort", () => {
  const accounts = pool().config!.accounts.map((spec) =>
    spec.id === "c" ? { ...spec, kind: "bedrock" as const, usdPerDay: 5 } : spec
  );
  const state = pool(
    { accounts, failover: { mode: "confirm", lastResort: ["c"] } },
    limited("s1"),
    wall("a"),
    wall("b"),
  );
  const decision = decide(state, NOW);
  assert.ok(decision.do === "propose" && decision.to === "c");
  assert.equal(follow(foldOnto(state, proposed("a", "c", decision.reason, ["s1"]))), "keep");
});

Deno.test("decide() proposes what is worse than what was declined, and nothing else", () => {
  const reason = { kind: "forecast", window: "five_hour", usedPct: 85, wallAt: NOW } as const;
  const declined = pool(
    confirm,
    read("a", { five_hour: 91 }),
    proposed("a", "b", reason),
    {
      type: "proposal.closed",
      proposal: "p1",
      how: "rejected",
      by: "person",
      reason: "",
      until: NOW + HOUR,
    },
  );
  assert.match(
    JSON.stringify(decide(declined, NOW + MINUTE)),
    /a person has rejected the proposal/,
  );
  assert.equal(decide(foldOnto(declined, wall("a")), NOW + MINUTE).do, "propose");
});
