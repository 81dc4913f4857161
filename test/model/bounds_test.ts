import assert from "node:assert/strict";
import fc from "fast-check";
import { assign } from "../../lib/model/assignment.ts";
import { spentToday } from "../../lib/model/bounds.ts";
import { decide } from "../../lib/model/decide.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { canGoBack, nextTarget, type Stay, unfit, wakeOf } from "../../lib/model/park.ts";
import { pressure } from "../../lib/model/pressure.ts";
import { EMPTY, entry, type State } from "../../lib/model/state.ts";
import { isToStart } from "../../lib/watcher/restarts.ts";
import { costOf } from "../../lib/quota/costs.ts";
import { groundsOf } from "../../lib/model/grounds.ts";
import {
  burning,
  foldOnto,
  MINUTE,
  NOW,
  overage,
  pool,
  read,
  RESET,
  wall,
} from "../support/policy_cases.ts";
import { anyFacts, asEvents } from "./arbitrary.ts";
import { accountSpec, HOUR, sessionSpec, swapOff, T0 } from "./fixtures.ts";

const STAY: Stay = { session: "s1", own: ["a"], avoid: [], since: NOW, asked: false };
const MIDNIGHT = Date.UTC(2026, 10, 23);
const a = accountSpec("a");
const api = accountSpec("api", { kind: "api-key", usdPerDay: 10 });
const sessions = ["s1", "s2"].map((name) =>
  sessionSpec(name, { allowedAccounts: ["a", "b", "api"] })
);
const withApi = {
  accounts: [a, api],
  sessions,
  failover: { toKinds: ["subscription", "api-key"] as const },
};
const paid = [read("a", { five_hour: 100 }), overage("a", true)];

function cost(totalUsd: number, account = "api", session = "s1"): Fact {
  return { type: "cost.read", account, session, run: "r1", totalUsd };
}

Deno.test("wakeOf() wakes nobody where a bound is reached, but when it ends", () => {
  const reserve = { accounts: [accountSpec("a", { reservePct: 20 })] };
  const never = { ...withApi, accounts: [{ ...api, usdPerDay: 0 }] };
  const lastResort = {
    ...withApi,
    accounts: [a, { ...api, priority: 0 }],
    failover: { lastResort: ["api"] },
  };
  const full = wall("a", MIDNIGHT + HOUR);
  const cases: [string, State, Partial<Stay>, [string, number] | null][] = [
    ["overage: at the reset", pool({ accounts: [a] }, ...paid), {}, ["a", RESET]],
    ["overage: also who is asked for", pool({ accounts: [a] }, ...paid), { asked: true }, [
      "a",
      RESET,
    ]],
    ["who is asked for comes up elsewhere", pool({}, ...paid), { asked: true }, ["b", NOW]],
    ["a full one does for who is asked for", pool({ accounts: [a] }, full), { asked: true }, [
      "a",
      NOW,
    ]],
    ["below the cap", pool(withApi, full, cost(9)), {}, ["api", NOW]],
    ["cap: at midnight", pool(withApi, full, cost(11)), {}, ["api", MIDNIGHT]],
    ["cap of nothing: never", pool(never, cost(1)), {}, null],
    ["reserve: at the reset", pool(reserve, read("a", { five_hour: 85 })), {}, ["a", RESET]],
    ["last resort: when all others are full", pool(lastResort, full), {}, ["api", NOW]],
    ["last resort: after all others", pool(lastResort), { own: [] }, ["a", NOW]],
  ];
  for (const [name, state, changes, expected] of cases) {
    const wake = wakeOf(state, { ...STAY, ...changes }, NOW);
    assert.deepEqual(wake && [wake.account, wake.at], expected, name);
  }
});

Deno.test("unfit() keeps also a person's move from where it would be paid for", () => {
  const byHand = swapOff("w1", { by: "person" });
  const state = pool({}, read("b", { five_hour: 100 }), overage("b", true), byHand);
  const swap = state.swaps.w1!;
  assert.match(unfit(state, swap, swap.moves.s1!, NOW) ?? "", /paid for past the plan/);
  const full = pool({}, wall("b"), byHand);
  assert.equal(
    unfit(full, full.swaps.w1!, full.swaps.w1!.moves.s1!, NOW),
    null,
    "a wall they chose",
  );
});

Deno.test("isToStart() starts nobody where the work would cost too much", () => {
  const dead: Fact = { type: "run.ended", session: "s1", run: "r1", exit: 1 };
  const state = pool({ accounts: [a] }, ...paid, dead);
  assert.equal(isToStart(state, state.sessions.s1!, NOW), false);
  assert.equal(isToStart(state, state.sessions.s1!, RESET), true);
  const capped = pool({ accounts: [{ ...a, kind: "api-key", usdPerDay: 1 }] }, cost(2, "a"), dead);
  assert.equal(isToStart(capped, capped.sessions.s1!, NOW), false);
  assert.equal(isToStart(capped, capped.sessions.s1!, MIDNIGHT), true);
});

