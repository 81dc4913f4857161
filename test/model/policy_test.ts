import assert from "node:assert/strict";
import type { Config } from "../../lib/model/config.ts";
import type { Fact } from "../../lib/model/event.ts";
import { decide, RETRY_MS } from "../../lib/model/decide.ts";
import { judge } from "../../lib/model/judge.ts";
import {
  candidates,
  movable,
  pressure,
  RECHECK_MS,
  WALL_WITHOUT_RESET_MS,
} from "../../lib/model/policy.ts";
import type { WindowName } from "../../lib/model/quota.ts";
import { NEW_ACCOUNT, type State } from "../../lib/model/state.ts";
import {
  accountSpec,
  applied,
  config,
  folded,
  foldOnto,
  HOUR,
  plan,
  sessionSpec,
  started,
  swapOff,
  T0,
} from "./fixtures.ts";

const RESET = T0 + 3 * HOUR;
/** A minute after the facts. */
const NOW = T0 + 60_000;

function read(account: string, windows: Partial<Record<WindowName, number>>): Fact {
  const readings = Object.entries(windows).map(([name, usedPct]) => [name, {
    usedPct,
    resetsAt: RESET,
  }]);
  return {
    type: "quota.read",
    account,
    source: "status line",
    windows: Object.fromEntries(readings),
  };
}

function wall(account: string, resetsAt: number | null = RESET): Fact {
  return {
    type: "quota.wall",
    transcript: null,
    account,
    session: "s1",
    window: "five_hour",
    resetsAt,
    evidence: ["StopFailure", "usage_limit_reached"],
  };
}

/** Both sessions at work under a. */
function pool(changes: Parameters<typeof applied>[0] = {}, ...facts: Fact[]) {
  const both = [...started("s1", "r1"), ...started("s2", "r2", { conversation: "conversation-2" })];
  return folded(applied(changes), ...both, ...facts);
}

// -- pressure() --

Deno.test("pressure() names the window that is nearest to its line", () => {
  const spec = accountSpec("a", { thresholds: { fiveHourPct: 90, weeklyPct: 50 } });
  const cases: [string, Fact[], unknown][] = [
    ["nothing read", [], { is: "unknown" }],
    ["room", [read("a", { five_hour: 89.9, seven_day: 10 })], {
      is: "room",
      window: "five_hour",
      usedPct: 89.9,
    }],
    ["on the line", [read("a", { five_hour: 90 })], {
      is: "near",
      window: "five_hour",
      usedPct: 90,
    }],
    ["the smaller figure may be nearer", [read("a", { five_hour: 70, seven_day: 45 })], {
      is: "room",
      window: "seven_day",
      usedPct: 45,
    }],
    ["full", [read("a", { five_hour: 10, seven_day: 100 })], {
      is: "full",
      window: "seven_day",
      resetsAt: RESET,
    }],
    ["one model's window is not the account's", [read("a", { seven_day_opus: 100 })], {
      is: "unknown",
    }],
    ["a wall, whatever the figures say", [read("a", { five_hour: 40 }), wall("a")], {
      is: "full",
      window: "five_hour",
      resetsAt: RESET,
    }],
  ];
  for (const [name, facts, expected] of cases) {
    const account = folded(...facts).accounts.a ?? NEW_ACCOUNT;
    assert.deepEqual(pressure(account, spec, NOW), expected, name);
  }
});

Deno.test("pressure() believes a figure and a wall until their reset", () => {
  const spec = accountSpec("a");
  const full = folded(read("a", { five_hour: 100 })).accounts.a!;
  assert.equal(pressure(full, spec, RESET - 1).is, "full");
  assert.equal(pressure(full, spec, RESET).is, "unknown", "unreadable is not zero");
  const walled = folded(wall("a")).accounts.a!;
  assert.equal(pressure(walled, spec, RESET - 1).is, "full");
  assert.equal(pressure(walled, spec, RESET).is, "unknown");
  const unsaid = folded(wall("a", null)).accounts.a!;
  const since = T0 + 1_000;
  assert.equal(pressure(unsaid, spec, since + WALL_WITHOUT_RESET_MS - 1).is, "full");
  assert.equal(pressure(unsaid, spec, since + WALL_WITHOUT_RESET_MS).is, "unknown");
});

// -- movable() --

Deno.test("movable() says of each session whether it may go there, and why not", () => {
  const state = pool(
    {
      sessions: [
        sessionSpec("s1"),
        sessionSpec("s2", { neverMove: true }),
        sessionSpec("s3", { allowedAccounts: ["a", "c"] }),
        sessionSpec("s4"),
        sessionSpec("s5", { account: "b" }),
      ],
    },
    ...started("s3", "r3"),
    ...started("s5", "r5", { account: "b" }),
  );
  assert.deepEqual(movable(state, "a", "b", { by: "person", now: NOW }), {
    sessions: ["s1"],
    left: [
      { session: "s2", why: "held (never_move)" },
      { session: "s3", why: "its project does not allow b" },
      { session: "s4", why: "it is absent" },
    ],
  });
  const dropped = pool({}, applied({ sessions: [sessionSpec("s2")] }));
  assert.deepEqual(movable(dropped, "a", "b", { by: "person", now: NOW }).left, [
    { session: "s1", why: "it is no longer in the config" },
  ]);
});

