/**
 * What went wrong with quota in programs near to ours, each named for the report, and what is decided here.
 *
 * @module
 */
import { RETRY_MS } from "../../lib/model/decide.ts";
import { WALL_WITHOUT_RESET_MS } from "../../lib/model/pressure.ts";
import {
  burning,
  failed,
  foldOnto,
  limited,
  MINUTE,
  moved,
  NOW,
  pool,
  prompted,
  read,
  RESET,
  testCases,
  wall,
} from "../support/policy_cases.ts";
import { accountSpec, HOUR, swapOff, T0 } from "./fixtures.ts";

const two = { accounts: [accountSpec("a"), accountSpec("b", { priority: 2 })] };
const bothFull = pool(two, limited("s1"), wall("a"), wall("b"));
const failedSwap = pool(
  {},
  wall("a"),
  swapOff("w1"),
  { type: "swap.failed", swap: "w1", reason: "b is not signed in" },
);
const swapped = pool(two, read("a", { five_hour: 92 }), ...moved("w1", "a", "b"));
const frozen = { type: "freeze.requested", by: "policy", reason: "a was suspended" } as const;

testCases([
  {
    name: "gastown 3445: no ping-pong between exhausted accounts, who stands at the wall is parked",
    state: bothFull,
    wants: "park a s1 (wall)",
  },
  {
    name: "gastown 3445: and nobody who can still work is moved from one full account to another",
    state: pool(two, wall("a"), wall("b")),
    wants: /a has no target \(b: its 5-hour window is used up\)/,
  },
  {
    name: "cswap: 47 rewrites in 3.9 h, an account that was just left is not gone back to",
    state: foldOnto(
      swapped,
      read("a", { five_hour: 1 }, RESET + 5 * HOUR),
      read("b", { five_hour: 95 }),
    ),
    at: swapped.at + 11 * MINUTE,
    wants: /left a moment ago, and is left alone for \d+ min more \(failover.cool_down\)/,
  },
  {
    name: "hive-mind 1936: a quota wall is no throttle, it moves everybody at once",
    state: pool({}, limited("s1"), wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "claude-relay-service 1189: a throttle is no quota wall, at 9 % nobody is locked out",
    state: pool({}, read("a", { five_hour: 9 }), failed("s1", "throttle")),
    wants: /every account in use has room/,
  },
  {
    name: "an overloaded server (529) moves nobody",
    state: pool({}, failed("s1", "server"), failed("s2", "server")),
    wants: /every account in use has room/,
  },
  {
    name: "a login that ran out moves nobody, and is told",
    state: pool({}, failed("s1", "login")),
    wants: /at a limit, but a is not ready \(its sign-in is gone\): mend it, or move its sessions/,
  },
  {
    name: "an account in use that is not ready is told, one that nobody uses is not",
    state: pool(
      {},
      { type: "account.checked", account: "a", problems: ["it is not signed in"] },
      { type: "account.checked", account: "b", problems: ["it has no config dir"] },
    ),
    wants: /no account in use is at a limit, but a is not ready \(it is not signed in\): mend it, /,
  },
  {
    name: "a credit wall moves nobody: it has no reset, and a person must act",
    state: pool({}, failed("s1", "billing")),
    wants: /every account in use has room/,
  },
  {
    name: "clauth 83: blind to the figures of every account, a wall moves all the same",
    state: pool({}, wall("a", null)),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "clauth 83: blind, nothing is made up: no figure is no reason to leave",
    state: pool(),
    wants: /every account in use has room/,
  },
  {
    name:
      "better-ccflare 135: a target of which nothing was read may be taken, unreadable is not full",
    state: pool({}, wall("a"), wall("c")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "unreadable is not zero: an unread account does not count as the one with the most room",
    state: pool(
      { failover: { choose: "headroom" } },
      wall("a"),
      read("c", { five_hour: 60, seven_day: 20 }),
    ),
    wants: "swap a→c s1 s2 (wall)",
  },
  {
    name: "CLIProxyAPI 5770: a wall that a later turn disproves is over before its reset",
    state: foldOnto(
      pool({}, limited("s1"), wall("a")),
      prompted("s2"),
      { type: "turn.ended", session: "s2", run: "r2" },
    ),
    wants: /every account in use has room/,
  },
  {
    name: "CLIProxyAPI 5277: an account whose reset has passed is no longer full",
    state: pool({}, wall("a", RESET), wall("b", T0 + HOUR), wall("c", RESET)),
    at: T0 + HOUR,
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "CLIProxyAPI 5639: a wall without a reset is not believed for ever",
    state: pool({}, wall("a", null)),
    at: T0 + 10_000 + WALL_WITHOUT_RESET_MS,
    wants: /every account in use has room/,
  },
  {
    name:
      "hive 670: 90 to 100 % within one poll gap is left before the wall, by pace and a fresh figure",
    state: burning(pool(), "a", { to: 85, perHour: 240 }),
    wants: "swap a→b s1 s2 (forecast)",
  },
  {
    name: "hive 670: the pace alone moves nobody, the figure must be of just now",
    state: burning(pool(), "a", { to: 85, perHour: 240, now: NOW - 4 * MINUTE }),
    wants: /every account in use has room/,
  },
  {
    name: "hive 670: nor does a pace far from the line",
    state: burning(pool(), "a", { to: 70, perHour: 500 }),
    wants: /every account in use has room/,
  },
  {
    name: "superset 7144: idle sessions are not skipped, they go with the pool",
    state: pool({}, prompted("s1"), read("a", { five_hour: 93 })),
    wants: "swap a→b s1 s2 (threshold)",
  },
  {
    name: "local-operator 537: the mover does not fire again at each turn after a move",
    state: foldOnto(
      swapped,
      read("b", { five_hour: 91 }),
      prompted("s1"),
      { type: "turn.ended", session: "s1", run: "r1" },
    ),
    at: swapped.at + 9 * MINUTE,
    wants: /every account in use has room/,
  },
  {
    name: "herdr-claude-auto-retry 6: prose about limits parks nobody, only a refusal is a wall",
    state: foldOnto(pool(), prompted("s1"), { type: "turn.ended", session: "s1", run: "r1" }),
    wants: /every account in use has room/,
  },
  {
    name:
      "duraclaw 103: a limit of which no account was told yet moves nobody on the session's word alone",
    state: pool({}, limited("s1")),
    wants: /every account in use has room/,
  },
  {
    name: "kendex 1443: who stands at a wall is not taken for stalled, he is moved whole",
    state: pool({}, limited("s1"), limited("s2"), wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "a failed swap is not fired again at once",
    state: failedSwap,
    at: failedSwap.at + RETRY_MS - 1,
    wants: /a: the last swap failed a moment ago/,
  },
  {
    name: "a failed swap is fired again after the clock was set back to before it",
    state: failedSwap,
    at: failedSwap.at - 6 * 60 * MINUTE,
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "caam 98: a target that fails its preflight is not taken",
    state: pool(
      two,
      wall("a"),
      { type: "account.checked", account: "b", problems: ["it is signed out"] },
    ),
    wants: /b: its last preflight found: it is signed out/,
  },
  {
    name: "a suspended account freezes everything: moving on would be evasion",
    state: pool({}, limited("s1"), wall("a"), frozen),
    wants: /frozen: a was suspended/,
  },
  {
    name: "orca 9616: a window that is over says nothing, whatever it stood at",
    state: pool({}, read("a", { five_hour: 99 }, T0 + 30_000)),
    wants: /every account in use has room/,
  },
  {
    name: "a clock that was set back does not make an old wall eternal",
    state: pool({}, wall("a", T0 + HOUR)),
    at: T0 + HOUR + RETRY_MS,
    wants: /every account in use has room/,
  },
]);
