import assert from "node:assert/strict";
import type { Event, Fact } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { emptySpec, taskOf } from "../../lib/model/fold_task.ts";
import { judge } from "../../lib/model/judge.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";
import { config, plan } from "./fixtures.ts";

const TO_LIFE: Fact[] = [
  { type: "daemon.started", pid: 1, version: "0.1.0", boot: "boot" },
  { type: "config.applied", config: config() },
  { type: "run.planned", session: "s1", plan: plan("r1"), why: "" },
  {
    type: "run.ready",
    session: "s1",
    run: "r1",
    conversation: "conversation-1",
    source: "startup",
    transcript: null,
  },
  {
    type: "task.found",
    task: "t1",
    project: "shop",
    file: "fix it.md",
    ref: "fix it",
    digest: "d",
    spec: emptySpec("fix it"),
    ignored: [],
  },
];
const HANDED: Fact[] = [
  ...TO_LIFE,
  { type: "task.assigned", task: "t1", session: "s1", mark: "mark-1", why: "it is idle" },
  { type: "task.claimed", task: "t1" },
  { type: "task.sent", task: "t1" },
];
const TOOK: Fact = {
  type: "prompt.accepted",
  session: "s1",
  run: "r1",
  mark: "mark-1",
  seenAt: 1,
};

Deno.test("fold() lets a task run once its mark was accepted, and not for another prompt", () => {
  const handed = after(HANDED);
  assert.equal(after([{ ...TOOK, mark: null }], handed).tasks["t1"]?.place.at, "assigned");
  assert.equal(after([{ ...TOOK, run: "r0" }], handed).tasks["t1"]?.place.at, "assigned");
  const { place } = after([TOOK], handed).tasks["t1"]!;
  assert.equal(place.at, "running");
  assert.equal(place.at === "running" && place.conversation, plan("r1").conversation);
});

Deno.test("fold() notes since when a task is silent, until the next prompt", () => {
  const silent = after([TOOK, { type: "turn.ended", session: "s1", run: "r1" }], after(HANDED));
  const ended = silent.tasks["t1"]!.place;
  assert.equal(ended.at === "running" && ended.silentSince, silent.at);
  const again = after([{ ...TOOK, mark: null }], silent).tasks["t1"]!.place;
  assert.equal(again.at === "running" && again.silentSince, null);
});

Deno.test("fold() keeps the story of the attempts, and takes the session off a task that goes back", () => {
  const back = after([
    { type: "task.requeued", task: "t1", why: "its session died", notBefore: 900 },
    { type: "task.assigned", task: "t1", session: "s2", mark: "mark-2", why: "" },
  ], after(HANDED));
  assert.equal(taskOf(back, "s1"), null);
  assert.deepEqual(
    back.tasks["t1"]?.attempts.map(({ nth, session, end }) => ({ nth, session, end })),
    [{ nth: 1, session: "s1", end: "its session died" }, { nth: 2, session: "s2", end: null }],
  );
});

Deno.test("fold() closes a task only after its end was said, and drops the eldest closed ones", () => {
  assert.equal(
    after([{ type: "task.closed", task: "t1", file: "x" }], after(HANDED)).unexpected.count,
    1,
  );
  const many = Array.from({ length: 205 }, (_, i): Fact[] => [
    { type: "task.refused", task: `r${i}`, project: "shop", file: `${i}.md`, why: "not text" },
    { type: "task.closed", task: `r${i}`, file: `${i}.md` },
  ]).flat();
  const { tasks } = after(many, after(HANDED));
  assert.equal(Object.keys(tasks).length, 201);
  assert.ok(tasks["t1"] && tasks["r204"] && !tasks["r4"]);
});

Deno.test("judge() gives a session one task, and only a queued one", () => {
  const handed = after([
    ...HANDED,
    { ...TO_LIFE.at(-1)!, task: "t2" } as Fact,
  ]);
  const assign = (task: string, session: string): Fact => ({
    type: "task.assigned",
    task,
    session,
    mark: "m",
    why: "",
  });
  assert.equal(judge(handed, assign("t2", "s1")), "s1 has task t1");
  assert.equal(judge(handed, assign("t1", "s2")), "task t1 is assigned");
  assert.equal(judge(handed, assign("t2", "s2")), null);
  assert.equal(judge(handed, assign("t9", "s2")), "no task t9 is known");
});

Deno.test("judge() lets a failed task be tried again, and not a done one", () => {
  const end = (as: "done" | "failed"): State =>
    after([
      { type: "task.ended", task: "t1", as, by: "agent", why: null },
      { type: "task.closed", task: "t1", file: "fix it.md" },
    ], after(HANDED));
  const retry: Fact = { type: "task.retry.requested", task: "t1", by: "person" };
  assert.equal(judge(end("done"), retry), "task t1 is done");
  assert.equal(judge(end("failed"), retry), null);
  const { place, attempts } = after([retry], end("failed")).tasks["t1"]!;
  assert.deepEqual({ at: place.at, attempts }, { at: "returning", attempts: [] });
});

function after(facts: readonly Fact[], from: State = EMPTY): State {
  return facts.reduce((state, fact) => {
    const event = { ...fact, seq: state.seq + 1, at: 1_000 + state.seq } as Event;
    return fold(state, event);
  }, from);
}
