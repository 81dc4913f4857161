/** What `/metrics` says: that it is true, that it can be read, and that nobody can make it grow. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Fact } from "../../lib/model/event.ts";
import { bounded, label, MAX_SERIES } from "../../lib/http/metrics/family.ts";
import { account, ASKED, config, MINUTE, NOON, reading, session, wholeMove } from "./fixture.ts";
import { midday, setup } from "./setup.ts";

type World = ReturnType<typeof setup>;

/** Each series with its value. */
async function scrape({ app }: World): Promise<Record<string, number>> {
  const response = await app.request("/metrics");
  equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return parse(await response.text());
}

function parse(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at).replace(/^claude_failover_/, ""), Number(line.slice(at + 1))];
  }));
}

Deno.test("/metrics tells the windows of each account, with their age and source", async () => {
  using w = setup();
  w.pass(3 * MINUTE);
  const is = await scrape(w);
  equal(is['quota_used_percent{account="work",window="five_hour"}'], 61.4);
  equal(is['quota_used_percent{account="work",window="seven_day"}'], 20);
  equal(is['quota_line_percent{account="work",window="five_hour"}'], 92);
  const of = 'account="work",window="five_hour"';
  equal(is[`quota_age_seconds{${of},source="status line"}`], 180);
  equal(is[`quota_reset_timestamp_seconds{${of}}`], (NOON + 8_040_000) / 1_000);
  equal([is['account_full{account="work"}'], is['account_full{account="spare"}']], [0, 0]);
  equal(Object.keys(is).filter((name) => name.includes("spare") && name.startsWith("quota")), []);
});

Deno.test("/metrics forgets a window that is over", async () => {
  using w = setup();
  const used = 'quota_used_percent{account="work",window="five_hour"}';
  equal((await scrape(w))[used], 61.4);
  w.pass(8_040_000);
  equal((await scrape(w))[used], undefined);
});

Deno.test("/metrics tells when a window will be full", async () => {
  using w = setup();
  for (const usedPct of [62, 66, 70, 74, 78]) {
    w.pass(3 * MINUTE);
    w.control.record(reading("work", { usedPct, resetsAt: NOON + 8_040_000 }));
  }
  const of = 'account="work",window="five_hour",estimate="p50"';
  const at = (await scrape(w))[`quota_full_timestamp_seconds{${of}}`]!;
  const inMinutes = (at * 1_000 - w.control.now()) / MINUTE;
  ok(inMinutes > 10 && inMinutes < 30, `${inMinutes} min`);
});

Deno.test("/metrics counts sessions, tasks, workers and what the daemon takes", async () => {
  using w = setup();
  w.control.ill.workers = [
    { name: "watcher", is: "running", error: null, restarts: 0 },
    { name: "quota", is: "resting", error: "no", restarts: 7 },
  ];
  w.control.record({ type: "freeze.requested", by: "person", reason: "x" });
  const is = await scrape(w);
  equal(is['sessions{account="work",state="idle"}'], 3);
  equal([is['worker_up{worker="watcher"}'], is['worker_up{worker="quota"}']], [1, 0]);
  equal(is['worker_restarts_total{worker="quota"}'], 7);
  equal([is.frozen, is.dispatch_paused, is.swap_running, is.proposal_waiting], [1, 0, 0, 0]);
  equal([is.journal_seq, is.journal_first_seq], [w.store.state.seq, 1]);
  equal([is.journal_bytes, is.journal_writable], [4_096, 1]);
  equal(is.process_cpu_seconds_total, 1.5);
  equal(is.process_resident_memory_bytes, 64 << 20);
  equal(is.process_start_time_seconds, NOON / 1_000);
  equal(is['info{version="0.1.0"}'], 1);
});

Deno.test("/metrics adds up how long steps and swaps took, once, whoever asks how often", async () => {
  using w = setup();
  const asked = { ...ASKED, grounds: { considered: [], readings: [] } } as const;
  w.control.record(asked);
  for (const fact of wholeMove("s1", "ccl-0", "spare")) {
    if (fact.type === "move.step.finished") w.pass(fact.step === "stop" ? 4_000 : 100);
    w.control.record(fact);
  }
  w.control.record({ type: "swap.finished", swap: "s1" });
  await Promise.all([scrape(w), scrape(w)]);
  const is = await scrape(w);
  equal(is['swap_step_seconds_count{step="stop"}'], 1);
  equal(is['swap_step_seconds_sum{step="stop"}'], 4);
  equal(is['swap_step_seconds_bucket{le="2.5",step="stop"}'], 0);
  equal(is['swap_step_seconds_bucket{le="5",step="stop"}'], 1);
  equal(is['swap_step_seconds_sum{step="launch"}'], 0.1);
  equal(
    [is['swap_seconds_count{outcome="finished"}'], is['swap_seconds_sum{outcome="finished"}']],
    [
      1,
      4.5,
    ],
  );
  equal(is['moves_total{outcome="moved"}'], 1);
});