// -- candidates() --

Deno.test("candidates() puts who can take the work first, by priority, and the rest with reasons", () => {
  const state = pool(
    {
      accounts: [
        accountSpec("a"),
        accountSpec("full", { priority: 2 }),
        accountSpec("near", { priority: 3 }),
        accountSpec("manual", { priority: 4, auto: false }),
        accountSpec("metered", { priority: 5, kind: "api-key" }),
        accountSpec("broken", { priority: 6 }),
        accountSpec("foreign", { priority: 7 }),
        accountSpec("second", { priority: 9 }),
        accountSpec("first", { priority: 8 }),
      ],
      sessions: ["s1", "s2"].map((name) =>
        sessionSpec(name, {
          allowedAccounts: [
            "full",
            "near",
            "manual",
            "metered",
            "broken",
            "first",
            "second",
          ],
        })
      ),
    },
    wall("full"),
    read("near", { seven_day: 96 }),
    { type: "account.checked", account: "broken", problems: ["signed out"] },
  );
  const reasons = {
    first: null,
    second: null,
    full: "its 5-hour window is used up",
    near: "its seven_day stands at 96 %",
    manual: "auto: false",
    metered: "failover.to_kinds does not name api-key",
    broken: "its last preflight found: signed out",
    foreign: "no session of a may move there",
  };
  const asked = { from: "a", by: "policy", now: NOW } as const;
  const found = candidates(state, asked);
  assert.deepEqual(found.map((c) => [c.account, c.rejected]), Object.entries(reasons));

  const byHand = candidates(state, { ...asked, by: "person" });
  const rejected = byHand.filter((c) => c.rejected !== null).map((c) => c.account);
  assert.deepEqual(rejected, ["full", "foreign"], "a person may go where the policy may not");

  const later = candidates(state, { ...asked, now: T0 + RECHECK_MS + 60_000 });
  assert.equal(later.find((c) => c.account === "broken")?.rejected, null, "it is checked again");
});

Deno.test("candidates() finds the next account for a session that a move has stopped already", () => {
  const state = folded(
    applied({ sessions: [sessionSpec("s1", { allowedAccounts: ["a", "b", "c"] })] }),
    ...started("s1", "r1"),
    swapOff("w1"),
    { type: "run.stopping", session: "s1", run: "r1", why: "swap w1", tree: [] },
    { type: "run.ended", session: "s1", run: "r1", exit: 143 },
    {
      type: "move.planned",
      swap: "w1",
      session: "s1",
      plan: plan("r2", { account: "b", how: "resume" }),
    },
    wall("b"),
  );
  const found = candidates(state, { from: "a", by: "policy", now: NOW, session: "s1" });
  assert.deepEqual(found, [
    { account: "c", rejected: null },
    { account: "b", rejected: "its 5-hour window is used up" },
  ]);
});

// -- decide() --

Deno.test("decide() moves both sessions off an account at its wall", () => {
  const limited: Fact = {
    type: "turn.failed",
    session: "s2",
    run: "r2",
    refusal: { kind: "quota", window: "five_hour", text: "" },
    seenAt: T0,
  };
  assert.deepEqual(decide(pool({}, limited, wall("a")), NOW), {
    do: "swap",
    from: "a",
    to: "b",
    reason: { kind: "wall", session: "s2", window: "five_hour" },
    sessions: ["s1", "s2"],
  });
});

Deno.test("decide() moves at a threshold, but not away from where work has just arrived", () => {
  const near = read("a", { five_hour: 92 });
  const expected = {
    do: "swap",
    from: "a",
    to: "b",
    reason: { kind: "threshold", window: "five_hour", usedPct: 92 },
    sessions: ["s1", "s2"],
  };
  assert.deepEqual(decide(pool({}, near), NOW), expected);

  const swapped: Fact[] = [
    swapOff("w0", { from: "b", to: "a" }),
    { type: "move.finished", swap: "w0", session: "s1" },
    { type: "swap.finished", swap: "w0" },
  ];
  const arrived = pool({ failover: { coolDownMs: 0 } }, ...swapped, near);
  const arrivedAt = arrived.accounts.a!.arrivedAt!;
  const { minStayMs } = config().failover;
  assert.equal(decide(arrived, arrivedAt + minStayMs - 1).do, "nothing");
  assert.deepEqual(decide(arrived, arrivedAt + minStayMs), expected);
  assert.equal(decide(pool({}, ...swapped, wall("a")), arrivedAt + 1).do, "swap", "a wall counts");
});

