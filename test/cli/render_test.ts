import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { renderExplanation } from "../../lib/cli/render/explain.ts";
import { explainNow, explainSwap } from "../../lib/http/explain_view.ts";
import { groundsOf } from "../../lib/model/grounds.ts";
import { renderEvent } from "../../lib/cli/render/event.ts";
import { renderStatus } from "../../lib/cli/render/status.ts";
import { renderSwap } from "../../lib/cli/render/swap.ts";
import { swapProgress } from "../../lib/cli/render/progress.ts";
import { clockTime, coarse, duration, resetTime, systemLocalTime } from "../../lib/words/time.ts";
import { styleFor } from "../../lib/cli/style.ts";
import { statusView } from "../../lib/http/view.ts";
import { swapView } from "../../lib/http/swap_view.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import {
  account,
  config,
  HOUR,
  MINUTE,
  NOON,
  reading,
  running,
  session,
  started,
  wholeMove,
} from "../http/fixture.ts";
import { midday } from "../http/setup.ts";
import { golden } from "./golden.ts";
import { inBerlin } from "../support/local_time.ts";

const OPTIONS = { columns: 80, style: styleFor({ color: false }), localTime: inBerlin };

/** Each fact is recorded `apartMs` after the one before; the last one at NOON. */
function past(facts: Fact[], apartMs = 60): { store: Store; events: Event[] } {
  let now = NOON - (facts.length - 1) * apartMs;
  const store = new Store(":memory:", { now: () => now });
  for (const fact of facts) {
    store.record(fact);
    now += apartMs;
  }
  return { store, events: store.events() };
}

function page(facts: Fact[], now = NOON + 3 * MINUTE): string {
  const { store } = past(facts);
  using _ = store;
  return renderStatus(statusView(store.state, now), OPTIONS);
}

const SWAP = "5b2e7a1c-0000-4000-8000-000000000001";

const swapAsked: Fact = {
  type: "swap.requested",
  swap: SWAP,
  from: "work",
  to: "spare",
  by: "policy",
  reason: { kind: "wall", session: "ccl-0", window: "five_hour" },
  sessions: ["ccl-0", "ccl-1"],
};

const wall: Fact = {
  type: "quota.wall",
  transcript: null,
  account: "work",
  session: "ccl-0",
  window: "five_hour",
  resetsAt: NOON + 2 * HOUR,
  evidence: ["StopFailure rate_limit", "the text of the limit"],
};

const limited: Fact = {
  type: "turn.failed",
  session: "ccl-0",
  run: "run-ccl-0-work",
  refusal: { kind: "quota", window: "five_hour", text: "You've hit your 5-hour limit" },
  seenAt: NOON,
};

const day: Fact[] = [...midday(), reading("spare", { usedPct: 3, resetsAt: NOON + HOUR })];

/** The session dies so many times in a row. */
function deaths(session: string, exit: number, times: number): Fact[] {
  const run = `run-${session}-work`;
  return Array.from({ length: times }, (): Fact[] => [
    ...running([session]),
    { type: "run.ended", session, run, exit },
  ]).flat();
}
const stopped: Fact[] = [
  { type: "run.stopping", session: "ccl-0", run: "run-ccl-0-work", why: "a swap", tree: [] },
  { type: "run.ended", session: "ccl-0", run: "run-ccl-0-work", exit: 0 },
];

const parked: Fact[] = [
  {
    type: "park.requested",
    swap: swapAsked.swap,
    from: "work",
    by: "policy",
    reason: { kind: "wall", session: "ccl-0", window: "five_hour" },
    sessions: ["ccl-0"],
  },
  ...(["checkpoint", "quiesce", "stop"] as const).flatMap((step): Fact[] => [
    { type: "move.step.started", swap: swapAsked.swap, session: "ccl-0", step },
    ...(step === "stop" ? stopped : []),
    { type: "move.step.finished", swap: swapAsked.swap, session: "ccl-0", step },
  ]),
  { type: "move.parked", swap: swapAsked.swap, session: "ccl-0", until: NOON + HOUR },
  { type: "swap.finished", swap: swapAsked.swap },
];

// -- Status --

