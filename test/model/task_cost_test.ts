import assert from "node:assert/strict";
import { assign, whyWaits } from "../../lib/model/assignment.ts";
import type { Fact } from "../../lib/model/event.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { State } from "../../lib/model/state.ts";
import type { Task } from "../../lib/model/task.ts";
import { nextForTask } from "../../lib/model/task_next.ts";
import { typicalMs } from "../../lib/model/task_cost.ts";
import { applied, config, folded, HOUR, sessionSpec, started, T0 } from "./fixtures.ts";

const MINUTE = 60_000;
const NOW = T0 + HOUR;
const SHOP = { id: "shop", path: "/src/shop", accounts: ["a", "b"] };
const IN_INBOX = { file: "inbox", marker: "none" } as const;

function found(task: string, spec: Partial<Task["spec"]> = {}): Fact {
  return {
    ...{ type: "task.found", task, project: "shop", file: `${task}.md`, ref: task, digest: "" },
    spec: { ...emptySpec(task), ...spec },
    ignored: [],
  };
}

/** One session under a; the window of a has filled evenly, by so much a minute, up to this figure a moment ago. */
function pool(usedPct: number, pctPerMinute: number, ...facts: Fact[]): State {
  const sessions = [sessionSpec("shop-1", { project: "shop", cwd: SHOP.path })];
  const state = folded(
    { type: "daemon.started", pid: 1, version: "0.1.0", boot: "boot" },
    applied({ projects: [SHOP], sessions }),
    ...started("shop-1", "run", { account: "a", conversation: "c" }),
    ...facts,
  );
  const samples = Array.from({ length: 31 }, (_, i) => ({
    at: NOW - (30 - i) * MINUTE,
    usedPct: usedPct - (30 - i) * pctPerMinute,
    resetsAt: NOW + 4 * HOUR,
  }));
  const five_hour = { ...samples.at(-1)!, readAt: NOW, source: "status line" } as const;
  const account = {
    ...state.accounts["a"]!,
    windows: { five_hour },
    samples: { five_hour: samples },
  };
  return { ...state, accounts: { ...state.accounts, a: account } };
}

/** Tasks of the shop that were done, each after so many minutes. */
function withDone(state: State, ...minutes: number[]): State {
  const done = minutes.map((took, i): [string, Task] => [`done-${i}`, {
    ...state.tasks["t1"]!,
    id: `done-${i}`,
    place: { at: "closed", as: "done", why: null, since: NOW - i, file: "x.md" },
    attempts: [{
      nth: 1,
      session: "s",
      account: "a",
      startedAt: 0,
      endedAt: took * MINUTE,
      end: null,
    }],
  }]);
  return { ...state, tasks: { ...state.tasks, ...Object.fromEntries(done) } };
}

Deno.test("typicalMs() is what half of the last tasks took, and nothing when there are too few", () => {
  const state = pool(10, 0.1, found("t1"));
  assert.equal(typicalMs(withDone(state, 5, 90, 10), "shop"), 10 * MINUTE);
  assert.equal(typicalMs(withDone(state, 5, 90), "shop"), null);
  assert.equal(typicalMs(withDone(state, 5, 90, 10), "blog"), null);
});

Deno.test("a task waits that would not end before the wall of an account that is near it, and says so", () => {
  const state = withDone(pool(85, 1, found("t1")), 40, 40, 40);
  assert.deepEqual(assign(state, NOW), []);
  assert.match(
    whyWaits(state, "t1", NOW).join(),
    /^shop-1: tasks of shop take 40 min, and the five_hour of a may be full in 1[3-7] min$/,
  );
});

for (
  const [what, state] of [
    ["short tasks", withDone(pool(85, 1, found("t1")), 2, 3, 4)],
    ["tasks of which nothing is known", pool(85, 1, found("t1"))],
    ["an account that is far from its line", withDone(pool(60, 1.5, found("t1")), 40, 40, 40)],
    ["a window that fills slowly", withDone(pool(85, 0.05, found("t1")), 40, 40, 40)],
  ] as const
) {
  Deno.test(`a task is handed out all the same: ${what}`, () => {
    assert.deepEqual(assign(state, NOW).map((a) => a.task), ["t1"]);
    assert.deepEqual(whyWaits(state, "t1", NOW), []);
  });
}

Deno.test("a task that closes a circle fails with its reason; those that were there before wait", () => {
  const facts = [
    found("t1", { after: ["t2"] }),
    found("t2", { after: ["t3"] }),
    found("t3", { after: ["t1"] }),
  ];
  const state = pool(10, 0.1, ...facts);
  const next = (id: string) => nextForTask(state, state.tasks[id]!, IN_INBOX, NOW);
  assert.equal(next("t1").do, "wait");
  assert.equal(next("t2").do, "wait");
  assert.deepEqual(next("t3"), {
    do: "record",
    fact: {
      ...{ type: "task.ended", task: "t3", as: "failed", by: "policy" },
      why: "t3 waits for t1 waits for t2 waits for t3, which is a circle",
    },
  });
});

Deno.test("a task too far from a person fails with its reason rather than waiting in silence", () => {
  const state = pool(10, 0.1, found("t1", { hops: config().tasks.maxHops + 1 }));
  const next = nextForTask(state, state.tasks["t1"]!, IN_INBOX, NOW);
  assert.ok(next.do === "record" && next.fact.type === "task.ended" && next.fact.as === "failed");
  assert.match(next.fact.why!, /tasks away from a person, and tasks\.max_hops is/);
});
