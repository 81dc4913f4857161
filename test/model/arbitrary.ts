/**
 * Arbitrary facts for property tests: every type of fact there is (the compiler sees to that), with few names, so
 * that facts meet; some of the names are those that plain objects inherit.
 *
 * @module
 */
import fc from "fast-check";
import { DIALOG_KINDS } from "../../lib/model/dialog.ts";
import type { Event, EventType, Fact, Provenance } from "../../lib/model/event.ts";
import { MOVE_STEPS } from "../../lib/model/event.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { DUTY_NAMES } from "../../lib/model/janitor.ts";
import { TASK_KEYS } from "../../lib/model/task.ts";
import { accountSpec, config, plan, sessionSpec } from "./fixtures.ts";

const account = fc.constantFrom("a", "b", "c", "__proto__");
const session = mostly("s1", "s2", "constructor", "__proto__");
const run = mostly("r1", "r2", "r3");
const send = fc.constantFrom("send-1", "send-2");
const swap = mostly("w1", "w2", "w3", "toString");
const proposal = mostly("p1", "p2");
const conversation = fc.constantFrom("conversation-1", "conversation-2");
const mark = fc.constantFrom(null, "mark-1", "mark-2");
const text = fc.constantFrom("", "why not", "because");
const by = fc.constantFrom("person" as const, "policy" as const);
const time = fc.oneof(fc.integer({ min: 0, max: 2e12 }), fc.constant(null));
const window = fc.constantFrom(
  "five_hour" as const,
  "seven_day" as const,
  "seven_day_opus" as const,
  "seven_day_sonnet" as const,
  "seven_day_fable" as const,
  "credits" as const,
  "other:Current month" as const,
);
const quotaSource = fc.constantFrom(
  "status line" as const,
  "usage command" as const,
  "command" as const,
);
const reading = fc.record({
  usedPct: fc.oneof(fc.integer({ min: 0, max: 120 }), fc.double({ noNaN: true })),
  resetsAt: time,
});
const reason = fc.oneof(
  fc.constant({ kind: "asked" as const }),
  fc.record({
    kind: fc.constant("wall" as const),
    session,
    window: fc.option(window),
  }),
  fc.record({ kind: fc.constant("threshold" as const), window, usedPct: fc.nat(100) }),
  fc.record({
    kind: fc.constant("forecast" as const),
    window,
    usedPct: fc.nat(100),
    wallAt: fc.nat(),
  }),
  fc.record({
    kind: fc.constant("bound" as const),
    bound: fc.constantFrom("overage" as const, "usd_per_day" as const, "reserve_pct" as const),
    window: fc.option(window),
  }),
  fc.constant({ kind: "fail_back" as const }),
);
const refusal = fc.oneof(
  fc.record({ kind: fc.constant("quota" as const), window: fc.option(window), text }),
  fc.record({
    kind: fc.constantFrom("throttle", "login", "billing", "server"),
    text,
  }),
  fc.record({ kind: fc.constant("other" as const), error: text, text }),
);
const process = fc.record({ pid: fc.nat(), birth: text });
const runPlan = fc.record({
  id: run,
  account,
  conversation,
  how: fc.constantFrom("new" as const, "resume" as const),
  mark,
}).map((p) => plan(p.id, p));
const someConfig = fc.record({
  accounts: fc.uniqueArray(account),
  sessions: fc.uniqueArray(session),
  mode: fc.constantFrom("auto" as const, "confirm" as const, "off" as const),
  neverMove: fc.boolean(),
}).map(({ accounts, sessions, mode, neverMove }) =>
  config({
    accounts: accounts.map((id, priority) => accountSpec(id, { priority })),
    sessions: sessions.map((name) => sessionSpec(name, { neverMove })),
    failover: { mode },
  })
);
const grounds = {
  considered: [{ account: "b", rejected: "why not" }],
  readings: [{
    account: "a",
    pressure: { is: "unknown" as const },
    windows: {},
    wall: null,
    check: null,
  }],
};
const task = mostly("t1", "t2", "valueOf", "__proto__");
const taskKeys = fc.subarray([...TASK_KEYS]);
const taskSpec = fc.record({ priority: fc.nat(100), after: fc.array(text, { maxLength: 2 }) })
  .map((said) => ({ ...emptySpec("a task"), ...said }));
const ofFile = { project: text, file: text, ref: text, spec: taskSpec, ignored: taskKeys };
const ofRun = { session, run };
const ofMove = { swap, session };
const step = fc.constantFrom(...MOVE_STEPS);