Deno.test("decide() only proposes, in mode confirm", () => {
  const state = pool({ failover: { mode: "confirm" } }, wall("a"));
  assert.deepEqual(decide(state, NOW), { ...decide(pool({}, wall("a")), NOW), do: "propose" });
});

Deno.test("decide() does nothing, and says why", () => {
  const up: Fact = { type: "daemon.started", pid: 1, version: "0.1.0", boot: "b" };
  const toNobody: Partial<Config> = { sessions: [sessionSpec("s1", { neverMove: true })] };
  const cases: [ReturnType<typeof pool>, RegExp][] = [
    [folded(), /no config is in force/],
    [pool({}), /every account in use has room/],
    [pool({}, wall("c")), /every account in use has room/],
    [folded(applied(), wall("a")), /every account in use has room/],
    [pool({ failover: { mode: "off" } }, wall("a")), /failover.mode is off/],
    [
      pool({}, wall("a"), { type: "freeze.requested", by: "person", reason: "lunch" }),
      /frozen: lunch/,
    ],
    [pool({}, wall("a"), swapOff("w1")), /swap w1 is running/],
    [
      pool({}, up, wall("a"), { type: "daemon.stop.requested", by: "person", endSessions: false }),
      /is stopping/,
    ],
    [
      pool({}, wall("a"), wall("b"), wall("c")),
      /a has no target \(b: its 5-hour window is used up; c: its 5-hour window is used up\)/,
    ],
    [
      pool({ accounts: [accountSpec("a")] }, wall("a")),
      /a has no target \(it is the only account\)/,
    ],
    [folded(applied(toNobody), ...started("s1", "r1"), wall("a")), /no session of a may move/],
  ];
  for (const [state, why] of cases) {
    const decision = decide(state, NOW);
    assert.equal(decision.do, "nothing");
    assert.match("why" in decision ? decision.why : "", why);
  }
});

Deno.test("decide() waits a moment after a swap that failed", () => {
  const failed: Fact = { type: "swap.failed", swap: "w1", reason: "b is not signed in" };
  const state = pool({}, wall("a"), swapOff("w1"), failed);
  const { at } = state;
  assert.match(JSON.stringify(decide(state, at + RETRY_MS - 1)), /failed a moment ago/);
  assert.equal(decide(state, at + RETRY_MS).do, "swap");
});

// -- judge() --

Deno.test("judge() refuses a swap that the state does not allow, and says why", () => {
  const up: Fact = { type: "daemon.started", pid: 1, version: "0.1.0", boot: "b" };
  const frozen: Fact = { type: "freeze.requested", by: "person", reason: "lunch" };
  const cases: [ReturnType<typeof pool>, Fact, RegExp | null][] = [
    [pool(), swapOff("w1"), null],
    [folded(), swapOff("w1"), /no config/],
    [pool({}, swapOff("w0")), swapOff("w1"), /swap w0 is still running/],
    [
      pool({}, swapOff("w1"), { type: "swap.finished", swap: "w1" }),
      swapOff("w1"),
      /w1 was asked for before/,
    ],
    [
      pool({}, up, { type: "daemon.stop.requested", by: "person", endSessions: false }),
      swapOff("w1"),
      /stopping/,
    ],
    [pool({}, frozen), swapOff("w1"), /frozen: lunch/],
    [pool({}, frozen), swapOff("w1", { by: "person" }), null],
    [pool(), swapOff("w1", { to: "nobody" }), /no account nobody/],
    [pool(), swapOff("w1", { from: "constructor" }), /no account constructor/],
    [pool(), swapOff("w1", { to: "a" }), /a is both source and target/],
    [pool(), swapOff("w1", { sessions: [] }), /no session of a can move to b/],
    [pool(), swapOff("w1", { sessions: ["s1", "s9"] }), /no session s9/],
    [pool(), swapOff("w1", { sessions: ["toString"] }), /no session toString/],
    [pool(), swapOff("w1", { from: "c" }), /s1 is under a, not c/],
    [
      pool({ sessions: [sessionSpec("s1", { allowedAccounts: ["a"] })] }),
      swapOff("w1"),
      /the project of s1 does not allow b/,
    ],
    [pool({ sessions: [sessionSpec("s1", { neverMove: true })] }), swapOff("w1"), /s1 is held/],
  ];
  check(cases);
});