Deno.test("/metrics tells how long a task waited and how long its hand-over took", async () => {
  using w = setup();
  const spec = emptySpec("t");
  const found: Fact = {
    type: "task.found",
    task: "t1",
    project: "shop",
    file: "t1.md",
    ref: "t1",
    digest: "d",
    spec,
    ignored: [],
  };
  w.control.record(found);
  w.pass(40_000);
  const waiting = await scrape(w);
  equal(waiting['tasks{project="shop",place="queued"}'], 1);
  equal(waiting['task_oldest_queued_seconds{project="shop"}'], 40);
  w.control.record({ type: "task.assigned", task: "t1", session: "ccl-0", mark: "m", why: "idle" });
  w.pass(2_000);
  const conversation = w.store.state.sessions["ccl-0"]!.conversation!;
  for (
    const fact of [
      { type: "task.claimed", task: "t1" },
      { type: "task.sent", task: "t1" },
      { type: "task.accepted", task: "t1", conversation },
      { type: "task.ended", task: "t1", as: "done", by: "agent", why: null },
    ] as const
  ) w.control.record(fact);
  const is = await scrape(w);
  equal([is.task_wait_seconds_count, is.task_wait_seconds_sum], [1, 40]);
  equal([is.task_handover_seconds_count, is.task_handover_seconds_sum], [1, 2]);
  equal(is['tasks_ended_total{as="done"}'], 1);
  equal(is['tasks{project="shop",place="queued"}'], undefined);
});

Deno.test("/metrics tells how the channels of notices do", async () => {
  using w = setup();
  w.control.channels = () => [{ channel: "chat", failures: 3, messages: { pending: 2, sent: 7 } }];
  const is = await scrape(w);
  equal(is['notices{channel="chat",stage="pending"}'], 2);
  equal(is['notices{channel="chat",stage="sent"}'], 7);
  equal(is['notices{channel="chat",stage="dead"}'], 0);
  equal(is['notice_failures{channel="chat"}'], 3);
});

Deno.test("the metrics go on with what was under way when the daemon began", async () => {
  const asked: Fact = { ...ASKED, grounds: { considered: [], readings: [] } };
  const step = { swap: "s1", session: "ccl-0", step: "checkpoint" } as const;
  using w = setup({ facts: [...midday(), asked, { type: "move.step.started", ...step }] });
  w.pass(3_000);
  w.control.record({ type: "move.step.finished", ...step });
  equal((await scrape(w))['swap_step_seconds_sum{step="checkpoint"}'], 3);
});

Deno.test("hostile names stay within their line", async () => {
  using w = setup();
  const evil = `x"} 1\nevil{a="${"\\".repeat(3)}\u2028`;
  const windows = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, i) => [`other:${evil}${i}`, { usedPct: i, resetsAt: null }]),
  );
  w.control.record({ type: "quota.read", account: "work", source: "command", windows });
  const text = await (await w.app.request("/metrics")).text();
  const shape =
    /^(#.*|[a-z_]+(\{([a-z]+="([^"\\\n]|\\[\\"n])*",?)*\})? (-?[0-9.e+-]+|\+Inf|Nan))?$/;
  for (const line of text.split("\n")) match(line, shape);
  const used = text.split("\n").filter((line) => line.startsWith("claude_failover_quota_used"));
  ok(used.length <= MAX_SERIES, `${used.length} series`);
});

Deno.test("more series than a family may have are left out, and counted", async () => {
  const accounts = Array.from({ length: MAX_SERIES + 100 }, (_, i) => account(`a${i}`));
  using w = setup({
    facts: [midday()[0]!, { type: "config.applied", config: config({ accounts }) }],
  });
  const is = await scrape(w);
  equal(is.metrics_left_out, 100);
  equal(Object.keys(is).filter((name) => name.startsWith("account_full")).length, MAX_SERIES);
});

Deno.test("200 sessions are few series", async () => {
  const names = Array.from({ length: 200 }, (_, i) => `s${i}`);
  const sessions = names.map((name) => session(name));
  using w = setup({
    facts: [midday()[0]!, { type: "config.applied", config: config({ sessions }) }],
  });
  ok(Object.keys(await scrape(w)).length < 100);
});

Deno.test("bounded() keeps the first of each name, label() one line of whole characters", () => {
  const figure = (name: string, value: number) => ({ labels: { name }, value });
  equal(bounded([figure("a", 1), figure("a", 2), figure("b", 3)]), {
    kept: [figure("a", 1), figure("b", 3)],
    leftOut: 1,
  });
  equal(label("a\nb\u2028c\0"), "a?b?c?");
  equal(label("😀".repeat(80)).isWellFormed(), true);
});
