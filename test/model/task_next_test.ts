import assert from "node:assert/strict";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { EMPTY, type Session, type State } from "../../lib/model/state.ts";
import type { Assigned, Running, Task, TaskPlace } from "../../lib/model/task.ts";
import { afterAttempt, nextForTask, type SeenFiles } from "../../lib/model/task_next.ts";
import { fold } from "../../lib/model/fold.ts";
import { config, plan } from "./fixtures.ts";

const NOW = 1_000_000_000;
const IN_INBOX: SeenFiles = { file: "inbox", marker: "none" };
const CLAIMED: SeenFiles = { file: "inbox", marker: "ours" };
const THEIRS: SeenFiles = { file: "inbox", marker: { owner: "other-host" } };

const queued: TaskPlace = { at: "queued", since: NOW, notBefore: null };
const assigned: Assigned = {
  at: "assigned",
  since: NOW,
  session: "s1",
  account: "a",
  mark: "mark-1",
  claimed: true,
  sentAt: null,
};
const running: Running = {
  at: "running",
  since: NOW,
  session: "s1",
  conversation: "conversation-1",
  account: "a",
  mark: "mark-1",
  silentSince: null,
  nudge: null,
};

const idle = phase({ name: "idle" });
const stopAsked = { to: "stop", by: "person", at: NOW } as const;
const cases: [string, TaskPlace, SeenFiles, Partial<Session>, object][] = [
  ["waits in the inbox", queued, IN_INBOX, idle, { do: "wait", why: "it is in the inbox" }],
  ["sees another daemon take it", queued, THEIRS, idle, fact("task.taken")],
  ["removes a marker that a crash of ours left", queued, CLAIMED, idle, { do: "unclaim" }],
  ["concludes nothing from an unreadable folder", running, unknown(), idle, { do: "wait" }],
  [
    "takes it back when the other owner is gone",
    at("elsewhere"),
    IN_INBOX,
    idle,
    fact("task.released"),
  ],
  ["leaves it with its other owner", at("elsewhere"), THEIRS, idle, { do: "wait" }],
  ["claims what was assigned", { ...assigned, claimed: false }, IN_INBOX, idle, { do: "claim" }],
  [
    "claims again what a crash left half claimed",
    { ...assigned, claimed: false },
    CLAIMED,
    idle,
    { do: "claim" },
  ],
  [
    "yields to who was faster",
    { ...assigned, claimed: false },
    THEIRS,
    idle,
    { ...fact("task.taken") },
  ],
  ["calls a person when its marker is replaced", assigned, THEIRS, idle, fact("task.attention")],
  ["hands over to an idle session", assigned, CLAIMED, idle, { do: "hand over" }],
  [
    "waits for a session that became busy",
    assigned,
    CLAIMED,
    phase({ name: "working" }),
    { do: "wait", why: "s1 is working" },
  ],
  [
    "does not wait for that without end",
    { ...assigned, since: NOW - 120_000 },
    CLAIMED,
    phase({ name: "working" }),
    { do: "give up", why: "s1 is working, for too long", restart: false },
  ],
  [
    "does not type into a session that is to stop",
    assigned,
    CLAIMED,
    { ...idle, asked: stopAsked },
    { do: "wait", why: "a stop of s1 was asked for" },
  ],
  [
    "waits for the word that the prompt came",
    { ...assigned, sentAt: NOW - 29_000 },
    CLAIMED,
    phase({ name: "dead", exit: 1 }),
    { do: "wait" },
  ],
  [
    "looks for a prompt that nobody acknowledged",
    { ...assigned, sentAt: NOW - 30_000 },
    CLAIMED,
    phase({ name: "dead", exit: 1 }),
    { do: "look for the prompt" },
  ],
  [
    "looks for it also when the clock went back",
    { ...assigned, sentAt: NOW + 1 },
    CLAIMED,
    idle,
    { do: "look for the prompt" },
  ],
  ["lets it work", running, CLAIMED, phase({ name: "working" }), {
    do: "wait",
    why: "s1 is working",
  }],
  [
    "lets it wait for a person",
    { ...running, silentSince: NOW - 60_000 },
    CLAIMED,
    phase({ name: "waiting", for: "permission" }),
    { do: "wait", why: "s1 is waiting" },
  ],
  [
    "gives an ended turn a moment",
    { ...running, silentSince: NOW - 4_999 },
    CLAIMED,
    idle,
    { do: "wait", why: "a turn of s1 has just ended" },
  ],
  [
    "reminds it once",
    { ...running, silentSince: NOW - 5_000 },
    CLAIMED,
    idle,
    { do: "nudge" },
  ],
  [
    "calls a person after that",
    { ...running, silentSince: NOW - 5_000, nudge: { mark: "m", sentAt: NOW - 60_000 } },
    CLAIMED,
    idle,
    fact("task.attention"),
  ],
  [
    "keeps it in a session that died: it comes back",
    running,
    CLAIMED,
    phase({ name: "dead", exit: 137 }),
    { do: "wait" },
  ],
  [
    "keeps it in a session that the daemon's own stop ended",
    running,
    CLAIMED,
    phase({ name: "stopped" }),
    { do: "wait" },
  ],
  [
    "gives up on a session that a person stopped",
    running,
    CLAIMED,
    { ...phase({ name: "stopped" }), asked: stopAsked },
    { do: "give up", why: "s1 was stopped", restart: false },
  ],
  [
    "gives up on a quarantined one",
    running,
    CLAIMED,
    phase({ name: "quarantined", why: "it dies" }),
    { do: "give up", why: "s1 is quarantined: it dies", restart: false },
  ],
  [
    "calls a person when the conversation was cleared",
    running,
    CLAIMED,
    { ...idle, conversation: "conversation-2" },
    fact("task.attention"),
  ],
  [
    "gives up at the time-out, and starts the session anew",
    { ...running, since: NOW - 4 * 3_600_000 },
    CLAIMED,
    phase({ name: "working" }),
    { do: "give up", why: "not done within 240 minutes", restart: true },
  ],
  ["ends it when its file is in done/", running, { ...CLAIMED, file: "done" }, idle, {
    do: "record",
    fact: { type: "task.ended", task: "t1", as: "done", by: "agent", why: null },
  }],
  ["ends it when a person moved its file", queued, { ...IN_INBOX, file: "failed" }, idle, {
    do: "record",
    fact: {
      type: "task.ended",
      task: "t1",
      as: "failed",
      by: "person",
      why: "its file was moved to failed/",
    },
  }],
  ["ends it when its file was taken away", queued, { ...IN_INBOX, file: "nowhere" }, idle, {
    do: "record",
    fact: {
      type: "task.ended",
      task: "t1",
      as: "cancelled",
      by: "person",
      why: "its file was taken out of the inbox",
    },
  }],
];