/** The fields of each fact but its type. */
const FIELDS: { [K in EventType]: Fields<Extract<Fact, { type: K }>> } = {
  "daemon.started": { pid: fc.nat(), version: text, boot: text },
  "daemon.stopped": { sessions: fc.constantFrom("left running", "ended") },
  "daemon.stop.requested": { by, endSessions: fc.boolean() },
  "config.applied": { config: someConfig },
  "config.rejected": { problems: fc.array(text, { maxLength: 2 }) },
  "janitor.tidied": {
    duty: fc.constantFrom(...DUTY_NAMES),
    removed: fc.nat(),
    bytes: fc.nat(),
    problems: fc.array(text, { maxLength: 2 }),
  },
  "worker.failed": { worker: text, error: text, times: fc.nat() },
  "request.refused": { request: text, reason: text },
  "session.start.requested": { session, by },
  "session.stop.requested": { session, by },
  "session.restart.requested": { session, by },
  "session.hold.requested": { session, by, reason: text },
  "session.unhold.requested": { session, by },
  "session.pin.requested": { session, account, by },
  "session.unpin.requested": { session, by },
  "send.requested": { session, send, by, chars: fc.nat(), digest: text, until: fc.nat() },
  "send.typing": { session, send, run },
  "send.accepted": { session, send },
  "send.failed": { session, send, reason: text },
  "draft.saved": { ...{ session, run }, chars: fc.nat(), path: text },
  "run.planned": { session, plan: runPlan, why: text },
  "run.launched": { ...ofRun, pane: text, process },
  "run.stopping": { ...ofRun, why: text, tree: fc.array(process, { maxLength: 2 }) },
  "run.ready": {
    ...ofRun,
    conversation,
    source: fc.constantFrom("startup", "resume", "clear", "compact"),
    transcript: fc.option(text),
  },
  "run.status": {
    ...ofRun,
    status: fc.constantFrom("idle", "busy", "waiting"),
    waitingFor: fc.constantFrom(null, "permission prompt", "dialog open"),
  },
  "prompt.accepted": { ...ofRun, mark, seenAt: fc.nat() },
  "turn.ended": ofRun,
  "turn.failed": { ...ofRun, refusal, seenAt: fc.nat() } as Fields<
    Extract<Fact, { type: "turn.failed" }>
  >,
  "question.asked": { ...ofRun, about: fc.constantFrom("permission", "human", "dialog") },
  "dialog.seen": { ...ofRun, kind: fc.constantFrom(...DIALOG_KINDS), person: fc.option(text) },
  "dialog.answered": { ...ofRun, kind: fc.constantFrom(...DIALOG_KINDS), option: text },
  "run.proven": ofRun,
  "run.closing": { ...ofRun, reason: fc.constantFrom("other", "prompt_input_exit", "clear") },
  "run.ended": { ...ofRun, exit: fc.option(fc.nat(255)) },
  "session.quarantined": { session, why: text },
  "tmux.server.seen": { server: process },
  "quota.read": {
    account,
    source: quotaSource,
    windows: fc.dictionary(window, reading),
    madeAt: fc.integer({ min: 0, max: 2e12 }),
    ageUnknown: fc.constantFrom(true, undefined),
  },
  "quota.asked": { account, source: quotaSource },
  "quota.unanswered": { account, source: quotaSource, why: text, until: fc.nat() },
  "usage.counted": {
    account,
    from: fc.nat(),
    until: fc.integer({ min: 0, max: 2e12 }),
    tokens: fc.record({
      input: fc.nat(),
      output: fc.nat(),
      cacheRead: fc.nat(),
      cacheWrite: fc.nat(),
    }),
    messages: fc.nat(),
  },
  "cost.read": { account, session, run, totalUsd: fc.double({ min: 0, max: 1e4, noNaN: true }) },
  "overage.seen": {
    account,
    inUse: fc.boolean(),
    enabled: fc.constantFrom(true, false, null),
    madeAt: fc.integer({ min: 0, max: 2e12 }),
  },
  "quota.wall": {
    account,
    session,
    window: fc.option(window),
    resetsAt: time,
    hitAt: fc.nat(),
    transcript: fc.option(text),
    evidence: fc.array(text, { maxLength: 2 }),
  },
  "account.checked": {
    account,
    problems: fc.array(text, { maxLength: 2 }),
    folders: fc.array(fc.record({ cwd: fc.constant("/home/ada/work"), what: text }), {
      maxLength: 2,
    }),
    signInEndsAt: time,
  },
  "swap.requested": {
    swap,
    from: account,
    to: account,
    by,
    reason,
    sessions: fc.array(session),
    proposal,
    grounds: fc.constant(grounds),
  },
  "park.requested": {
    swap,
    from: account,
    by,
    reason,
    sessions: fc.array(session),
    onDemand: fc.constant(true),
    grounds: fc.constant(grounds),
  },
  "swap.redirected": { swap, to: account, reason: text },
  "swap.proposed": {
    from: account,
    to: account,
    reason,
    proposal,
    deadline: fc.nat(),
    then: fc.constantFrom("stay", "move", "park"),
    sessions: fc.array(session, { maxLength: 2 }),
  },
  "proposal.closed": {
    proposal,
    how: fc.constantFrom("rejected", "withdrawn", "lapsed"),
    by,
    reason: text,
    until: time,
  },
  "swap.finished": { swap },
  "swap.failed": { swap, reason: text },
  "move.step.started": { ...ofMove, step },
  "move.quiesced": { ...ofMove, as: fc.constantFrom("at rest", "cut") },
  "move.planned": { ...ofMove, plan: runPlan },
  "move.step.finished": { ...ofMove, step },
  "move.redirected": { ...ofMove, to: account, reason: text },
  "move.parking": { ...ofMove, reason: text, onDemand: fc.constant(true) },
  "move.parked": { ...ofMove, until: fc.nat() },
  "move.finished": ofMove,
  "move.failed": {
    ...ofMove,
    reason: text,
    left: fc.constantFrom("untouched", "stopped"),
    moot: fc.constant(true),
  },
  "task.found": { task, ...ofFile, digest: text },
  "task.changed": { task, ref: text, spec: taskSpec, ignored: taskKeys, digest: text },
  "task.refused": { task, project: text, file: text, why: text },
  "task.assigned": { task, session, mark: mark.map((m) => m ?? "mark-3"), why: text },
  "task.claimed": { task },
  "task.taken": { task, owner: text },
  "task.released": { task },
  "task.sent": { task },
  "task.accepted": { task, conversation },
  "task.nudged": { task, mark: text },
  "task.attention": { task, why: text },
  "task.requeued": { task, why: text, notBefore: time },
  "task.ended": {
    task,
    as: fc.constantFrom("done", "failed", "cancelled"),
    by: fc.constantFrom("agent", "person", "policy"),
    why: fc.option(text),
  },
  "task.closed": { task, file: fc.option(text) },
  "task.cancel.requested": { task, by },
  "task.retry.requested": { task, by },
  "task.returned": { task, file: text },
  "task.moved": { task, project: text, file: text, by },
  "task.add.requested": { project: text, file: text, by },
  "project.status.said": { project: text, state: fc.constantFrom("idle", "working"), by: text },
  "dispatch.pause.requested": { by, reason: text },
  "dispatch.resume.requested": { by },
  "notice.test.requested": { channel: fc.option(text), by },
  "notice.acked": { upTo: fc.nat(), by },
  "notice.silence.requested": {
    silence: fc.constantFrom("q1", "q2"),
    match: fc.record({ severity: fc.constantFrom("info", "warning", "critical") }, {
      requiredKeys: [],
    }),
    until: fc.nat(),
    reason: text,
    by,
  },
  "notice.silence.ended": { silence: fc.constantFrom("q1", "q2"), by },
  "host.checked": {
    problems: fc.array(
      fc.record({
        about: fc.constantFrom("disk", "claude"),
        severity: fc.constantFrom("info", "warning", "critical"),
        what: text,
        hint: fc.option(text),
      }),
      { maxLength: 2 },
    ),
    claude: fc.option(text),
  },
  "freeze.requested": { by, reason: text },
  "thaw.requested": { by },
};

