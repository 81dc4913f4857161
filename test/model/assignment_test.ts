import assert from "node:assert/strict";
import fc from "fast-check";
import { assign, whyWaits } from "../../lib/model/assignment.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Fact } from "../../lib/model/event.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { judge } from "../../lib/model/judge.ts";
import type { State } from "../../lib/model/state.ts";
import type { TaskSpec } from "../../lib/model/task.ts";
import {
  accountSpec,
  applied,
  config,
  folded,
  foldOnto,
  HOUR,
  sessionSpec,
  started,
  swapOff,
  T0,
} from "./fixtures.ts";

const NOW = T0 + 60_000;

const SHOP = { id: "shop", path: "/src/shop", accounts: ["a", "b"] };
const BLOG = { id: "blog", path: "/src/blog", accounts: ["a", "b", "c"] };

/** One session of each project under a, and one of the pool. */
const SESSIONS = [
  sessionSpec("shop-1", { project: "shop", cwd: SHOP.path, allowedAccounts: ["a", "b"] }),
  sessionSpec("blog-1", { project: "blog", cwd: BLOG.path }),
  sessionSpec("pool-1", { cwd: "/src", allowedAccounts: ["a", "b"] }),
];

function pool(changes: Partial<Config> = {}, ...facts: Fact[]): State {
  const sessions = changes.sessions ?? SESSIONS;
  return folded(
    { type: "daemon.started", pid: 1, version: "0.1.0", boot: "boot" },
    applied({ projects: [SHOP, BLOG], ...changes, sessions }),
    ...sessions.flatMap(({ name, account }) =>
      started(name, `run of ${name}`, { account, conversation: `conversation of ${name}` })
    ),
    ...facts,
  );
}

function found(id: string, spec: Partial<TaskSpec> = {}, project = "shop"): Fact {
  return {
    type: "task.found",
    task: id,
    project,
    file: `${id}.md`,
    ref: id,
    digest: "",
    spec: { ...emptySpec(id), ...spec },
    ignored: [],
  };
}

function given(task: string, session: string): Fact {
  return { type: "task.assigned", task, session, mark: "m", why: "" };
}

function ended(task: string, as: "done" | "failed"): Fact {
  return { type: "task.ended", task, as, by: "agent", why: null };
}

function used(account: string, usedPct: number): Fact {
  const windows = { five_hour: { usedPct, resetsAt: T0 + HOUR } };
  return { type: "quota.read", account, source: "status line", windows };
}

function pairs(state: State): string[] {
  return assign(state, NOW).map(({ task, session }) => `${task} ${session}`);
}

function tasksOf(changes: Partial<Config["tasks"]>): Pick<Config, "tasks"> {
  return { tasks: { ...config().tasks, ...changes } };
}

Deno.test("assign() gives a task to a session of its project first, then to one of the pool", () => {
  const state = pool({}, found("t1"), found("t2"), found("t3"));
  assert.deepEqual(pairs(state), ["t1 shop-1", "t2 pool-1"]);
  assert.match(assign(state, NOW)[0]!.why, /^idle, of shop, under a, whose use is not known$/);
  assert.deepEqual(whyWaits(state, "t3", NOW), [
    "others go first, and then no session is left for it: t1, t2",
  ]);
});

Deno.test("assign() goes by priority within a project, then by age", () => {
  const tasks = [found("t1"), found("t2", { priority: 80 }), found("t3", { priority: 80 })];
  assert.deepEqual(pairs(pool({}, ...tasks)), ["t2 shop-1", "t3 pool-1"]);
});

Deno.test("assign() lets projects take turns, whatever the priorities of one are", () => {
  const sessions = ["p1", "p2", "p3"].map((name) =>
    sessionSpec(name, { cwd: "/src", allowedAccounts: ["a"] })
  );
  const many = ["t1", "t2", "t3"].map((id) => found(id, { priority: 100 }));
  const state = pool({ sessions }, ...many, found("late", { priority: 0 }, "blog"));
  assert.deepEqual(pairs(state), ["t1 p1", "late p2", "t2 p3"]);
  const running = foldOnto(pool({ sessions }, ...many, given("t1", "p1")), found("l", {}, "blog"));
  assert.deepEqual(pairs(running), ["l p2", "t2 p3"], "what is under way counts");
});