Deno.test("renderStatus() shows the whole picture in 80 columns", async () => {
  const pages = {
    "a quiet midday": page(day),
    "a limit was hit": page([...day, limited, wall]),
    "frozen": page([...day, { type: "freeze.requested", by: "person", reason: "a release is on" }]),
    "a swap under way": page([
      ...day,
      limited,
      wall,
      swapAsked,
      ...wholeMove(swapAsked.swap, "ccl-0", "spare").slice(0, 7),
    ]),
    "moved, not yet proven": page([
      ...day,
      swapAsked,
      ...wholeMove(swapAsked.swap, "ccl-0", "spare"),
      ...wholeMove(swapAsked.swap, "ccl-1", "spare"),
      { type: "swap.finished", swap: swapAsked.swap },
    ]),
    "a proposal waits": page([
      ...day,
      {
        type: "swap.proposed",
        from: "work",
        to: "spare",
        reason: { kind: "threshold", window: "five_hour", usedPct: 93.4 },
        proposal: "p1",
        deadline: NOON + 30 * MINUTE,
        then: "stay",
      },
    ]),
    "an account is not ready, a figure is past its reset": page([
      ...day,
      reading("spare", { usedPct: 97, resetsAt: NOON + MINUTE }),
      { type: "account.checked", account: "spare", problems: ["it is not signed in"] },
    ]),
    "a sign-in ends soon": page([
      ...day,
      {
        type: "account.checked",
        account: "spare",
        problems: [],
        signInEndsAt: NOON + 7 * 24 * 60 * MINUTE,
      },
    ]),
    "a session has died": page([
      ...day,
      { type: "run.ended", session: "ccl-1", run: "run-ccl-1-work", exit: 1 },
    ]),
    "one waits after its third death, one is quarantined": page([
      ...day,
      ...deaths("ccl-0", 75, 3),
      ...deaths("ccl-1", 1, 5),
      { type: "session.quarantined", session: "ccl-1", why: "5 starts in a row ended with exit 1" },
    ], NOON),
    "no account has room": page([
      ...day,
      limited,
      wall,
      { ...wall, account: "spare", resetsAt: NOON + HOUR },
      ...parked,
    ]),
    "no session in the config": page([
      started(),
      { type: "config.applied", config: config({ sessions: [] }) },
    ]),
    "before anything": renderStatus(statusView(EMPTY, NOON), OPTIONS),
    "the disk is full": renderStatus(
      statusView(EMPTY, NOON, {
        journalProblem: "Cannot write the journal /home/ada/.state/journal.db: disk is full",
      }),
      OPTIONS,
    ),
  };
  const text = Object.entries(pages).map(([name, page]) => `=== ${name}\n${page}`).join("\n");
  await golden("status", text);
  for (const line of text.split("\n")) ok(line.length <= 80, line);
});