Deno.test("judge() lets a session start that is not there, and nobody else has in hand", () => {
  const start: Fact = { type: "session.start.requested", session: "s1", by: "person" };
  const planned: Fact = { type: "run.planned", session: "s1", plan: plan("r9"), why: "" };
  const gone: Fact = { type: "run.ended", session: "s1", run: "r1", exit: 0 };
  const moving = pool({}, swapOff("w1"), gone);
  const inMove: Fact = { type: "move.planned", swap: "w1", session: "s1", plan: plan("r9") };
  check([
    [folded(applied()), start, null],
    [folded(applied()), planned, null],
    [pool({}, gone), planned, null],
    [pool(), start, /s1 is idle already/],
    [pool(), planned, /s1 is idle/],
    [moving, start, /s1 is being moved/],
    [moving, planned, /s1 is being moved/],
    [folded(), start, /no session s1/],
    [folded(), planned, /no session s1/],
    [
      folded(applied()),
      { ...planned, plan: plan("r9", { account: "nobody" }) } as Fact,
      /no account nobody/,
    ],
    [moving, inMove, null],
    [pool(), inMove, /s1 is not being moved/],
    [moving, { ...inMove, swap: "w0" } as Fact, /s1 is not being moved/],
    [pool({}, swapOff("w1"), gone, inMove), inMove, /s1 has its run planned already/],
  ]);
});

Deno.test("judge() freezes once and thaws what is frozen, and never judges what was seen", () => {
  const freeze: Fact = { type: "freeze.requested", by: "person", reason: "lunch" };
  const thaw: Fact = { type: "thaw.requested", by: "person" };
  check([
    [folded(), freeze, null],
    [folded(freeze), freeze, /already frozen: lunch/],
    [folded(freeze), thaw, null],
    [folded(), thaw, /nothing is frozen/],
    [folded(), { type: "run.ended", session: "nobody", run: "r0", exit: null }, null],
  ]);
});

function check(cases: [ReturnType<typeof folded>, Fact, RegExp | null][]): void {
  for (const [state, fact, expected] of cases) {
    const reason = judge(state, fact);
    if (expected === null) assert.equal(reason, null);
    else assert.match(reason ?? "(allowed)", expected);
  }
}

Deno.test("judge() takes what a person asks of a session, unless it is senseless", () => {
  const ask = (what: "stop" | "restart" | "hold" | "unhold"): Fact => ({
    type: `session.${what}.requested` as "session.hold.requested",
    session: "s1",
    by: "person",
    reason: "a demo",
  });
  const up = folded(applied(), ...started("s1", "r1"));
  const moving = foldOnto(up, swapOff("w1"));
  const held = foldOnto(up, ask("hold"));
  const stopped = foldOnto(folded(applied()), ask("stop"));
  const dropped = foldOnto(up, applied({ sessions: [sessionSpec("s2")] }));
  const fixed = folded(applied({ sessions: [sessionSpec("s1", { neverMove: true })] }));
  const cases: [State, Fact, string | null][] = [
    [up, ask("stop"), null],
    [moving, ask("stop"), "s1 is being moved; stop it once that has ended"],
    [stopped, ask("stop"), "s1 was asked to stop before"],
    [dropped, ask("stop"), null],
    [up, ask("restart"), null],
    [foldOnto(up, ask("restart")), ask("restart"), "a restart of s1 was asked for before"],
    [folded(applied()), ask("restart"), "s1 does not run; `session start` starts it"],
    [dropped, ask("restart"), "s1 is no longer in the config, so it could not start again"],
    [up, ask("hold"), null],
    [held, ask("hold"), "s1 is held already: a demo"],
    [moving, ask("hold"), "s1 is being moved; hold it once that has ended"],
    [held, ask("unhold"), null],
    [up, ask("unhold"), "s1 is not held"],
    [fixed, ask("unhold"), "only the config holds s1 (never_move)"],
    [held, swapOff("w1", { by: "person" }), "s1 is held: a demo"],
    [foldOnto(up, ask("stop")), swapOff("w1"), "a stop of s1 was asked for"],
  ];
  for (const [state, fact, reason] of cases) assert.equal(judge(state, fact), reason);
  assert.equal(stopped.sessions.s1!.phase.name, "stopped");
});

Deno.test("a held session is neither moved nor parked, also at its wall", () => {
  const hold: Fact = {
    type: "session.hold.requested",
    session: "s1",
    by: "person",
    reason: "demo",
  };
  const only = applied({ sessions: [sessionSpec("s1")], accounts: [accountSpec("a")] });
  const atWall = folded(
    only,
    ...started("s1", "r1"),
    {
      type: "turn.failed",
      session: "s1",
      run: "r1",
      refusal: { kind: "quota", window: "five_hour", text: "" },
      seenAt: T0,
    },
    {
      type: "quota.wall",
      account: "a",
      session: "s1",
      window: "five_hour",
      resetsAt: T0 + HOUR,
      transcript: null,
      evidence: [],
    },
  );
  assert.equal(decide(atWall, T0 + 60_000).do, "park");
  assert.equal(decide(foldOnto(atWall, hold), T0 + 60_000).do, "nothing");
});