Deno.test("fold() adds up what was added, by account and day, and nothing that a plan covers", () => {
  const spent = (state: State, id: string, at = NOW) => spentToday(state.accounts[id]!, at);
  const state = pool(withApi, cost(40, "a"), cost(41), cost(43), cost(5, "api", "s2"));
  assert.deepEqual([spent(state, "a"), spent(state, "api")], [0, 3 + 5]);
  assert.equal(spent(foldOnto(state, cost(2)), "api"), 10, "a smaller sum has begun anew");
  assert.equal(spent(state, "api", MIDNIGHT), 0);
  const inUse = pool({}, overage("a", true), cost(40, "a"));
  assert.equal(spent(inUse, "a"), 40, "past the plan it is paid for");

  const at = (state: State, fact: Fact, at: number) =>
    fold(state, { ...fact, seq: state.seq + 1, at } as Event);
  const nextDay = at(state, cost(44), MIDNIGHT);
  assert.equal(spent(nextDay, "api", MIDNIGHT), 1);
  const setBack = at(nextDay, cost(45), MIDNIGHT - MINUTE);
  assert.equal(
    spent(setBack, "api", MIDNIGHT - MINUTE),
    2,
    "no new day by a clock that is set back",
  );
});

Deno.test("costOf() tells a cost that has moved, where some account has a cap", () => {
  const line = (costUsd: number | null) => ({
    conversation: "c",
    windows: {},
    costUsd,
    model: null,
    transcript: null,
  });
  const capped = pool({ ...withApi, accounts: [{ ...a, kind: "api-key", usdPerDay: 9 }] });
  const of = { account: "a", session: "s1", run: "r1" };
  const told = (state: State, usd: number | null) => costOf(state, state.sessions.s1!, line(usd));
  assert.deepEqual(told(capped, 0.02), [{ type: "cost.read", ...of, totalUsd: 0.02 }]);
  assert.deepEqual([told(capped, 0.002), told(capped, null), told(pool(), 5)], [[], [], []]);
  const elsewhere = pool(withApi);
  assert.deepEqual([told(elsewhere, 0.2).length, told(elsewhere, 0.3).length], [0, 1]);
});

Deno.test("groundsOf() keeps forecasts and money beside the figures, where there are any", () => {
  const state = burning(pool(withApi, cost(3), overage("a", false)), "a", { to: 60, perHour: 40 });
  const [of, ofApi] = groundsOf(state, { from: "a", by: "policy", now: NOW }).readings;
  assert.equal(of?.forecasts?.five_hour?.is, "known");
  assert.equal(of?.overage?.enabled, true);
  assert.deepEqual(ofApi?.spent, { day: "2026-11-22", usd: 3 });
  assert.ok(!("forecasts" in ofApi!) && !("overage" in ofApi!));
});

Deno.test("no decision of ours leads to where it is paid for, whatever has happened", () => {
  let decisive = 0;
  fc.assert(
    fc.property(anyFacts, fc.array(fc.integer({ min: 1, max: 7 })), (facts, choice) => {
      const seen = choice.map((n) => overage("abc"[n % 3]!, n % 2 === 0, n % 3 === 0));
      const state = asEvents([...facts, ...seen], [T0]).reduce(fold, EMPTY);
      const isPaid = (id: string) => {
        const spec = state.config?.accounts.find((one) => one.id === id);
        const account = entry(state.accounts, id);
        const p = spec && account && pressure(account, spec, T0);
        return p?.is === "full" && p.bound === "overage";
      };
      decisive += Object.keys(state.accounts).filter(isPaid).length;
      const decision = decide(state, T0);
      if (decision.do === "swap" || decision.do === "propose") assert.ok(!isPaid(decision.to));
      for (const { session } of assign(state, T0)) {
        assert.ok(!isPaid(state.sessions[session]!.account));
      }
      for (const session of Object.values(state.sessions)) {
        for (const asked of [true, false]) {
          const own = [session.account];
          const wake = wakeOf(state, { ...STAY, session: session.name, own, asked }, T0);
          assert.ok(!wake || wake.at > T0 || !isPaid(wake.account));
        }
        const under = session.pin?.account ?? session.account;
        assert.ok(!isToStart(state, session, T0) || !isPaid(under));
      }
      const swap = state.runningSwap === null ? null : state.swaps[state.runningSwap]!;
      for (const move of Object.values(swap?.moves ?? {})) {
        const next = nextTarget(state, swap!, move, T0);
        assert.ok(next === null || !isPaid(next));
        assert.ok(!isPaid(move.to) || unfit(state, swap!, move, T0) !== null);
        const known = swap!.config.accounts.some((one) => one.id === swap!.from);
        if (known && state.config === swap!.config && isPaid(swap!.from)) {
          assert.equal(canGoBack(state, swap!, move, T0), false);
        }
      }
    }),
    { numRuns: 2_000 },
  );
  assert.ok(decisive > 200, `accounts in paid use: ${decisive}`);
});
