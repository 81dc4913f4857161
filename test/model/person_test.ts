/** What a person wants of one session: a pin, a prompt for it. */
import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { judge } from "../../lib/model/judge.ts";
import { stayOf, wakeOf } from "../../lib/model/park.ts";
import { decide } from "../../lib/model/decide.ts";
import { candidates, movable } from "../../lib/model/policy.ts";
import type { State } from "../../lib/model/state.ts";
import { applied, folded, foldOnto, HOUR, sessionSpec, started, swapOff, T0 } from "./fixtures.ts";

const up = folded(applied(), ...started("s1", "r1"), ...started("s2", "r2"));
const pin = (account: string): Fact => ({
  type: "session.pin.requested",
  session: "s1",
  account,
  by: "person",
});
const unpin: Fact = { type: "session.unpin.requested", session: "s1", by: "person" };
const send = (id: string): Fact => ({
  type: "send.requested",
  ...{ session: "s1", send: id, by: "person", chars: 3, digest: "d", until: T0 + HOUR },
});
const typing: Fact = { type: "send.typing", session: "s1", send: "p1", run: "r1" };
const accepted: Fact = { type: "send.accepted", session: "s1", send: "p1" };
const failed: Fact = { type: "send.failed", session: "s1", send: "p1", reason: "no" };
const wallOf = (account: string, session: string): Fact => ({
  type: "quota.wall",
  ...{ account, session, window: "five_hour", resetsAt: T0 + HOUR, transcript: null, evidence: [] },
});

Deno.test("judge() takes pins and prompts, unless they are senseless", () => {
  const stopped = foldOnto(folded(applied()), {
    type: "session.stop.requested",
    ...{ session: "s1", by: "person" },
  });
  const only = folded(applied({ sessions: [sessionSpec("s1", { allowedAccounts: ["a"] })] }));
  const restarting = foldOnto(up, {
    type: "session.restart.requested",
    ...{ session: "s1", by: "person" },
  });
  const stopping = foldOnto(
    up,
    { type: "daemon.started", pid: 1, version: "t", boot: "b" },
    { type: "daemon.stop.requested", by: "person", endSessions: false },
  );
  const sending = foldOnto(up, send("p1"));
  const cases: [State, Fact, string | null][] = [
    [up, pin("b"), null],
    [up, pin("x"), "no account x in the config"],
    [only, pin("b"), "the project of s1 does not allow b"],
    [foldOnto(up, pin("b")), pin("b"), "s1 is pinned to b already"],
    [foldOnto(up, pin("b")), pin("c"), null],
    [up, unpin, "s1 is not pinned"],
    [foldOnto(up, pin("b")), unpin, null],
    [foldOnto(up, pin("a")), swapOff("w1", { by: "person" }), "s1 is pinned to a"],
    [foldOnto(up, pin("b")), swapOff("w1", { by: "person" }), null],
    [up, send("p1"), null],
    [stopped, send("p1"), "s1 is stopped; only a running session takes prompts"],
    [restarting, send("p1"), "a restart of s1 was asked for"],
    [stopping, send("p1"), "the daemon is stopping"],
    [sending, send("p2"), "another prompt is on its way to s1 (p1)"],
    [foldOnto(sending, typing), send("p2"), "another prompt is on its way to s1 (p1)"],
    [foldOnto(sending, typing, accepted), send("p2"), null],
    [foldOnto(sending, failed), send("p2"), null],
  ];
  for (const [state, fact, reason] of cases) assert.equal(judge(state, fact), reason);
});

Deno.test("fold() follows a prompt by its id, and types nothing twice", () => {
  const stage = (...facts: Fact[]) =>
    foldOnto(up, send("p1"), ...facts).sessions.s1!.send!.stage.is;
  assert.equal(stage(), "waiting");
  assert.equal(stage(typing), "typing");
  assert.equal(stage(typing, accepted), "accepted");
  assert.equal(stage(typing, accepted, failed), "accepted");
  assert.equal(stage(failed, typing), "failed");
  assert.equal(foldOnto(up, send("p1"), typing, typing).unexpected.count, 1);
  assert.equal(stage({ ...accepted, send: "p0" }), "waiting");
});

Deno.test("the policy moves a pinned session nowhere but to its account", () => {
  const pinned = foldOnto(up, pin("a"));
  assert.deepEqual(movable(pinned, "a", "b", { by: "policy", now: pinned.at }), {
    sessions: ["s2"],
    left: [{ session: "s1", why: "pinned to a" }],
  });
  const decision = decide(foldOnto(pinned, wallOf("a", "s2")), T0 + 60_000);
  assert.equal(decision.do, "swap");
  assert.deepEqual(decision.do === "swap" && decision.sessions, ["s2"]);
  assert.deepEqual(
    movable(foldOnto(up, pin("b")), "a", "b", { by: "policy", now: up.at }).sessions,
    ["s1", "s2"],
  );
  const one = { from: "a", by: "policy" as const, now: T0, session: "s1" };
  const open = candidates(foldOnto(up, pin("c")), one).filter((c) => c.rejected === null);
  assert.deepEqual(open.map((c) => c.account), ["c"]);
});

Deno.test("a pinned session that was parked wakes under its account, however late that is", () => {
  const parked = foldOnto(
    up,
    pin("a"),
    wallOf("a", "s1"),
    {
      type: "park.requested",
      ...{ swap: "w1", from: "a", by: "policy", reason: { kind: "asked" }, sessions: ["s1"] },
    },
    { type: "run.stopping", session: "s1", run: "r1", why: "swap", tree: [] },
    { type: "run.ended", session: "s1", run: "r1", exit: null },
    { type: "move.parked", swap: "w1", session: "s1", until: T0 + HOUR },
  );
  assert.deepEqual(wakeOf(parked, stayOf(parked, "s1")!, T0 + 60_000), {
    account: "a",
    at: T0 + HOUR,
  });
  const free = foldOnto(parked, unpin);
  assert.equal(wakeOf(free, stayOf(free, "s1")!, T0 + 60_000)!.account, "b");
});
