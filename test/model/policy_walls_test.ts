/**
 * Strategies, limits of one model, the way home, and what people have said.
 *
 * @module
 */
import type { Fact } from "../../lib/model/event.ts";
import {
  burning,
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
import { accountSpec, applied, folded, HOUR, sessionSpec, started, T0 } from "./fixtures.ts";

const alone = { failover: { strategy: "session" } } as const;
const move = { failover: { modelWall: "move" } } as const;
const home = { failover: { failBack: true } } as const;
const confirm = { failover: { mode: "confirm" } } as const;
const pin = (session: string, account: string): Fact => ({
  type: "session.pin.requested",
  session,
  account,
  by: "person",
});

/** Moved from a to b at a wall of a, whose reset comes. */
const away = pool(home, limited("s1"), wall("a", T0 + HOUR), ...moved("w1", "a", "b"));
const LATER = T0 + HOUR;
const byPerson = (session: string): Fact[] =>
  moved(`by-hand-${session}`, "b", "c", {
    by: "person",
    reason: { kind: "asked" },
    sessions: [session],
  });

testCases([
  {
    name: "pool: at the wall of one all go, idle ones too",
    state: pool({}, limited("s1"), wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "session: at a wall only who stands at it goes",
    state: pool(alone, limited("s1"), wall("a")),
    wants: "swap a→b s1 (wall)",
  },
  {
    name: "session: a wall at which nobody stands moves nobody",
    state: pool(alone, wall("a")),
    wants: /a: nobody stands at its limit \(failover.strategy: session\)/,
  },
  {
    name: "session: at a threshold nobody is in trouble",
    state: pool(alone, read("a", { five_hour: 95 })),
    wants: /nobody stands at its limit/,
  },
  {
    name: "session: nor for a forecast",
    state: burning(pool(alone), "a", { to: 85, perHour: 300 }),
    wants: /nobody stands at its limit/,
  },
  {
    name: "session: with nowhere to go who stands at the wall is parked",
    state: pool(alone, limited("s1"), wall("a"), wall("b"), wall("c")),
    wants: "park a s1 (wall)",
  },
  {
    name: "model wall: who stands at the limit of one model stays, and that is said",
    state: pool({}, limited("s1", "seven_day_opus")),
    wants:
      /s1 stands at the limit of the weekly Opus window of a, a limit of one model, and stays \(failover.model_wall\)/,
  },
  {
    name: "model wall: or moves alone",
    state: pool(move, limited("s1", "seven_day_opus")),
    wants: "swap a→b s1 (wall)",
  },
  {
    name: "model wall: not where that model is used up too",
    state: pool(move, limited("s1", "seven_day_opus"), read("b", { seven_day_opus: 100 })),
    wants: "swap a→c s1 (wall)",
  },
  {
    name: "model wall: nor back to where the model had no room",
    state: foldOnto(
      pool(
        move,
        ...moved("w1", "b", "a", {
          reason: { kind: "wall", session: "s1", window: "seven_day_opus" },
        }),
        read("c", { seven_day_opus: 101 }),
      ),
      limited("s1", "seven_day_opus"),
    ),
    wants:
      /b: a session has just left it at the limit of its weekly Opus window; c: its weekly Opus window is used up/,
  },
  {
    name: "model wall: a wall of the account comes first",
    state: pool(move, limited("s1", "seven_day_opus"), wall("a")),
    wants: "swap a→b s1 s2 (wall)",
  },
  {
    name: "model wall: a held session stays",
    state: pool(
      move,
      limited("s1", "seven_day_opus"),
      { type: "session.hold.requested", session: "s1", by: "person", reason: "demo" },
    ),
    wants: /every account in use has room/,
  },
  {
    name: "fail-back: after the reset they go home",
    state: away,
    at: LATER,
    wants: "swap b→a s1 s2 (fail_back)",
  },
  {
    name: "fail-back: not before it",
    state: away,
    at: LATER - MINUTE,
    wants: /b is not left for a, home of 2: its 5-hour window is used up/,
  },
  {
    name: "fail-back: not unless the config says so",
    state: pool({}, limited("s1"), wall("a", T0 + HOUR), ...moved("w1", "a", "b")),
    at: LATER,
    wants: /every account in use has room/,
  },
  {
    name: "fail-back: not within the minimum stay and the cool-down",
    state: pool(home, wall("a", T0 + 5 * MINUTE), ...moved("w1", "a", "b")),
    at: T0 + 6 * MINUTE,
    wants: /b is not left for a, home of 2: it was left a moment ago/,
  },
  {
    name: "fail-back: not within the minimum stay, with no cool-down either",
    state: pool(
      { failover: { failBack: true, coolDownMs: 0 } },
      wall("a", T0 + 5 * MINUTE),
      ...moved("w1", "a", "b"),
    ),
    at: T0 + 6 * MINUTE,
    wants: /b is not left for a yet \(failover.min_stay\)/,
  },
  {
    name: "fail-back: not to a home that is near its line again",
    state: foldOnto(away, read("a", { five_hour: 86 }, RESET + 5 * HOUR)),
    at: LATER,
    wants: /its five_hour stands at 86 %, too near its line/,
  },
  {
    name: "fail-back: a person's failover is a new home, and beats it",
    state: foldOnto(away, ...byPerson("s1"), ...byPerson("s2")),
    at: LATER,
    wants: /every account in use has room/,
  },
  {
    name: "fail-back: of that person's session alone",
    state: foldOnto(away, ...byPerson("s1")),
    at: LATER,
    wants: "swap b→a s2 (fail_back)",
  },
  {
    name: "fail-back: what the policy moves off that home goes back there, not to the first one",
    state: foldOnto(
      away,
      ...byPerson("s1"),
      ...byPerson("s2"),
      wall("c", T0 + HOUR),
      ...moved("w9", "c", "b"),
    ),
    at: LATER + 20 * MINUTE,
    wants: "swap b→c s1 s2 (fail_back)",
  },
  {
    name: "fail-back: a move that a person only agreed to is the policy's all the same",
    state: pool(
      home,
      wall("a", T0 + HOUR),
      ...moved("w1", "a", "b", {
        by: "person",
        reason: { kind: "wall", session: "s1", window: "five_hour" },
      }),
    ),
    at: LATER,
    wants: "swap b→a s1 s2 (fail_back)",
  },
  {
    name: "fail-back: a pin beats it",
    state: foldOnto(away, pin("s1", "b")),
    at: LATER,
    wants: "swap b→a s2 (fail_back)",
  },
  {
    name: "fail-back: in mode confirm it is proposed",
    state: pool(
      { failover: { failBack: true, mode: "confirm" } },
      wall("a", T0 + HOUR),
      ...moved("w1", "a", "b"),
    ),
    at: LATER,
    wants: "propose b→a s1 s2 (fail_back)",
  },
  {
    name: "a pin beats a wall: the pinned one stays, the other goes",
    state: pool({}, pin("s1", "a"), wall("a")),
    wants: "swap a→b s2 (wall)",
  },
  {
    name: "a session whose project does not allow the target stays",
    state: folded(
      applied({ sessions: [sessionSpec("s1", { allowedAccounts: ["a"] }), sessionSpec("s2")] }),
      ...started("s1", "r1"),
      ...started("s2", "r2", { conversation: "conversation-2" }),
      wall("a"),
    ),
    wants: "swap a→b s2 (wall)",
  },
  {
    name: "all full: who stands at the wall is parked, who can work stays",
    state: pool({}, prompted("s2"), limited("s1"), wall("a"), wall("b"), wall("c")),
    wants: "park a s1 (wall)",
  },
  {
    name: "all full: at a threshold who can work stays",
    state: pool({}, wall("b"), wall("c"), read("a", { five_hour: 95 })),
    wants: /a has no target/,
  },
  {
    name: "a wall that is over frees who still waits at its prompt",
    state: pool({}, limited("s1"), wall("a", NOW)),
    at: NOW,
    wants: "park a s1 (wall)",
  },
  {
    name: "of two accounts in trouble the one where somebody can do nothing goes first",
    state: folded(
      applied({ sessions: [sessionSpec("s1", { account: "b" }), sessionSpec("s2")] }),
      ...started("s1", "r1", { account: "b" }),
      ...started("s2", "r2", { conversation: "conversation-2" }),
      read("a", { five_hour: 95 }),
      limited("s1"),
      wall("b"),
    ),
    wants: "swap b→c s1 (wall)",
  },
  {
    name: "confirm: a threshold is proposed",
    state: pool(confirm, read("a", { five_hour: 95 })),
    wants: "propose a→b s1 s2 (threshold)",
  },
  {
    name: "confirm: with nowhere to go nothing is parked unasked",
    state: pool(confirm, limited("s1"), wall("a"), wall("b"), wall("c")),
    wants: /a has no target/,
  },
  {
    name: "mode off: nothing moves, whatever is full",
    state: pool({ failover: { mode: "off" } }, limited("s1"), wall("a")),
    wants: /failover.mode is off/,
  },
  {
    name: "an account with auto: false is never a target of the policy",
    state: pool(
      { accounts: [accountSpec("a"), accountSpec("b", { auto: false })] },
      limited("s1"),
      wall("a"),
    ),
    wants: "park a s1 (wall)",
  },
]);
