/**
 * What may cost money: accounts with a cap, the last resort, what its owner keeps, paid use past the plan.
 *
 * @module
 */
import type { Fact } from "../../lib/model/event.ts";
import {
  foldOnto,
  limited,
  MINUTE,
  overage,
  pool,
  read,
  RESET,
  testCases,
  wall,
} from "../support/policy_cases.ts";
import { accountSpec, HOUR, sessionSpec, swapOff, T0 } from "./fixtures.ts";

const anywhere = ["a", "b", "c", "api", "cloud"];
const sessions = ["s1", "s2"].map((name) => sessionSpec(name, { allowedAccounts: anywhere }));
const api = accountSpec("api", { kind: "api-key", priority: 9, usdPerDay: 10 });
const cloud = accountSpec("cloud", { kind: "bedrock", priority: 8, auto: false, usdPerDay: 5 });
const [a, b] = [accountSpec("a"), accountSpec("b", { priority: 2 })];
const kinds = ["subscription", "api-key"] as const;
const toBoth = { accounts: [a, b, api], sessions, failover: { toKinds: kinds } };
const lastResort = {
  accounts: [a, b, cloud],
  sessions,
  failover: { lastResort: ["cloud"] },
};

function cost(session: string, account: string, totalUsd: number): Fact {
  return { type: "cost.read", account, session, run: "r", totalUsd };
}

const midnight = Date.UTC(2026, 10, 23);
const kept = { accounts: [accountSpec("a", { reservePct: 20 }), b] };
const only = { accounts: [a] };
const allowed = { accounts: [accountSpec("a", { overage: { usdPerDay: 5 } })] };
const full = read("a", { five_hour: 100 });

