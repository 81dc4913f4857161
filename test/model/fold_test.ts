import assert from "node:assert/strict";
import type { DialogKind } from "../../lib/model/dialog.ts";
import type { Fact } from "../../lib/model/event.ts";
import { moveOf, type State } from "../../lib/model/state.ts";
import {
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

const s1 = { session: "s1", run: "r1" };
const running = [applied(), ...started("s1", "r1")];
const limit: Fact = {
  type: "turn.failed",
  ...s1,
  refusal: { kind: "quota", window: "five_hour", text: "You've hit your 5-hour limit" },
  seenAt: T0,
};
const stopping: Fact = { type: "run.stopping", ...s1, why: "test", tree: [] };
const gone: Fact = { type: "run.ended", ...s1, exit: 143 };

function phase(state: State, session = "s1") {
  return state.sessions[session]!.phase;
}

// -- A run's life --

Deno.test("fold() follows a run from its plan to its first answer", () => {
  const prompt: Fact = { type: "prompt.accepted", ...s1, mark: null, seenAt: T0 };
  const steps: [Fact[], string][] = [
    [[applied()], "absent"],
    [[{ type: "run.planned", session: "s1", plan: plan("r1"), why: "asked" }], "starting"],
    [started("s1", "r1").slice(1), "idle"],
    [[prompt], "working"],
    [[{ type: "question.asked", ...s1, about: "permission" }], "waiting"],
    [[{ type: "turn.ended", ...s1 }], "idle"],
  ];
  let state = folded();
  for (const [facts, expected] of steps) {
    state = foldOnto(state, ...facts);
    assert.equal(phase(state).name, expected);
  }
  const { run, history, conversation } = state.sessions.s1!;
  assert.equal(conversation, "conversation-1");
  assert.equal(run?.pane, "%1");
  assert.ok(run?.proven);
  assert.deepEqual(history.map((t) => t.to), ["starting", "idle", "working", "waiting", "idle"]);
  assert.equal(state.unexpected.count, 0);
});

Deno.test("fold() ends a run as stopped, ended or dead, by who wanted it", () => {
  const closing = (reason: string): Fact => ({ type: "run.closing", ...s1, reason });
  const cases: [string, Fact[], State["sessions"][string]["phase"]][] = [
    ["our stop", [stopping, gone], { name: "stopped" }],
    ["our stop, whatever it says", [stopping, closing("other"), gone], { name: "stopped" }],
    ["/exit", [closing("prompt_input_exit"), gone], { name: "ended" }],
    ["/logout", [closing("logout"), gone], { name: "ended" }],
    ["a signal that is not ours", [closing("other"), gone], { name: "dead", exit: 143 }],
    ["a crash", [{ ...gone, exit: null } as Fact], { name: "dead", exit: null }],
  ];
  for (const [name, facts, expected] of cases) {
    assert.deepEqual(phase(folded(...running, ...facts)), expected, name);
  }
});

Deno.test("fold() keeps the time a run was first launched and ready, however often it is told", () => {
  const state = folded(...running, ...started("s1", "r1").slice(1));
  const { launchedAt, readyAt } = state.sessions.s1!.run!;
  assert.deepEqual([launchedAt, readyAt], [T0 + 3_000, T0 + 4_000]);
});

Deno.test("fold() says why a session is dead", () => {
  const state = folded(...running, { type: "run.closing", ...s1, reason: "no tty" }, gone);
  assert.equal(state.sessions.s1?.history.at(-1)?.why, "no tty (exit 143)");
});

Deno.test("fold() lets late signals of an earlier run change nothing but their count", () => {
  const late: Fact[] = [
    { type: "run.launched", ...s1, pane: "%9", process: { pid: 9, birth: "boot:9" } },
    { type: "run.ready", ...s1, conversation: "other", source: "clear", transcript: "/t" },
    { type: "run.status", ...s1, status: "busy", waitingFor: null },
    { type: "prompt.accepted", ...s1, mark: null, seenAt: T0 },
    { type: "turn.ended", ...s1 },
    limit,
    { type: "question.asked", ...s1, about: "human" },
    { type: "run.proven", ...s1 },
    { type: "run.closing", ...s1, reason: "prompt_input_exit" },
    stopping,
    gone,
  ];
  const next = started("s1", "r2", { account: "b", how: "resume" });
  const before = folded(...running, stopping, gone, ...next);
  const after = foldOnto(before, ...late);
  assert.deepEqual(after.sessions, before.sessions);
  assert.deepEqual(after.unexpected, { count: late.length, last: "run.ended" });
});

Deno.test("fold() lets late signals of an ended run change nothing", () => {
  const before = folded(...running, stopping, gone);
  const after = foldOnto(before, { type: "run.status", ...s1, status: "idle", waitingFor: null });
  assert.equal(after.sessions, before.sessions);
  assert.deepEqual(phase(foldOnto(before, gone)), { name: "stopped" }, "told twice");
});

Deno.test("fold() keeps a stop in mind, whatever the run still says", () => {
  const state = folded(
    ...running,
    stopping,
    { type: "turn.ended", ...s1 },
    { type: "run.status", ...s1, status: "busy", waitingFor: null },
    limit,
  );
  assert.equal(phase(state).name, "stopping");
  assert.equal(state.sessions.s1?.run?.unanswered?.kind, "quota", "but it is not lost");
});

Deno.test("fold() follows a conversation to its new id after /clear, not after /compact", () => {
  const ready = (source: string, conversation: string): Fact => ({
    type: "run.ready",
    ...s1,
    conversation,
    source,
    transcript: `/${conversation}.jsonl`,
  });
  const cleared = folded(...running, limit, ready("clear", "conversation-2"));
  assert.equal(cleared.sessions.s1?.conversation, "conversation-2");
  assert.equal(cleared.sessions.s1?.run?.transcript, "/conversation-2.jsonl");
  assert.equal(cleared.sessions.s1?.run?.plan.conversation, "conversation-1", "a plan is for ever");
  assert.equal(phase(cleared).name, "idle");

  const busy: Fact = { type: "prompt.accepted", ...s1, mark: null, seenAt: T0 };
  const compacted = folded(...running, busy, ready("compact", "conversation-1"));
  assert.equal(phase(compacted).name, "working", "a compaction is in the middle of a turn");
});

Deno.test("fold() does not follow a run that comes up with another conversation, until a person chooses in it", () => {
  const ready = (source: string, conversation: string): Fact => ({
    type: "run.ready",
    ...s1,
    conversation,
    source,
    transcript: null,
  });
  const planned: Fact = { type: "run.planned", session: "s1", plan: plan("r1"), why: "test" };
  const other = [applied(), planned, ready("resume", "other"), ready("resume", "other")];
  const busy: Fact = { type: "run.status", ...s1, status: "busy", waitingFor: null };
  const stray = folded(...other, busy);
  assert.equal(stray.sessions.s1?.conversation, "conversation-1");
  assert.deepEqual(phase(stray), { name: "waiting", for: "human" });
  assert.equal(
    stray.sessions.s1?.history.at(-1)?.why,
    "it came up with conversation other, not conversation-1",
  );
  const died = foldOnto(stray, gone);
  assert.equal(died.sessions.s1?.run?.cut, false, "what it did was not ours");

  const back = foldOnto(stray, ready("resume", "conversation-1"), busy);
  assert.equal(phase(back).name, "working");
  const chosen = foldOnto(stray, ready("resume", "third"));
  assert.equal(chosen.sessions.s1?.conversation, "third");
  assert.equal(phase(chosen).name, "idle");
});

Deno.test("fold() does not let the registry hide a limit", () => {
  const status = (status: "idle" | "busy" | "waiting", waitingFor: string | null = null): Fact => ({
    type: "run.status",
    ...s1,
    status,
    waitingFor,
  });
  const seen = (kind: DialogKind): Fact => ({ type: "dialog.seen", ...s1, kind, person: null });
  const limited = { name: "limited", window: "five_hour" };
  const login = { ...limit, refusal: { kind: "login", text: "" } } as Fact;
  const cases: [string, Fact[], unknown][] = [
    ["it says idle at the wall (2.1.330)", [limit, status("idle")], limited],
    ["the limit menu is a dialog", [limit, status("waiting", "dialog open")], limited],
    ["it says busy once more before the menu (2.1.330)", [limit, status("busy")], limited],
    ["a prompt", [limit, { type: "prompt.accepted", ...s1, mark: null, seenAt: T0 }], {
      name: "working",
    }],
    ["a failed login", [login, status("busy")], { name: "waiting", for: "human" }],
    ["a permission", [status("waiting", "permission prompt")], {
      name: "waiting",
      for: "permission",
    }],
    ["a dialog", [status("waiting", "dialog open")], { name: "waiting", for: "dialog" }],
    ["a dialog that was recognised", [seen("trust"), status("waiting", "dialog open")], {
      name: "waiting",
      for: "dialog",
      dialog: "trust",
    }],
    ["a menu on the screen at the wall", [limit, seen("limit")], limited],
    ["a login is a person's", [seen("login")], { name: "waiting", for: "human", dialog: "login" }],
    ["the dialog is gone", [seen("mcp"), status("idle")], { name: "idle" }],
    ["back at the prompt", [status("busy"), status("idle")], { name: "idle" }],
  ];
  for (const [name, facts, expected] of cases) {
    assert.deepEqual(phase(folded(...running, ...facts)), expected, name);
  }
});

Deno.test("fold() calls limited only what a quota refused", () => {
  const phases = (["quota", "throttle", "login", "billing", "server"] as const).map((kind) => {
    const refusal = { kind, window: null, text: "" };
    const state = folded(...running, { ...limit, refusal } as Fact);
    assert.deepEqual(state.sessions.s1?.run?.unanswered, refusal);
    return [kind, phase(state).name];
  });
  assert.deepEqual(Object.fromEntries(phases), {
    quota: "limited",
    throttle: "idle",
    login: "waiting",
    billing: "waiting",
    server: "idle",
  });
});

Deno.test("fold() knows our own prompt by its mark", () => {
  const resumed = started("s1", "r1", { how: "resume", mark: "mark-1" });
  const accepted = (mark: string | null): Fact => ({
    type: "prompt.accepted",
    ...s1,
    mark,
    seenAt: T0,
  });
  const other = folded(applied(), ...resumed, accepted("mark-0"), accepted(null));
  assert.equal(other.sessions.s1?.run?.markAcceptedAt, null);
  const ours = folded(applied(), ...resumed, accepted("mark-1"), accepted("mark-1"));
  assert.equal(ours.sessions.s1?.run?.markAcceptedAt, T0 + 5_000, "the first time counts");
});

Deno.test("fold() starts an ended session again, when a person asks for it", () => {
  const asked: Fact = { type: "session.start.requested", session: "s1", by: "person" };
  const state = folded(...running, { type: "run.closing", ...s1, reason: "logout" }, gone, asked);
  assert.equal(phase(state).name, "absent");
  assert.equal(state.sessions.s1?.conversation, "conversation-1", "to go on with");
  assert.equal(folded(...running, asked).unexpected.last, "session.start.requested");
});

Deno.test("fold() keeps the last twenty transitions", () => {
  const turns = Array.from({ length: 30 }, (_, i): Fact => ({
    type: "run.status",
    ...s1,
    status: i % 2 === 0 ? "busy" : "idle",
    waitingFor: null,
  }));
  const { history } = folded(...running, ...turns).sessions.s1!;
  assert.equal(history.length, 20);
  assert.equal(history.at(-1)?.at, T0 + (running.length + 30) * 1_000);
});

// -- Config and quota --

Deno.test("fold() applies a config to what runs and what does not", () => {
  const state = folded(...running);
  const without = foldOnto(state, applied({ sessions: [sessionSpec("s3")] }));
  assert.deepEqual(Object.keys(without.sessions).sort(), ["s1", "s3"], "s1 lives");
  const later = foldOnto(without, stopping, gone, applied({ sessions: [sessionSpec("s3")] }));
  assert.deepEqual(Object.keys(later.sessions), ["s3"], "and is forgotten when it does not");

  const elsewhere = applied({
    sessions: [sessionSpec("s1", { account: "b" }), sessionSpec("s2", { account: "b" })],
  });
  const moved = foldOnto(state, elsewhere);
  assert.equal(moved.sessions.s1?.account, "a", "a session that runs is where it runs");
  assert.equal(moved.sessions.s2?.account, "b", "one that never ran is where the config says");
});

Deno.test("fold() keeps a session that is being moved, also when the config drops it meanwhile", () => {
  const none = applied({ sessions: [] });
  const state = folded(...running, swapOff("w1"), stopping, gone, none);
  assert.equal(phase(state).name, "stopped");
  const planned: Fact = {
    type: "move.planned",
    swap: "w1",
    session: "s1",
    plan: plan("r2", { account: "b", how: "resume" }),
  };
  assert.equal(phase(foldOnto(state, planned)).name, "starting");
});

Deno.test("fold() keeps every window's last figure, with source and time", () => {
  const read = (name: string, usedPct: number, resetsAt: number | null): Fact => ({
    type: "quota.read",
    account: "a",
    source: "status line",
    windows: { [name]: { usedPct, resetsAt } },
  });
  const state = folded(
    read("five_hour", 10, T0 + HOUR),
    read("seven_day", 40, null),
    read("five_hour", 12, T0 + HOUR),
  );
  assert.deepEqual(state.accounts.a?.windows, {
    five_hour: { usedPct: 12, resetsAt: T0 + HOUR, source: "status line", readAt: T0 + 3_000 },
    seven_day: { usedPct: 40, resetsAt: null, source: "status line", readAt: T0 + 2_000 },
  });
});

Deno.test("fold() remembers that a person freezes, thaws, and stops the daemon", () => {
  const up: Fact = { type: "daemon.started", pid: 7, version: "0.1.0", boot: "b" };
  const stop: Fact = { type: "daemon.stop.requested", by: "person", endSessions: true };
  const state = folded(up, { type: "freeze.requested", by: "person", reason: "lunch" }, stop);
  assert.deepEqual(state.frozen, { since: T0 + 2_000, by: "person", reason: "lunch" });
  assert.deepEqual(state.daemon, { phase: "stopping", pid: 7, endSessions: true });
  const down = foldOnto(state, { type: "thaw.requested", by: "person" }, {
    type: "daemon.stopped",
    sessions: "ended",
  });
  assert.equal(down.frozen, null);
  assert.deepEqual(down.daemon, { phase: "down" });
  assert.equal(foldOnto(down, stop).unexpected.count, 1);
});

// -- Swaps --

const inMove = { swap: "w1", session: "s1" };
const stepped = (...steps: Extract<Fact, { type: "move.step.started" }>["step"][]): Fact[] =>
  steps.flatMap((step): Fact[] => [
    { type: "move.step.started", ...inMove, step },
    { type: "move.step.finished", ...inMove, step },
  ]);

Deno.test("fold() walks a move to its end", () => {
  const state = folded(
    ...running,
    { type: "swap.proposed", from: "a", to: "b", reason: { kind: "asked" } },
    swapOff("w1"),
    ...stepped("checkpoint"),
    { type: "move.step.started", ...inMove, step: "quiesce" },
  );
  const { seq } = state;
  assert.equal(state.proposal, null, "the proposal is taken");
  assert.deepEqual(moveOf(state, "s1")?.finished, ["checkpoint"]);
  assert.equal(moveOf(state, "s1")?.inDoubt, "quiesce");
  const moved = foldOnto(
    state,
    { type: "move.quiesced", ...inMove, as: "cut" },
    { type: "move.step.finished", ...inMove, step: "quiesce" },
    stopping,
    gone,
    {
      type: "move.planned",
      ...inMove,
      plan: plan("r2", { account: "b", how: "resume", mark: "m" }),
    },
    { type: "move.finished", ...inMove },
    { type: "swap.finished", swap: "w1" },
  );
  const swap = moved.swaps.w1!;
  assert.deepEqual(swap.outcome, { is: "finished", at: T0 + (seq + 7) * 1_000 });
  assert.deepEqual(swap.moves.s1?.times.quiesce, {
    startedAt: T0 + seq * 1_000,
    finishedAt: T0 + (seq + 2) * 1_000,
  });
  assert.equal(swap.moves.s1?.quiesced, "cut");
  assert.equal(moved.runningSwap, null);
  assert.equal(moved.accounts.b?.arrivedAt, T0 + (seq + 6) * 1_000);
  assert.equal(moved.sessions.s1?.account, "b");
  assert.equal(phase(moved).name, "starting");
});

Deno.test("fold() walks again from the stop, when a move is redirected", () => {
  const state = folded(
    ...running,
    swapOff("w1"),
    ...stepped("checkpoint", "quiesce", "stop", "rehome"),
    { type: "move.planned", ...inMove, plan: plan("r2", { account: "b" }) },
    { type: "move.step.started", ...inMove, step: "launch" },
    { type: "move.redirected", ...inMove, to: "c", reason: "b is full" },
  );
  const move = moveOf(state, "s1")!;
  assert.deepEqual(move.finished, ["checkpoint", "quiesce"]);
  assert.deepEqual([move.to, move.tried, move.plan, move.inDoubt], ["c", ["b"], null, null]);
});

Deno.test("fold() takes a step that begins anew for not finished", () => {
  const state = folded(...running, swapOff("w1"), ...stepped("checkpoint", "quiesce"), {
    type: "move.step.started",
    ...inMove,
    step: "checkpoint",
  });
  assert.deepEqual(moveOf(state, "s1")?.finished, ["quiesce"]);
  assert.equal(moveOf(state, "s1")?.inDoubt, "checkpoint");
});

Deno.test("fold() lets one swap run at a time, and nothing change one that has ended", () => {
  const two = folded(...running, swapOff("w1"), swapOff("w2"));
  assert.equal(two.runningSwap, "w1");
  assert.equal(two.swaps.w2, undefined);
  const failed = foldOnto(two, { type: "swap.failed", swap: "w1", reason: "no room" });
  const late = foldOnto(failed, ...stepped("checkpoint"), swapOff("w1"), {
    type: "swap.finished",
    swap: "w1",
  });
  assert.equal(late.swaps, failed.swaps);
  assert.equal(late.unexpected.count, 5);
});

Deno.test("fold() leaves a move alone that has ended", () => {
  const failed: Fact = { type: "move.failed", ...inMove, reason: "no trust", left: "untouched" };
  const state = folded(...running, swapOff("w1"), failed);
  const late = foldOnto(state, { type: "move.finished", ...inMove }, ...stepped("stop"));
  assert.equal(late.swaps, state.swaps);
  assert.equal(moveOf(late, "s1"), null);
});

Deno.test("fold() keeps the config that a swap began with", () => {
  const state = folded(...running, swapOff("w1"), applied({ failover: { mode: "off" } }));
  assert.equal(state.config?.failover.mode, "off");
  assert.deepEqual(state.swaps.w1?.config, config());
});

Deno.test("fold() forgets all but the last twenty ended swaps", () => {
  const swaps = Array.from({ length: 25 }, (_, i): Fact[] => [
    swapOff(`w${i}`),
    { type: "swap.finished", swap: `w${i}` },
  ]);
  const state = folded(...running, ...swaps.flat(), swapOff("last"));
  assert.deepEqual(
    Object.keys(state.swaps),
    [...Array.from({ length: 20 }, (_, i) => `w${i + 5}`), "last"],
  );
});

Deno.test("fold() knows no session, account or swap by an inherited name", () => {
  const name = "constructor";
  const state = folded(
    applied(),
    { type: "run.planned", session: name, plan: plan("r1"), why: "" },
    {
      type: "quota.wall",
      transcript: null,
      account: name,
      session: name,
      window: null,
      resetsAt: null,
      evidence: [],
    },
    { type: "swap.failed", swap: name, reason: "" },
  );
  assert.deepEqual(state.unexpected, { count: 2, last: "swap.failed" });
  assert.deepEqual(state.accounts[name]?.windows, {});
});

Deno.test("fold() drops a wall when a turn that began after it succeeds, and keeps it for one that began before", () => {
  const prompt: Fact = { type: "prompt.accepted", ...s1, mark: null, seenAt: T0 };
  const ended: Fact = { type: "turn.ended", ...s1 };
  const wall: Fact = {
    type: "quota.wall",
    transcript: null,
    account: "a",
    session: "s2",
    window: "five_hour",
    resetsAt: T0 + HOUR,
    evidence: [],
  };
  assert.notEqual(folded(...running, prompt, wall, ended).accounts.a!.wall, null);
  assert.equal(folded(...running, wall, prompt, ended).accounts.a!.wall, null);
});