for (const [name, place, seen, session, expected] of cases) {
  Deno.test(`nextForTask() ${name}`, () => {
    const next = nextForTask(state(session), task(place), seen, NOW);
    assert.partialDeepStrictEqual(next, expected);
  });
}

Deno.test("nextForTask() waits for the answer to a reminder, and types nothing over another prompt", () => {
  const silent = { ...running, silentSince: NOW - 60_000 };
  const reminded = task({ ...silent, nudge: { mark: "m", sentAt: NOW - 1_000 } });
  assert.equal(nextForTask(state(idle), reminded, CLAIMED, NOW).do, "wait");
  const sending = {
    ...idle,
    send: {
      id: "x",
      by: "person",
      chars: 1,
      digest: "d",
      requestedAt: NOW,
      until: NOW,
      stage: { is: "waiting" },
    },
  } as Partial<Session>;
  assert.partialDeepStrictEqual(nextForTask(state(sending), task(silent), CLAIMED, NOW), {
    do: "wait",
    why: "a prompt is being sent to s1",
  });
});

Deno.test("afterAttempt() does not count a session that never got the prompt", () => {
  const untried = { ...task(assigned), attempts: [] };
  assert.equal(afterAttempt(state(idle), untried, "it is working", NOW).type, "task.requeued");
});

Deno.test("nextForTask() gives up on a session that has left the config", () => {
  const next = nextForTask({ ...state(idle), sessions: {} }, task(running), CLAIMED, NOW);
  assert.deepEqual(next, { do: "give up", why: "s1 is no longer there", restart: false });
});

Deno.test("afterAttempt() sends it back with a growing pause, and ends it after the last attempt", () => {
  const after = (nth: number) =>
    afterAttempt(
      state(idle),
      {
        ...task(running),
        attempts: [{ nth, session: "s1", account: "a", startedAt: 0, endedAt: null, end: null }],
      },
      "it died",
      NOW,
    );
  assert.partialDeepStrictEqual(after(1), { type: "task.requeued", notBefore: NOW + 30_000 });
  assert.partialDeepStrictEqual(after(2), { type: "task.requeued", notBefore: NOW + 60_000 });
  assert.partialDeepStrictEqual(after(3), {
    type: "task.ended",
    as: "failed",
    why: "it died (given up after 3 attempts)",
  });
});

Deno.test("fold() lets a dead session go on with nothing, once its task was given to another", () => {
  const before = {
    ...state(phase({ name: "quarantined", why: "" })),
    tasks: { t1: task(running) },
  };
  const cut = { ...before.sessions["s1"]!, run: { ...before.sessions["s1"]!.run!, cut: true } };
  const after = fold({ ...before, sessions: { s1: cut } }, {
    type: "task.requeued",
    task: "t1",
    why: "",
    notBefore: null,
    seq: 9,
    at: NOW,
  });
  assert.equal(after.sessions["s1"]?.run?.cut, false);
});

function state(session: Partial<Session>): State {
  const facts = [
    { type: "config.applied", config: config() },
    { type: "run.planned", session: "s1", plan: plan("r1"), why: "" },
  ] as const;
  const begun = facts.reduce(
    (state: State, fact, i) => fold(state, { ...fact, seq: i + 1, at: 1 }),
    EMPTY,
  );
  const s1 = { ...begun.sessions["s1"]!, conversation: "conversation-1", ...session };
  return { ...begun, sessions: { ...begun.sessions, s1 } };
}

function phase(phase: Session["phase"]): Partial<Session> {
  return { phase };
}

function unknown(): SeenFiles {
  return { file: "unknown", marker: "none" };
}

function at(_: "elsewhere"): TaskPlace {
  return { at: "elsewhere", since: NOW, owner: "other-host" };
}

function fact(type: string): object {
  return { do: "record", fact: { type, task: "t1" } };
}

function task(place: TaskPlace): Task {
  return {
    id: "t1",
    project: "shop",
    file: "fix.md",
    ref: "fix",
    spec: emptySpec("fix"),
    digest: "d",
    foundAt: NOW,
    ignored: [],
    place,
    attempts: [],
    swapsSurvived: 0,
  };
}
