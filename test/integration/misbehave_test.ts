/**
 * Scripted agents that go wrong in every way we could think of (misbehave.sh), side by side in one real tmux under one
 * real daemon: what the watcher says of each, and what is done. docs/misbehaviours.md has the same as a table.
 */
import assert from "node:assert/strict";
import type { EventType } from "../../lib/model/event.ts";
import { BACKOFF_MS } from "../../lib/model/restart.ts";
import type { Session, State, Swap } from "../../lib/model/state.ts";
import { isThere, until } from "../support/mod.ts";
import {
  ask,
  background,
  countIn,
  events,
  folder,
  isUp,
  killAgent,
  MISBEHAVING,
  personsTmux,
  said,
  seen,
  somebodyElse,
  task,
  transcriptOf,
} from "./misbehave.ts";
import { makePool, type Pool } from "./pool.ts";

const READY = "idle: Claude Code reported its start (startup)";
const RESUMED = "idle: Claude Code reported its start (resume)";
const FIRST = "starting: the config wants it";
const AGAIN = "starting: it died, restart 1";

/** The session's name in misbehave.sh, what goes wrong, and what must come of it. */
type Case = readonly [name: string, wrong: string, play: (pool: Pool) => Promise<void>];

const CASES: readonly Case[] = [
  ["mute", "hangs at its start, without a word", async (pool) => {
    const { run } = await seen(pool, "mute", (s) => Boolean(s.run?.process));
    await seen(pool, "exits-1", (s) => s.phase.name === "idle"); // others are not held up
    assert.deepEqual(said(pool, "mute"), [FIRST], "left alone: it may be at work on something");
    await ask(pool, (c) => c.restart("mute"));
    await seen(pool, "mute", (s) => s.phase.name === "idle");
    assert.ok(!isThere(run!.process!.pid));
    assert.deepEqual(said(pool, "mute").slice(1), [
      "stopping: a person asked for its restart",
      "stopped: stopped, as a person asked",
      "absent: its start was asked for",
      FIRST,
      READY,
    ]);
  }],
  ["deaf", "ignores SIGTERM, and its tool does too", async (pool) => {
    await task(pool, "deaf", "@@bash trap '' TERM; sleep 300");
    const { run, conversation } = await seen(pool, "deaf", (s) => s.phase.name === "working");
    await ask(pool, (c) => c.restart("deaf"));
    await seen(pool, "deaf", (s) => s.run!.plan.id !== run!.plan.id && s.phase.name !== "starting");
    const tree = events(pool, "deaf", "run.stopping")[0]!.tree;
    assert.ok(tree.length >= 2, "the shell and the sleep of its tool");
    assert.deepEqual([run!.process!, ...tree].filter(({ pid }) => isThere(pid)), []);
    assert.equal(pool.state().sessions["deaf"]!.conversation, conversation);
  }],
  ...[0, 1, 137].map((
    code,
  ): Case => [`exits-${code}`, `ends with ${code} at once`, async (pool: Pool) => {
    const { run } = await seen(pool, `exits-${code}`, (s) => s.phase.name === "idle");
    const died = `dead: the process is gone (exit ${code})`;
    assert.deepEqual(said(pool, `exits-${code}`), [FIRST, died, AGAIN, READY]);
    assert.equal(run!.plan.mark, null, "nothing was cut");
  }]),
  ["leaves", "ends with 0 in the middle of its work", async (pool) => {
    await task(pool, "leaves", "Write. @@bash echo done >>done-by-leaves");
    const { run } = await seen(pool, "leaves", (s) => s.run?.proven === true);
    assert.deepEqual(said(pool, "leaves").slice(2, -1), [
      "working: took a prompt",
      "dead: the process is gone (exit 0)",
      AGAIN,
      RESUMED,
      "working: took our prompt",
    ]);
    assert.equal(await countIn(pool, "leaves", "Write. @@bash"), 1, "its prompt is there once");
    assert.equal(await countIn(pool, "leaves", run!.plan.mark!), 1, "asked once to go on");
    assert.equal(await Deno.readTextFile(`${folder(pool)}/done-by-leaves`), "done\n");
  }],
  ["hookless", "runs without our hooks: there is only its registry entry", async (pool) => {
    await seen(pool, "hookless", (s) => s.phase.name === "idle");
    await task(pool, "hookless", "@@bash sleep 1.5");
    await seen(pool, "hookless", (s) => s.phase.name === "working");
    await seen(pool, "hookless", (s) => s.phase.name === "idle");
    assert.deepEqual(said(pool, "hookless"), [
      FIRST,
      "idle: Claude Code reported its start (registry)",
      "working: its registry entry says busy",
      "idle: its registry entry says idle",
    ]);
  }],
  ["late", "its hooks come two seconds late", async (pool) => {
    await seen(pool, "late", (s) => s.phase.name === "idle");
    await task(pool, "late", "Slowly. @@text done");
    const { phase } = await seen(pool, "late", (s) => s.run?.proven === true);
    assert.equal(phase.name, "idle");
    assert.deepEqual(said(pool, "late").filter((s) => /dead|starting/.test(s)), [FIRST]);
  }],
  ["garbled", "its hooks leave half messages and garbage", async (pool) => {
    await task(pool, "garbled", "@@bash sleep 1.5");
    await seen(pool, "garbled", (s) => s.phase.name === "working");
    await seen(pool, "garbled", (s) => s.phase.name === "idle");
    assert.deepEqual(said(pool, "garbled"), [
      FIRST,
      READY,
      "working: its registry entry says busy",
      "idle: its registry entry says idle",
    ]);
  }],
  ["torn", "its transcript ends in the middle of a line", async (pool) => {
    await task(pool, "torn", "Remember the heron. @@text I will");
    const { run, conversation } = await seen(pool, "torn", (s) => s.run?.proven === true);
    await countIn(pool, "torn", "I will", 2);
    killAgent(pool, "torn");
    const { path, text } = await transcriptOf(pool, "torn");
    await Deno.truncate(path, new TextEncoder().encode(text).length - 40);
    const back = await seen(pool, "torn", (s) => s.run?.plan.id !== run!.plan.id && isUp(s));
    assert.equal(back.run!.plan.how, "resume");
    assert.equal(back.conversation, conversation);
    assert.equal(await countIn(pool, "torn", "Remember the heron."), 1);
  }],
  ["unauthorized", "each answer is a 401", async (pool) => {
    for (let turn = 1; turn <= 3; turn++) {
      await task(
        pool,
        "unauthorized",
        `Try ${turn}.`,
        (s) => ["idle", "waiting"].includes(s.phase.name),
      );
      await until(() => events(pool, "unauthorized", "turn.failed").length === turn);
    }
    const { phase } = pool.state().sessions["unauthorized"]!;
    assert.deepEqual(phase, { name: "waiting", for: "human" });
    assert.equal(said(pool, "unauthorized").at(-1), "waiting: the turn failed");
    assert.equal(pool.state().frozen, null, "a login that has run out freezes nothing");
  }],
  ["throttled", "each answer is a 429 that is no limit", async (pool) => {
    for (let turn = 1; turn <= 3; turn++) {
      await task(pool, "throttled", `Try ${turn}.`);
      await until(() => events(pool, "throttled", "turn.failed").length === turn);
    }
    const { phase, run } = pool.state().sessions["throttled"]!;
    assert.equal(phase.name, "idle");
    assert.equal(run!.unanswered!.kind, "throttle");
  }],
  ["babbles", "its status line is 5 MB of nonsense, then of another shape", async (pool) => {
    for (let turn = 1; turn <= 3; turn++) {
      await task(pool, "babbles", `Turn ${turn}. @@text yes`);
      await until(() => events(pool, "babbles", "turn.ended").length === turn);
    }
    await seen(pool, "babbles", (s) => s.phase.name === "idle");
  }],
  ["outlived", "a shell in its background lives longer than it", async (pool) => {
    const left = await background(pool, "outlived");
    killAgent(pool, "outlived");
    await seen(pool, "outlived", (s) => s.deaths.length > 0 && isUp(s));
    assert.ok(isThere(left), "not ours to end: it is not below what we started");
    assert.equal(said(pool, "outlived").filter((s) => s.startsWith("dead")).length, 1);
    Deno.kill(left, "SIGKILL");
  }],
  ["leaks", "what it leaves behind holds the lock of its conversation", async (pool) => {
    const left = await background(pool, "leaks");
    killAgent(pool, "leaks");
    await seen(pool, "leaks", (s) => s.phase.name === "dead" && s.phase.exit === 75);
    const open = "dead: the process is gone (exit 75: its conversation is open elsewhere)";
    assert.equal(said(pool, "leaks").at(-1), open);
    Deno.kill(left, "SIGKILL");
    await seen(pool, "leaks", isUp);
    assert.ok(said(pool, "leaks").includes("starting: it died, restart 2"));
  }],
  ["stale", "its registry entry outlives it, and its pid is somebody else's now", async (pool) => {
    await task(pool, "stale", "Remember the owl. @@text I will");
    const { conversation, run } = await seen(pool, "stale", (s) => s.run?.proven === true);
    await using stranger = somebodyElse();
    const { configDir } = pool.config.accounts[0]!;
    const entry = await Deno.readTextFile(`${configDir}/sessions/${run!.process!.pid}.json`);
    await Deno.writeTextFile(
      `${configDir}/sessions/${stranger.pid}.json`,
      JSON.stringify({ ...JSON.parse(entry), pid: stranger.pid }),
    );
    killAgent(pool, "stale");
    const back = await seen(pool, "stale", (s) => s.deaths.length > 0 && isUp(s));
    assert.equal(back.conversation, conversation);
    assert.deepEqual(said(pool, "stale").filter((s) => s.startsWith("dead")), [
      "dead: the process is gone (exit unknown)",
    ]);
  }],
  ["stranger", "comes up with another conversation than it was told to resume", async (pool) => {
    await task(pool, "stranger", "Remember the wren. @@text I will");
    const { conversation } = await seen(pool, "stranger", (s) => s.run?.proven === true);
    killAgent(pool, "stranger");
    await seen(pool, "stranger", (s) => s.deaths.length > 0 && s.phase.name === "waiting");
    assert.match(said(pool, "stranger").at(-1)!, /^waiting: it came up with conversation .* not /);
    assert.equal(pool.state().sessions["stranger"]!.conversation, conversation, "ours is not lost");
    await ask(pool, (c) => c.restart("stranger"));
    await seen(pool, "stranger", isUp);
    assert.equal(pool.state().sessions["stranger"]!.conversation, conversation);
  }],
  ["closed", "a person closes its pane", async (pool) => {
    const { conversation, run } = await seen(pool, "closed", (s) => s.phase.name === "idle");
    await personsTmux(pool, "kill-pane", "-t", run!.pane!);
    const back = await seen(pool, "closed", (s) => s.deaths.length > 0 && isUp(s));
    assert.equal(back.conversation, conversation);
    assert.ok(said(pool, "closed").includes("dead: the process is gone (exit unknown)"));
  }],
  ["renamed", "a person renames its tmux session", async (pool) => {
    const { conversation, run } = await seen(pool, "renamed", (s) => s.phase.name === "idle");
    await personsTmux(pool, "rename-session", "-t", "=renamed", "theirs");
    await ask(pool, (c) => c.restart("renamed"));
    const back = await seen(pool, "renamed", (s) => s.run?.plan.id !== run!.plan.id && isUp(s));
    assert.equal(back.conversation, conversation);
    assert.ok(!isThere(run!.process!.pid));
    const panes = await pool.tmux.panes();
    assert.equal(panes.filter((p) => p.session === "renamed" && !p.dead).length, 1);
  }],
];