Deno.test("assign() prefers the account with more room, then the one with fewer tasks", () => {
  const sessions = ["a", "b", "c"].map((account) =>
    sessionSpec(`on-${account}`, { project: "blog", cwd: BLOG.path, account })
  );
  const busy = pool({ sessions }, found("t1", {}, "blog"), used("a", 80), used("b", 20));
  assert.deepEqual(pairs(busy), ["t1 on-b"]);
  assert.match(assign(busy, NOW)[0]!.why, /under b, at 22 % of its line/);
});

Deno.test("whyWaits() and assign() agree on every obstacle, one by one", () => {
  const only = [SESSIONS[0]!];
  const onlyWith = (changes: Parameters<typeof sessionSpec>[1]) => ({
    sessions: [{ ...SESSIONS[0]!, ...changes }],
  });
  const run = "run of shop-1";
  const shop = { session: "shop-1", run };
  const later = T0 + HOUR;
  const at = new Date(later).toISOString();
  const cases: [string, State, RegExp][] = [
    ["no such task", pool(), /^no task t1 is known$/],
    ["stopping", pool({}, found("t1"), stop()), /^the daemon is stopping$/],
    ["switched off", pool(tasksOf({ dispatch: false }), found("t1")), /^tasks\.dispatch is false/],
    ["paused", pool({}, found("t1"), pause("lunch")), /^dispatch is paused: lunch$/],
    ["no project", pool({ projects: [BLOG] }, found("t1")), /^no project shop in the config$/],
    ["hops", pool({}, found("t1", { hops: 4 })), /^it is 4 tasks away from a person, .* is 3$/],
    [
      "not yet",
      pool({}, found("t1", { notBefore: later })),
      new RegExp(`^not before ${at}, as its file says$`),
    ],
    ["tried again later", pool({}, ...failedOnce(later)), new RegExp(`tried again at ${at}`)],
    [
      "attempts",
      pool(tasksOf({ maxAttempts: 1 }), ...failedOnce(null)),
      /^its 1 attempt is used up$/,
    ],
    [
      "per_project",
      pool(tasksOf({ perProject: 1 }), found("t0"), given("t0", "pool-1"), found("t1")),
      /^tasks under way in shop: 1; tasks\.per_project is 1$/,
    ],
    [
      "per_account",
      pool(
        { sessions: [SESSIONS[0]!, SESSIONS[1]!], ...tasksOf({ perAccount: 1 }) },
        found("t0", {}, "blog"),
        given("t0", "blog-1"),
        found("t1"),
      ),
      /^shop-1: tasks under way under a: 1; tasks\.per_account is 1,blog-1: it is of blog$/,
    ],
    ["no session", pool({ sessions: [] }, found("t1")), /^there is no session$/],
    [
      "not started",
      folded(applied({ projects: [SHOP], sessions: only }), found("t1")),
      /^shop-1: it is absent$/,
    ],
    [
      "busy",
      pool({ sessions: only }, found("t0"), given("t0", "shop-1"), found("t1")),
      /^shop-1: it has task t0$/,
    ],
    [
      "working",
      pool({ sessions: only }, found("t1"), {
        type: "prompt.accepted",
        ...shop,
        mark: null,
        seenAt: T0,
      }),
      /^shop-1: it is working$/,
    ],
    [
      "waiting",
      pool({ sessions: only }, found("t1"), { type: "question.asked", ...shop, about: "human" }),
      /^shop-1: it is waiting$/,
    ],
    [
      "asked to stop",
      pool({ sessions: only }, found("t1"), {
        type: "session.stop.requested",
        session: "shop-1",
        by: "person",
      }),
      /^shop-1: its stop was asked for$/,
    ],
    [
      "held",
      pool({ sessions: only }, found("t1"), {
        type: "session.hold.requested",
        session: "shop-1",
        by: "person",
        reason: "mine",
      }),
      /^shop-1: it is held: mine$/,
    ],
    [
      "a prompt under way",
      pool({ sessions: only }, found("t1"), {
        type: "send.requested",
        session: "shop-1",
        send: "p1",
        by: "person",
        chars: 2,
        digest: "",
        until: later,
      }),
      /^shop-1: another prompt is on its way into it$/,
    ],
    [
      "moving",
      pool({ sessions: only }, found("t1"), swapOff("w1", { sessions: ["shop-1"] })),
      /^shop-1: it is being moved$/,
    ],
    [
      "ended",
      pool({ sessions: only }, found("t1"), { type: "run.ended", ...shop, exit: 1 }),
      /^shop-1: it is dead$/,
    ],
    [
      "near its line",
      pool({ sessions: only }, found("t1"), used("a", 91)),
      /^shop-1: the five_hour of a stands at 91 %$/,
    ],
    ["full", pool({ sessions: only }, found("t1"), used("a", 100)), /of a is used up$/],
    [
      "signed out",
      pool({ sessions: only }, found("t1"), {
        type: "account.checked",
        account: "a",
        problems: ["signed out"],
      }),
      /^shop-1: the last preflight of a found: signed out$/,
    ],
    [
      "account left",
      foldOnto(
        pool({ sessions: only }, found("t1")),
        applied({ projects: [SHOP], sessions: only, accounts: [accountSpec("b")] }),
      ),
      /its account a is not in the config/,
    ],
    ["other session", pool({ sessions: only }, found("t1", { session: "x" })), /asks for x$/],
    [
      "other account",
      pool({ sessions: only }, found("t1", { account: "b" })),
      /it is under a, and the task asks for b/,
    ],
    [
      "other model",
      pool({ sessions: only }, found("t1", { model: "opus" })),
      /it runs no model in particular, and the task asks for opus/,
    ],
    [
      "pool may stray",
      pool(onlyWith({ project: null, allowedAccounts: ["a", "c"] }), found("t1")),
      /it may move to c, which shop does not allow/,
    ],
    [
      "pool cannot reach",
      pool(onlyWith({ project: null, cwd: "/src/sho" }), found("t1")),
      /it works in \/src\/sho and would have to ask for shop/,
    ],
    ["its own turn", pool({}, found("t1"), given("t1", "shop-1")), /being handed to shop-1/],
  ];
  for (const [name, state, why] of cases) {
    assert.match(whyWaits(state, "t1", NOW).join(), why, name);
    assert.ok(!assign(state, NOW).some(({ task }) => task === "t1"), name);
  }
});