const provenance: fc.Arbitrary<Provenance> = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  fc.record({
    via: fc.constantFrom("t1", "t2"),
    once: fc.record({ key: fc.constantFrom("k1", "k2"), digest: text }),
  }, { requiredKeys: [] }),
);

type Fields<F extends Fact> = {
  [N in Exclude<keyof F, "type" | keyof Provenance>]: fc.Arbitrary<F[N]>;
};

/** Facts about one name often enough that they make a story. */
function mostly(name: string, ...others: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(name) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** A fact of one of these types, each equally often. */
export function anyFactOf(types: readonly EventType[]): fc.Arbitrary<Fact> {
  const facts = types.map((type) => {
    const fields: Record<string, fc.Arbitrary<unknown>> = FIELDS[type];
    const bare = fc.record({ type: fc.constant(type), ...fields });
    return fc.tuple(bare, provenance).map(([fact, asked]) => ({ ...fact, ...asked }));
  });
  return fc.oneof(...facts) as fc.Arbitrary<Fact>;
}

export const anyFact = anyFactOf(Object.keys(FIELDS) as EventType[]);

/** Facts as a daemon's life begins, then any: so that most meet a config and a session that runs. */
export const anyFacts: fc.Arbitrary<Fact[]> = fc.tuple(
  fc.boolean(),
  fc.array(anyFact, { maxLength: 100, size: "max" }),
).map(([begun, facts]) => begun ? [...beginning(), ...facts] : facts);

function beginning(): Fact[] {
  return [
    { type: "daemon.started", pid: 1, version: "0.1.0", boot: "boot" },
    { type: "config.applied", config: config() },
    { type: "run.planned", session: "s1", plan: plan("r1"), why: "" },
    {
      type: "swap.requested",
      swap: "w1",
      from: "a",
      to: "b",
      by: "person",
      reason: { kind: "asked" },
      sessions: ["s1"],
    },
  ];
}

/** The facts as events, the wall clock jumping as it likes. */
export function asEvents(facts: readonly Fact[], clock: readonly number[]): Event[] {
  return facts.map((fact, i): Event => ({
    ...fact,
    seq: i + 1,
    at: clock[i % clock.length] ?? i,
  }));
}