Deno.test("renderStatus() writes no escape sequence without colour, and some with", () => {
  const { store } = past(day);
  using _ = store;
  const view = statusView(store.state, NOON);
  ok(!renderStatus(view, OPTIONS).includes("\x1b"));
  const colored = renderStatus(view, { ...OPTIONS, style: styleFor({ color: true }) });
  ok(colored.includes("\x1b["));
  // deno-lint-ignore no-control-regex -- the escape character is what is taken away
  equal(colored.replaceAll(/\x1b\[\d+m/g, ""), renderStatus(view, OPTIONS));
});

Deno.test("renderStatus() cuts the last column of a table rather than a line, on a narrow terminal", () => {
  const { store } = past(day);
  using _ = store;
  const text = renderStatus(statusView(store.state, NOON), { ...OPTIONS, columns: 70 });
  const table = text.split("\n").filter((line) => line.startsWith("  "));
  ok(table.every((line) => line.length <= 70), text);
  ok(table.some((line) => line.endsWith("…")), text);
});

// -- Swaps and events --

Deno.test("renderSwap() tells each step's time, a cut, a redirection and a failure", async () => {
  const id = swapAsked.swap;
  const { store } = past([
    ...day,
    swapAsked,
    ...wholeMove(id, "ccl-0", "spare"),
    ...wholeMove(id, "ccl-1", "spare").slice(0, 5),
    { type: "move.redirected", swap: id, session: "ccl-1", to: "work", reason: "it did not start" },
    {
      type: "move.failed",
      swap: id,
      session: "ccl-1",
      reason: "work: the quota is used up",
      left: "stopped",
    },
    { type: "swap.failed", swap: id, reason: "1 of 2 sessions could not be moved" },
  ]);
  using _ = store;
  await golden("swap", renderSwap(swapView(store.state, id)!, OPTIONS) + "\n");
});

Deno.test("swapProgress() says what each event adds, and nothing of other swaps", async () => {
  const id = swapAsked.swap;
  const { store, events } = past([
    ...day,
    swapAsked,
    ...wholeMove(id, "ccl-0", "spare"),
    ...wholeMove("another", "ccl-1", "spare"),
  ]);
  using _ = store;
  const progress = swapProgress(id, OPTIONS);
  await golden("progress", events.flatMap(progress).map((line) => `${line}\n`).join(""));
});

Deno.test("renderSwap() tells of targets that were passed over, and of a session without any", () => {
  const id = swapAsked.swap;
  const { store } = past([
    ...day,
    swapAsked,
    { type: "swap.redirected", swap: id, to: "home", reason: "it is signed out" },
    { type: "move.parking", swap: id, session: "ccl-0", reason: "home: its quota is used up" },
    ...stopped,
    { type: "move.parked", swap: id, session: "ccl-0", until: NOON + HOUR },
  ]);
  using _ = store;
  const text = renderSwap(swapView(store.state, id)!, OPTIONS);
  ok(text.includes("  not to spare: it is signed out"), text);
  ok(text.includes("ccl-0: parked, its conversation is kept: home: its quota is used up"), text);
  ok(!text.slice(text.indexOf("ccl-0: parked"), text.indexOf("ccl-1")).includes("launch"), text);
});

Deno.test("renderEvent() has a line for every event", async () => {
  const of = { session: "ccl-0", run: "run-ccl-0-work" };
  const facts: Fact[] = [
    ...day,
    { type: "run.status", ...of, status: "waiting", waitingFor: "permission prompt" },
    { type: "prompt.accepted", ...of, mark: null, seenAt: NOON },
    { type: "question.asked", ...of, about: "permission" },
    { type: "dialog.seen", ...of, kind: "trust", person: "it is for a person" },
    { type: "dialog.seen", ...of, kind: "limit", person: null },
    { type: "dialog.answered", ...of, kind: "limit", option: "stop" },
    { type: "turn.ended", ...of },
    limited,
    {
      type: "turn.failed",
      ...of,
      refusal: { kind: "server", text: "529 Overloaded" },
      seenAt: NOON,
    },
    wall,
    { type: "account.checked", account: "spare", problems: ["it is not signed in"] },
    { type: "account.checked", account: "spare", problems: [] },
    { type: "swap.proposed", from: "work", to: "spare", reason: { kind: "asked" } },
    swapAsked,
    { type: "request.refused", request: "swap.requested", reason: "swap 5b2e is still running" },
    { type: "run.stopping", ...of, why: "the swap moves it", tree: [] },
    { type: "run.closing", ...of, reason: "other" },
    { type: "run.ended", ...of, exit: 143 },
    ...wholeMove(swapAsked.swap, "ccl-0", "spare"),
    { type: "prompt.accepted", session: "ccl-0", run: "run-ccl-0-spare", mark: "m", seenAt: NOON },
    { type: "run.proven", session: "ccl-0", run: "run-ccl-0-spare" },
    {
      type: "move.redirected",
      swap: swapAsked.swap,
      session: "ccl-1",
      to: "work",
      reason: "it did not start",
    },
    {
      type: "move.failed",
      swap: swapAsked.swap,
      session: "ccl-1",
      reason: "no account left",
      left: "stopped",
    },
    { type: "swap.failed", swap: swapAsked.swap, reason: "1 of 2 sessions was not moved" },
    { type: "swap.finished", swap: swapAsked.swap },
    { type: "session.start.requested", session: "ccl-1", by: "person" },
    { type: "session.stop.requested", session: "ccl-1", by: "person" },
    { type: "session.restart.requested", session: "ccl-1", by: "person" },
    { type: "session.hold.requested", session: "ccl-1", by: "person", reason: "a demo is on" },
    { type: "session.unhold.requested", session: "ccl-1", by: "person" },
    { type: "session.pin.requested", session: "ccl-1", account: "spare", by: "person" },
    { type: "session.unpin.requested", session: "ccl-1", by: "person" },
    {
      type: "send.requested",
      ...{ session: "ccl-1", send: "5b2e", by: "person", chars: 34, digest: "d", until: NOON },
    },
    { type: "send.typing", session: "ccl-1", send: "5b2e", run: "run-ccl-1-work" },
    { type: "send.accepted", session: "ccl-1", send: "5b2e" },
    { type: "send.failed", session: "ccl-1", send: "5b2e", reason: "it was not free in time" },
    {
      type: "draft.saved",
      ...{ session: "ccl-1", run: "run-ccl-1-work", chars: 12, path: "/s/draft-5b2e.txt" },
    },
    { type: "config.rejected", problems: ["config.yaml:3:5: failover.mode: unknown"] },
    { type: "freeze.requested", by: "person", reason: "a release is on" },
    { type: "thaw.requested", by: "person" },
    { type: "worker.failed", worker: "watcher", error: "no server", times: 2 },
    { type: "daemon.stop.requested", by: "person", endSessions: false },
    ...parked,
    { type: "swap.redirected", swap: swapAsked.swap, to: "spare", reason: "it is signed out" },
    {
      type: "move.parking",
      swap: swapAsked.swap,
      session: "ccl-1",
      reason: "work: its quota is used up",
    },
    { type: "daemon.stopped", sessions: "left running" },
  ];
  const lines = facts.map((fact, i) =>
    renderEvent({ ...fact, seq: i + 1, at: NOON + i * 1_000 } as Event, OPTIONS)
  );
  await golden("events", lines.map((line) => `${line}\n`).join(""));
});

Deno.test("renderEvent() names an event that only a newer daemon knows", () => {
  const event = { type: "task.dispatched", seq: 1, at: NOON } as unknown as Event;
  equal(renderEvent(event, OPTIONS), "17:46:00  journal       task.dispatched");
});

// -- Times --

Deno.test("duration() and coarse() say a time as people do", () => {
  equal([0, 320, 1_420, 45_000, 12 * MINUTE].map(duration), [
    "0 ms",
    "320 ms",
    "1.4 s",
    "45 s",
    "12 min",
  ]);
  equal([-5, 900, 59_999, 3 * HOUR, 2 * HOUR + 14 * MINUTE, 77 * HOUR].map(coarse), [
    "0 s",
    "0 s",
    "59 s",
    "3 h",
    "2 h 14 min",
    "3 d 5 h",
  ]);
});

Deno.test("clockTime() names the day only when it is another one, where the person is", () => {
  const at = (ms: number) => clockTime(NOON + ms, NOON, inBerlin);
  equal([0, HOUR, 8 * HOUR, 20 * 24 * HOUR].map(at), [
    "17:46",
    "18:46",
    "Mon 01:46",
    "12 Dec 17:46",
  ]);
  equal(resetTime(NOON - 1, NOON, inBerlin), "17:45, past");
});

Deno.test("systemLocalTime() is what the system says", () => {
  const { hour, minute, day } = systemLocalTime(NOON);
  equal(new Date(2026, 10, day, hour, minute).getTime(), NOON);
});

// -- Explanations --

Deno.test("renderExplanation() says what was known of each account, how old it was, and who was rejected", async () => {
  const pool = config({
    accounts: [
      account("work", { priority: 1 }),
      account("spare", { priority: 2 }),
      account("home", { priority: 3, auto: false }),
    ],
    sessions: ["ccl-0", "ccl-1"].map((name) =>
      session(name, { allowedAccounts: ["work", "spare", "home"] })
    ),
  });
  const facts: Fact[] = [
    ...day.map((f) => f.type === "config.applied" ? { ...f, config: pool } : f),
    { type: "account.checked", account: "spare", problems: [] },
    limited,
    wall,
  ];
  const { store } = past(facts, 30_000);
  using _ = store;
  const at = (ms: number) => NOON + 30_000 + ms;
  const before = renderExplanation(explainNow(store.state, at(0)), OPTIONS);
  const grounds = groundsOf(store.state, { from: "work", by: "policy", now: at(0) });
  store.record({ ...swapAsked, grounds } as Fact);
  const after = renderExplanation(explainSwap(store.state, SWAP, at(MINUTE))!, OPTIONS);
  const { grounds: _kept, ...swap } = store.state.swaps[SWAP]!;
  const old = { ...store.state, swaps: { [SWAP]: { ...swap, grounds: null } } };
  const earlier = renderExplanation(explainSwap(old, SWAP, at(MINUTE))!, OPTIONS);
  const nothing = renderExplanation(explainNow(EMPTY, NOON), OPTIONS);
  const pages = { "now": before, "a swap": after, "one of an earlier version": earlier, nothing };
  const text = Object.entries(pages).map(([name, page]) => `=== ${name}\n${page}\n`).join("\n");
  await golden("explain", text);
  for (const line of text.split("\n")) ok(line.length <= 80, line);
});