Deno.test("whyWaits() tells what a task must follow: unknown, under way, failed, or itself", () => {
  const after = (...refs: string[]) => found("t1", { after: refs });
  const cases: [string, State, string[]][] = [
    ["unknown", pool({}, after("t0")), ["no task t0 is known in shop"]],
    ["elsewhere", pool({}, found("t0", {}, "blog"), after("t0")), ["no task t0 is known in shop"]],
    ["queued", pool({}, found("t0"), after("t0")), ["t0 must be done before; it is queued"]],
    ["done", pool({}, found("t0"), ended("t0", "done"), after("t0")), []],
    [
      "failed",
      pool({}, found("t0"), ended("t0", "failed"), after("t0")),
      ["t0, which must be done before, was failed: retry it, or change `after`"],
    ],
    ["itself", pool({}, after("t1")), [circle("t1 waits for t1")]],
    [
      "a circle",
      pool({}, found("t0", { after: ["t2"] }), found("t2", { after: ["t1"] }), after("t0")),
      [circle("t1 waits for t0 waits for t2 waits for t1")],
    ],
    [
      "beside a circle",
      pool({}, found("t0", { after: ["t2"] }), found("t2", { after: ["t0"] }), after("t0")),
      ["t0 must be done before; it is queued"],
    ],
  ];
  for (const [name, state, why] of cases) {
    assert.deepEqual(whyWaits(state, "t1", NOW), why, name);
    assert.equal(assign(state, NOW).some(({ task }) => task === "t1"), why.length === 0, name);
  }
});

