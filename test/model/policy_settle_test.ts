/**
 * Thresholds, forecasts, and what keeps work from going to and fro.
 *
 * @module
 */
import {
  burning,
  foldOnto,
  limited,
  MINUTE,
  moved,
  NOW,
  overage,
  pool,
  read,
  RESET,
  testCases,
  wall,
} from "../support/policy_cases.ts";
import { accountSpec, HOUR, sessionSpec } from "./fixtures.ts";

const near = read("a", { five_hour: 92 });
const back = moved("w1", "a", "b");
/** Both under b, which was come to at a threshold of a; a has had its reset since. */
const arrived = foldOnto(
  pool({}, near, ...back),
  read("a", { five_hour: 3 }, RESET + 5 * HOUR),
  read("c", { five_hour: 99 }),
  read("b", { five_hour: 94 }),
);
const week = (account: string, usedPct: number, resetsAt: number) =>
  read(account, { seven_day: usedPct }, resetsAt);

testCases([
  {
    name: "one point below its threshold nothing is left",
    state: pool({}, read("a", { five_hour: 89 })),
    wants: /room/,
  },
  {
    name: "at its threshold it is",
    state: pool({}, read("a", { five_hour: 90 })),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "the week has a threshold of its own",
    state: pool({}, read("a", { seven_day: 94 })),
    wants: /room/,
  },
  {
    name: "and counts as well",
    state: pool({}, read("a", { seven_day: 95 })),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "one model's week is not the account's",
    state: pool({}, read("a", { seven_day_opus: 100, seven_day_sonnet: 99 })),
    wants: /room/,
  },
  {
    name: "hysteresis: a target just below its own threshold is none",
    state: pool({}, near, read("b", { five_hour: 87 }), read("c", { five_hour: 84 })),
    wants: "swap a→c s1 s2 (threshold)",
  },
  {
    name: "hysteresis: it says so",
    state: pool({}, near, read("b", { five_hour: 87 }), read("c", { seven_day: 93 })),
    wants: /b: its five_hour stands at 87 %, too near its line .*; c: its seven_day stands at 93 %/,
  },
  {
    name: "hysteresis: who flees from a wall takes what room there is",
    state: pool({}, wall("a"), read("b", { five_hour: 87 })),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "hysteresis: can be turned off",
    state: pool({ failover: { hysteresisPct: 0 } }, near, read("b", { five_hour: 89 })),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "minimum stay: what has just come to an account does not leave it for a threshold",
    state: arrived,
    at: arrived.at + 9 * MINUTE,
    wants: /room/,
  },
  {
    name: "cool-down: after the minimum stay it does not go back to where it came from",
    state: arrived,
    at: arrived.at + 12 * MINUTE,
    wants: /a: it was left a moment ago, and is left alone for 3 min more/,
  },
  {
    name: "cool-down: after it, it does",
    state: arrived,
    at: arrived.at + 15 * MINUTE,
    wants: "swap b→a s1 s2 (threshold)",
  },
  {
    name: "cool-down: a wall does not wait for it",
    state: foldOnto(arrived, wall("b")),
    at: arrived.at + 5 * MINUTE,
    wants: "swap b→a s1 s2 (wall)",
  },
  {
    name: "cool-down: after a person's failover the policy does not undo it either",
    state: foldOnto(
      pool({}, ...moved("w1", "a", "b", { by: "person", reason: { kind: "asked" } })),
      read("b", { five_hour: 91 }),
      read("c", { five_hour: 99 }),
    ),
    at: NOW + 11 * MINUTE,
    wants: /a: it was left a moment ago/,
  },
  {
    name: "cool-down: a clock set back to before the move does not lock anything for ever",
    state: arrived,
    at: arrived.at - 5 * HOUR,
    wants: "swap b→a s1 s2 (threshold)",
  },
  {
    name: "forecast: the wall within move_ahead, near the line and fresh: they leave",
    state: burning(pool(), "a", { to: 82, perHour: 300 }),
    wants: "swap a→b s1 s2 (forecast)",
  },
  {
    name: "forecast: turned off, nothing moves",
    state: burning(pool({ failover: { moveAheadMs: 0 } }), "a", { to: 82, perHour: 300 }),
    wants: /room/,
  },
  {
    name: "forecast: a wall in half an hour is left to the threshold",
    state: burning(pool(), "a", { to: 82, perHour: 36 }),
    wants: /room/,
  },
  {
    name: "forecast: a window that resets before is not left",
    state: burning(pool(), "a", { to: 88, perHour: 200, resetsAt: NOW + 2 * MINUTE }),
    wants: /room/,
  },
  {
    name: "forecast: of the week as well",
    state: burning(pool(), "a", { to: 94, perHour: 90, window: "seven_day" }),
    wants: "swap a→b s1 s2 (forecast)",
  },
  {
    name: "forecast: what has just come does not leave for one",
    state: (() => {
      const here = pool({}, ...moved("w1", "c", "a"));
      return burning(here, "a", { to: 85, perHour: 300, now: here.at });
    })(),
    at: NOW,
    wants: /room/,
  },
  {
    name: "target: never one that would be full within the minimum stay, at its own pace",
    state: burning(pool({}, wall("a"), wall("c")), "b", { to: 80, perHour: 150 }),
    wants: /b: its five_hour would be full in 8 min, at the pace of 150 % an hour/,
  },
  {
    name: "target: nor at the pace of what comes along",
    state: burning(burning(pool({}, wall("c")), "a", { to: 95, perHour: 100 }), "b", {
      to: 80,
      perHour: 30,
    }),
    wants: /b: its five_hour would be full in 9 min, at the pace of 130 % an hour/,
  },
  {
    name: "target: one that lasts for the minimum stay is taken",
    state: burning(burning(pool({}, wall("c")), "a", { to: 95, perHour: 60 }), "b", {
      to: 80,
      perHour: 30,
    }),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "target: one that resets before it is full is taken",
    state: burning(pool({}, wall("a"), wall("c")), "b", {
      to: 80,
      perHour: 150,
      resetsAt: NOW + 7 * MINUTE,
    }),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "choose: by priority, whatever the room",
    state: pool({}, near, read("b", { five_hour: 80 }), read("c", { five_hour: 1 })),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "choose: by headroom",
    state: pool(
      { failover: { choose: "headroom" } },
      near,
      read("b", { five_hour: 80 }),
      read("c", { five_hour: 1 }),
    ),
    wants: "swap a→c s1 s2 (threshold)",
  },
  {
    name: "choose: by headroom the nearest of its windows counts",
    state: pool(
      { failover: { choose: "headroom" } },
      near,
      read("b", { five_hour: 40, seven_day: 40 }),
      read("c", { five_hour: 1, seven_day: 80 }),
    ),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "choose: by headroom a window past its reset is empty",
    state: pool(
      { failover: { choose: "headroom" } },
      read("a", { five_hour: 92 }, RESET + HOUR),
      read("b", { five_hour: 20 }, RESET + HOUR),
      read("c", { five_hour: 80 }, NOW),
    ),
    at: NOW + 1,
    wants: "swap a→c s1 s2 (threshold)",
  },
  {
    name: "choose: the week that ends first, since what is left of it would be lost",
    state: pool(
      { failover: { choose: "soonest_reset" } },
      near,
      week("b", 10, NOW + 90 * HOUR),
      week("c", 60, NOW + 9 * HOUR),
    ),
    wants: "swap a→c s1 s2 (threshold)",
  },
  {
    name: "choose: the end of a 5-hour window is no reason where the week is known",
    state: pool(
      { failover: { choose: "soonest_reset" } },
      near,
      read("b", { five_hour: 10 }, NOW + HOUR),
      week("b", 10, NOW + 90 * HOUR),
      read("c", { five_hour: 10 }, NOW + 4 * HOUR),
      week("c", 10, NOW + 9 * HOUR),
    ),
    wants: "swap a→c s1 s2 (threshold)",
  },
  {
    name: "choose: of equals the preferred one",
    state: pool({ failover: { choose: "soonest_reset" } }, near),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "wait: a reset that is near is waited for",
    state: pool(
      { failover: { waitIfResetWithinMs: 5 * MINUTE } },
      limited("s1"),
      wall("a", NOW + 4 * MINUTE),
    ),
    wants: /a has room again in 4 min, which is waited for/,
  },
  {
    name: "wait: also of what a forecast sees",
    state: burning(pool({ failover: { waitIfResetWithinMs: 10 * MINUTE } }), "a", {
      to: 85,
      perHour: 240,
      resetsAt: NOW + 8 * MINUTE,
    }),
    wants: /a has room again in 8 min/,
  },
  {
    name: "wait: one that is not is left",
    state: pool({ failover: { waitIfResetWithinMs: 5 * MINUTE } }, wall("a", NOW + 6 * MINUTE)),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "wait: can come after the accounts with a cap, and before the others",
    state: pool({
      accounts: [accountSpec("a"), accountSpec("b")],
      failover: { waitIfResetWithinMs: 5 * MINUTE, remedies: ["capped", "wait", "other"] },
    }, wall("a", NOW + 4 * MINUTE)),
    wants: /a has room again in 4 min/,
  },
  {
    name: "wait: not named, it is not done",
    state: pool(
      { failover: { waitIfResetWithinMs: 5 * MINUTE, remedies: ["capped", "other"] } },
      wall("a", NOW + 4 * MINUTE),
    ),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "wait: nobody waits where each answer is paid for",
    state: foldOnto(
      pool(
        { failover: { waitIfResetWithinMs: 5 * MINUTE } },
        read("a", { five_hour: 100 }, NOW + 4 * MINUTE),
      ),
      overage("a", true),
    ),
    wants: "swap a→b s1 s2 (bound)",
  },
  {
    name: "a pool whose sessions are all held moves nothing",
    state: pool({
      sessions: [sessionSpec("s1", { neverMove: true }), sessionSpec("s2", { neverMove: true })],
    }, near),
    wants: /no session of a may move there/,
  },
]);