Deno.test("sessions that misbehave are told apart, brought back or left to a person, each once", async (t) => {
  const names = [...CASES.map(([name]) => name), "dies"];
  await using pool = await makePool({
    accounts: ["a", "b"],
    sessions: names,
    failover: "  boots_at_once: 8\n  stop_grace: 1s",
    claude: MISBEHAVING,
  });
  pool.daemon({ ofTests: true }); // its clock leaps
  const results = await Promise.allSettled(CASES.map(([, , play]) => play(pool)));
  for (const [i, [name, wrong]] of CASES.entries()) {
    await t.step(`${name}: ${wrong}`, () => {
      const result = results[i]!;
      if (result.status === "rejected") throw result.reason;
    });
  }
  await t.step("dies: each start ends with 3, and it is given up", async () => {
    const dead = (nth: number) => (s: Session) => s.deaths.some((d) => d.nth >= nth);
    for (const [i, restMs] of BACKOFF_MS.slice(0, 4).entries()) {
      await seen(pool, "dies", dead(i + 1));
      await pool.leap(restMs);
    }
    const { phase } = await seen(pool, "dies", (s) => s.phase.name === "quarantined");
    assert.match((phase as { why: string }).why, /^5 starts in a row ended with exit 3 /);
    assert.equal(events(pool, "dies", "run.launched").length, 5);
  });
  await t.step("nobody else was touched, and no conversation is open twice", async () => {
    const all = pool.events().map((e) => e.type);
    for (const never of ["swap.requested", "quota.wall", "freeze.requested", "worker.failed"]) {
      assert.ok(!all.includes(never as EventType), never);
    }
    const { sessions } = pool.state();
    const alive = await pool.agents();
    for (const name of names.filter((name) => name !== "dies" && name !== "stale")) {
      assert.equal(alive.get(sessions[name]!.conversation!)?.length, 1, name);
    }
  });
});