Deno.test("whyWaits() finds the end of a long chain, and its circle", () => {
  const chain = Array.from({ length: 1_000 }, (_, i) => found(`t${i}`, { after: [`t${i - 1}`] }));
  const state = pool({}, ...chain, found("t-1"));
  assert.deepEqual(pairs(state), ["t-1 shop-1"]);
  const closed = pool({}, ...chain, found("t-1", { after: ["t999"] }));
  assert.match(
    whyWaits(closed, "t-1", NOW).join(),
    /^t-1 waits for t999 .* waits for t-1: a circle/,
  );
});

// -- Any state --

const anyTask = fc.record({
  project: fc.constantFrom("shop", "blog", "gone"),
  after: fc.uniqueArray(fc.constantFrom("t0", "t1", "t2", "t9"), { maxLength: 2 }),
  priority: fc.integer({ min: 0, max: 100 }),
  session: fc.option(fc.constantFrom("shop-1", "p2")),
  account: fc.option(fc.constantFrom("a", "b")),
  hops: fc.constantFrom(0, 1, 9),
  notBefore: fc.constantFrom(null, T0, T0 + HOUR),
});
const anyEvent: fc.Arbitrary<Fact> = fc.oneof(
  fc.tuple(fc.nat(11), fc.constantFrom("done" as const, "failed" as const))
    .map(([n, as]) => ended(`t${n}`, as)),
  fc.tuple(fc.nat(11), fc.constantFrom("shop-1", "blog-1", "pool-1", "p2"))
    .map(([n, session]) => given(`t${n}`, session)),
  fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 0, max: 110 }))
    .map(([account, pct]) => used(account, pct)),
  fc.constantFrom("shop-1", "p2").map((session): Fact => ({
    type: "session.hold.requested",
    session,
    by: "person",
    reason: "mine",
  })),
);
const anyState = fc.record({
  tasks: fc.array(anyTask, { maxLength: 12 }),
  events: fc.array(anyEvent, { maxLength: 8 }),
  perProject: fc.constantFrom(null, 1, 2),
  perAccount: fc.constantFrom(null, 1, 3),
}).map(({ tasks, events, perProject, perAccount }) => {
  const p2 = sessionSpec("p2", { cwd: "/", account: "b", allowedAccounts: ["b"] });
  return pool(
    { sessions: [...SESSIONS, p2], ...tasksOf({ perProject, perAccount }) },
    ...tasks.map(({ project, ...spec }, i) => found(`t${i}`, spec, project)),
    ...events,
  );
});

Deno.test("assign() gives a session one task, what judge() allows, and whyWaits() is empty for just those", () => {
  fc.assert(
    fc.property(anyState, (state) => {
      const assigned = assign(state, NOW);
      assert.deepEqual(assign(structuredClone(state), NOW), assigned);
      const names = assigned.map(({ session }) => session);
      assert.equal(new Set(names).size, names.length);
      let next = state;
      for (const { task, session } of assigned) {
        assert.equal(judge(next, given(task, session)), null);
        next = foldOnto(next, given(task, session));
      }
      assert.deepEqual(assign(next, NOW), [], "nothing was left that could go");
      for (const id of Object.keys(state.tasks)) {
        const goes = assigned.some(({ task }) => task === id);
        assert.equal(whyWaits(state, id, NOW).length === 0, goes, id);
      }
      const under = Object.values(next.tasks).filter(({ place }) => place.at === "assigned");
      const { perProject } = next.config!.tasks;
      for (
        const { project } of under.filter(({ id }) => assigned.some(({ task }) => task === id))
      ) {
        assert.ok(under.filter((t) => t.project === project).length <= (perProject ?? Infinity));
      }
    }),
    { numRuns: 500 },
  );
});

function stop(): Fact {
  return { type: "daemon.stop.requested", by: "person", endSessions: false };
}

function pause(reason: string): Fact {
  return { type: "dispatch.pause.requested", by: "person", reason };
}

function failedOnce(notBefore: number | null): Fact[] {
  return [
    found("t1"),
    given("t1", "shop-1"),
    { type: "task.claimed", task: "t1" },
    { type: "task.sent", task: "t1" },
    { type: "task.requeued", task: "t1", why: "its session died", notBefore },
  ];
}

function circle(way: string): string {
  return `${way}: a circle; change an \`after\` of it`;
}