testCases([
  {
    name: "money: an account with a cap comes before another subscription",
    state: pool(toBoth, wall("a")),
    wants: "swap a→api s1 s2 (wall)",
  },
  {
    name: "money: without a cap it keeps its place by priority, as it always did",
    state: pool({
      ...toBoth,
      accounts: [a, b, accountSpec("api", { kind: "api-key", priority: 9 })],
    }, wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "money: of a kind that to_kinds does not name it is not taken",
    state: pool({ ...toBoth, failover: { toKinds: ["subscription"] } }, wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "money: with auto: false neither",
    state: pool({ ...toBoth, accounts: [a, b, { ...api, auto: false }] }, wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "money: another order of remedies",
    state: pool(
      { ...toBoth, failover: { toKinds: kinds, remedies: ["wait", "other", "capped"] } },
      wall("a"),
    ),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "money: what the remedies do not name is not done",
    state: pool(
      { ...toBoth, failover: { toKinds: kinds, remedies: ["wait", "other"] } },
      wall("a"),
      wall("b"),
    ),
    wants: /api: failover.remedies does not name capped/,
  },
  {
    name: "money: past its cap it is full",
    state: pool(
      toBoth,
      cost("s9", "api", 4),
      cost("s1", "api", 6),
      cost("s2", "api", 4.5),
      wall("a"),
      wall("b"),
    ),
    wants: /api: it has cost its 10 USD of today/,
  },
  {
    name: "money: below it is not",
    state: pool(toBoth, cost("s1", "api", 9.9), wall("a")),
    wants: "swap a→api s1 s2 (wall)",
  },
  {
    name: "money: what a conversation has cost elsewhere is not charged",
    state: pool(toBoth, cost("s1", "a", 40), cost("s1", "api", 41), wall("a")),
    wants: "swap a→api s1 s2 (wall)",
  },
  {
    name: "money: the next day (UTC) it has room again",
    state: pool(toBoth, cost("s1", "api", 12), wall("a", midnight + HOUR)),
    at: midnight,
    wants: "swap a→api s1 s2 (wall)",
  },
  {
    name: "money: sessions under an account leave it at its cap",
    state: pool(
      { ...toBoth, accounts: [{ ...a, usdPerDay: 3, kind: "api-key" }, b] },
      cost("s1", "a", 3),
    ),
    wants: "swap a→b s1 s2 (bound)",
  },
  {
    name: "money: and are parked with nowhere to go, the idle ones too",
    state: pool(
      { ...toBoth, accounts: [{ ...a, usdPerDay: 3, kind: "api-key" }, b] },
      wall("b"),
      cost("s1", "a", 3),
    ),
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "money: a cap of nothing is never used",
    state: pool({ ...toBoth, accounts: [a, b, { ...api, usdPerDay: 0 }] }, wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "last resort: not while another account has room",
    state: pool(lastResort, limited("s1"), wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "last resort: with all full, for what stands still alone",
    state: pool(lastResort, limited("s1"), wall("a"), wall("b")),
    wants: "swap a→cloud s1 (wall)",
  },
  {
    name: "last resort: nobody who can work is moved there",
    state: pool(lastResort, read("a", { five_hour: 95 }), wall("b")),
    wants: /cloud: kept as the last resort/,
  },
  {
    name: "last resort: not past its cap",
    state: pool(lastResort, cost("s1", "cloud", 5), limited("s1"), wall("a"), wall("b")),
    wants: "park a s1 (wall)",
  },
  {
    name: "last resort: in mode confirm it is proposed",
    state: pool(
      { ...lastResort, failover: { ...lastResort.failover, mode: "confirm" } },
      limited("s1"),
      wall("a"),
      wall("b"),
    ),
    wants: "propose a→cloud s1 (wall)",
  },
  {
    name: "reserve: sessions leave at what is its owner's",
    state: pool(kept, read("a", { five_hour: 80 })),
    wants: "swap a→b s1 s2 (bound)",
  },
  { name: "reserve: not before", state: pool(kept, read("a", { five_hour: 79 })), wants: /room/ },
  {
    name: "reserve: with nowhere to go who is at work is parked, who is idle stays",
    state: pool(kept, wall("b"), {
      type: "prompt.accepted",
      session: "s1",
      run: "r1",
      mark: null,
      seenAt: T0,
    }, read("a", { five_hour: 80 })),
    wants: "park a s1 (bound)",
  },
  {
    name: "reserve: a target is full at its own",
    state: pool(
      { accounts: [a, accountSpec("b", { reservePct: 30 })] },
      wall("a"),
      read("b", { five_hour: 72 }),
    ),
    wants: /b: the rest of its 5-hour window is kept for its owner \(reserve_pct: 30\)/,
  },
  {
    name: "reserve: a target just below it is too near its line",
    state: pool(
      { accounts: [a, accountSpec("b", { reservePct: 20 })] },
      read("a", { five_hour: 95 }),
      read("b", { five_hour: 78 }),
    ),
    wants: /b: its five_hour stands at 78 %, too near its line/,
  },
  {
    name: "overage: a swap that failed is not waited for, they are parked",
    state: foldOnto(
      pool({}, full, overage("a", true)),
      swapOff("w1", { sessions: ["s1", "s2"] }),
      { type: "swap.failed", swap: "w1", reason: "b is signed out" },
    ),
    at: T0 + 20_000,
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: a park that failed is tried again after a rest",
    state: foldOnto(
      pool(only, full, overage("a", true)),
      {
        type: "park.requested",
        swap: "w1",
        from: "a",
        by: "policy",
        reason: { kind: "asked" },
        sessions: ["s1"],
      },
      { type: "swap.failed", swap: "w1", reason: "" },
    ),
    at: T0 + 20_000,
    wants: /a: the last swap failed a moment ago/,
  },
  {
    name:
      "money: an account with a cap is gone to before a near reset is waited for, in that order",
    state: pool({
      ...toBoth,
      failover: {
        toKinds: kinds,
        waitIfResetWithinMs: 10 * MINUTE,
        remedies: ["capped", "wait", "other"],
      },
    }, wall("a", T0 + 6 * MINUTE)),
    wants: "swap a→api s1 s2 (wall)",
  },
  {
    name: "overage: sessions found in it leave",
    state: foldOnto(pool({}, full), overage("a", true)),
    wants: "swap a→b s1 s2 (bound)",
  },
  {
    name: "overage: and are parked with nowhere to go",
    state: foldOnto(pool(only, full), overage("a", true)),
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: in mode off as well, since nothing of ours may cost",
    state: foldOnto(pool({ failover: { mode: "off" } }, full), overage("a", true)),
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: in mode confirm nobody is asked first",
    state: foldOnto(pool({ failover: { mode: "confirm" } }, full), overage("a", true)),
    wants: "park a s1 s2 (bound)",
  },
  {
    name:
      "overage: where it is on, an account near its limit is left before the turn that would cost",
    state: foldOnto(pool(only, read("a", { five_hour: 91 })), overage("a", false)),
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: where it is off at the provider, the limit is a limit",
    state: foldOnto(pool(only, read("a", { five_hour: 91 })), overage("a", false, false)),
    wants: /a has no target/,
  },
  {
    name: "overage: such an account is no target",
    state: foldOnto(
      pool({ accounts: [a, b] }, wall("a"), read("b", { five_hour: 100 })),
      overage("b", true),
    ),
    wants: /b: its next turn would be paid for past the plan/,
  },
  {
    name: "overage: after the reset it is over",
    state: foldOnto(pool({}, full), overage("a", true)),
    at: RESET,
    wants: /room/,
  },
  {
    name: "overage: seen while the figures could not be had, it is not over with the first reset",
    state: foldOnto(
      pool(only, read("a", { five_hour: 60 }), read("a", { seven_day: 92 }, RESET + 20 * HOUR)),
      overage("a", true),
    ),
    at: RESET + HOUR,
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: over by a later word",
    state: foldOnto(
      pool(only, full),
      overage("a", true),
      read("a", { five_hour: 2 }),
      overage("a", false),
    ),
    at: RESET - MINUTE,
    wants: /room/,
  },
  {
    name: "overage: nobody has ever read a figure there",
    state: foldOnto(pool(only), overage("a", true)),
    at: RESET,
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: allowed, nobody has to stop",
    state: foldOnto(pool(allowed, read("a", { five_hour: 99 })), overage("a", true)),
    wants: /a has no target/,
  },
  {
    name: "overage: allowed, up to its cap",
    state: foldOnto(foldOnto(pool(allowed, full), overage("a", true)), cost("s1", "a", 5)),
    wants: "park a s1 s2 (bound)",
  },
  {
    name: "overage: a held session stays, and that is its person's word",
    state: foldOnto(
      pool(only, full, {
        type: "session.hold.requested",
        session: "s1",
        by: "person",
        reason: "demo",
      }),
      overage("a", true),
    ),
    wants: "park a s2 (bound)",
  },
  {
    name: "overage: a freeze keeps all as it is",
    state: foldOnto(
      pool(only, full, { type: "freeze.requested", by: "person", reason: "lunch" }),
      overage("a", true),
    ),
    wants: /frozen: lunch/,
  },
]);