Deno.test("a swap gets past sessions that misbehave in it, and nobody comes back by himself", async () => {
  const names = ["boasts", "deaf-in-a-swap", "dies-under-b", "mute-under-b", "stranger-under-b"];
  await using pool = await makePool({
    accounts: ["a", "b", "c"],
    sessions: names,
    failover: "  boots_at_once: 5\n  stop_grace: 1s",
    bootTimeout: "6s",
    claude: MISBEHAVING,
  });
  pool.daemon({ ofTests: true }); // its clock leaps
  for (const name of names) await task(pool, name, `I am ${name}. @@text hello`);
  for (const name of names) await seen(pool, name, (s) => s.run?.proven === true);
  const before = pool.state().sessions;
  await task(pool, "boasts", "More. @@text my status line says 100 %");
  const { swaps, accounts } = await pool.until(
    (s) => lastSwap(s)?.outcome.is === "finished",
    40_000,
  );
  assert.deepEqual(accounts["a"]!.windows.five_hour!.usedPct, 100);

  const [swap] = Object.values(swaps);
  assert.deepEqual(swap!.reason, { kind: "wall", session: "boasts", window: "five_hour" });
  const arrived = Object.values(swap!.moves).map((m) => [m.session, m.outcome.is, m.to, m.tried]);
  assert.deepEqual(arrived.sort(), [
    ["boasts", "moved", "b", []],
    ["deaf-in-a-swap", "moved", "b", []],
    ["dies-under-b", "moved", "c", ["b"]],
    ["mute-under-b", "moved", "c", ["b"]],
    ["stranger-under-b", "moved", "c", ["b"]],
  ]);
  const why = (name: string) =>
    events(pool, name, "move.redirected").map(({ reason }) => reason)[0]!;
  assert.match(why("dies-under-b"), /^claude ended under b with exit 1/);
  assert.match(why("mute-under-b"), /^claude did not report itself under b within 6 s/);
  assert.match(why("stranger-under-b"), /^claude came up with conversation .* under b, not /);

  const alive = await pool.agents();
  for (const name of names) {
    const { conversation, deaths } = pool.state().sessions[name]!;
    assert.equal(conversation, before[name]!.conversation, name);
    assert.equal(alive.get(conversation!)?.length, 1, name);
    assert.deepEqual(deaths, [], name);
    assert.equal(await countIn(pool, name, `I am ${name}.`), 1);
  }

  await pool.leap(3_700_000); // the window of a is over, and its status line had never been true
  await task(pool, "boasts", "Once more. @@text and 20 % now");
  await until(() => events(pool, "boasts", "turn.ended").length === 3);
  assert.equal(pool.events().filter((e) => e.type === "swap.requested").length, 1);
});

function lastSwap({ swaps }: State): Swap | undefined {
  return Object.values(swaps).at(-1);
}
