/** What a swap does when something comes in between; its crashes are in switcher_crash_test.ts. */
import assert from "node:assert/strict";
import { checkpointPath } from "../lib/checkpoint/mod.ts";
import { runDir } from "../lib/claude/layout.ts";
import type { Fact } from "../lib/model/event.ts";
import { hasReported } from "../lib/switcher/resumed.ts";
import { plan, sessionSpec, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { finds } from "./support/preflights.ts";

/** Session s1 is up and idle under account a. */
async function pool(failover: NonNullable<Parameters<typeof world>[0]>["failover"] = {}) {
  const w = await world({ sessions: [sessionSpec("s1")], failover });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  return w;
}

const ASKED: Fact = swapOff("w1", { by: "person" });
const outcome = (w: World) => w.state.swaps.w1!.outcome;
const move = (w: World) => w.state.swaps.w1!.moves.s1!;
const accounts = (w: World) => w.agent.starts.map((s) => s.account);
const failures = (w: World) => w.events("worker.failed").map(({ error }) => error);

function hitWall(w: World, account = "a"): void {
  const resetsAt = w.clock.now() + 3_600_000;
  const window = "five_hour";
  const of = { account, session: "s1", window, resetsAt, transcript: null } as const;
  w.store.record({ type: "quota.wall", ...of, evidence: [] });
}

Deno.test("a swap waits for tmux when it cannot say, and goes nowhere else because of it", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  w.store.record(ASKED);
  w.tmux.breaks("no answer within 5 s");
  await w.clock.advance(10_000);
  assert.equal(outcome(w).is, "running");
  w.tmux.breaks();
  await w.until(() => outcome(w).is === "finished");
  assert.deepEqual(accounts(w), ["a", "b"]);
  assert.deepEqual(failures(w), []);
});

Deno.test("a swap stops a run whose launch nobody has written down", async () => {
  using w = await world({ sessions: [sessionSpec("s1")], failover: { quiesceGraceMs: 100 } });
  w.store.record({ type: "run.planned", session: "s1", plan: plan("r1"), why: "test" });
  const { onCall } = w.tmux;
  w.tmux.onCall = null;
  await w.tmux.launch("s1", { cwd: "/", argv: ["sh", `${runDir(w.config, "r1")}/launch.sh`] });
  w.tmux.onCall = onCall;
  const first = w.tmux.process("s1");
  w.store.record(ASKED);
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => outcome(w).is !== "running");
  assert.equal(outcome(w).is, "finished");
  assert.deepEqual(w.tmux.processes.signals, [{ process: first, signal: "SIGTERM" }]);
  assert.deepEqual(accounts(w), ["b"]);
});

Deno.test("a swap goes on with a prompt that a person gave while it stopped the session at rest", async () => {
  using w = await pool();
  {
    await using _ = w.live(w.switcher());
    w.store.record(ASKED);
    await w.until(() => move(w).inDoubt === "stop");
    await w.agent.prompt("s1", "one more thing");
    await w.clock.advance(100);
    assert.equal(w.tmux.pane("s1").dead, true);
    assert.equal(move(w).inDoubt, "stop", "its last words are not read yet");
    await using __ = w.live(w.watcher());
    await w.until(() => outcome(w).is === "finished");
  }
  assert.equal(move(w).quiesced, "at rest");
  const { prompt } = w.agent.last("s1");
  assert.ok(prompt?.includes(w.session("s1").run!.plan.mark!), "it is asked to go on");
});

Deno.test("a swap waits for a session that is just starting", async () => {
  using w = await world({ sessions: [sessionSpec("s1")] });
  const { onCall } = w.tmux;
  w.tmux.onCall = null;
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "starting" && w.tmux.calls.length === 1);
  w.store.record(ASKED);
  await w.clock.advance(5_000);
  assert.deepEqual(move(w).finished, ["checkpoint"]);
  await onCall!(w.tmux.calls[0]!); // it reports itself at last
  w.tmux.onCall = onCall;
  await w.until(() => outcome(w).is === "finished");
  assert.equal(move(w).quiesced, "at rest");
});

Deno.test("a swap gives a session up that the daemon is told to end", async () => {
  using w = await pool();
  await w.agent.prompt("s1", "build");
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => w.phase("s1") === "working");
  w.store.record(ASKED);
  await w.clock.advance(1_000);
  w.store.record({ type: "daemon.stop.requested", by: "person", endSessions: true });
  await w.until(() => w.phase("s1") === "stopped");
  assert.equal(outcome(w).is, "failed");
  assert.deepEqual(accounts(w), ["a"]);
});

Deno.test("a swap leaves a session ended that a person ends while it comes up", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(1_000);
  w.tmux.onCall = async (call) => {
    if (call.kind !== "launch") return;
    const spool = call.options.argv[1].replace("launch.sh", "spool");
    const message = '{"session_id":"c","reason":"prompt_input_exit"}';
    await w.files.writeAtomic(`${spool}/1.000001.SessionEnd.edge.json`, message);
    w.tmux.end("s1", 0);
  };
  w.store.record(ASKED);
  await w.until(() => outcome(w).is !== "running");
  assert.equal(move(w).outcome.is, "moved");
  await w.clock.advance(60_000);
  assert.equal(w.phase("s1"), "ended");
  assert.equal(w.tmux.calls.length, 2);
});

Deno.test("a swap leaves a session alone whose process survives SIGKILL", async () => {
  using w = await pool({ stopGraceMs: 100 });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(1_000);
  w.tmux.processes.signal = () => Promise.resolve(true); // in an uninterruptible sleep
  w.store.record(ASKED);
  await w.until(() => outcome(w).is !== "running");
  assert.match(JSON.stringify(move(w).outcome), /survives SIGKILL.*untouched/);
  assert.deepEqual(move(w).tried, []);
  await w.clock.advance(10_000);
  assert.deepEqual(accounts(w), ["a"]);
  assert.deepEqual(failures(w), []);
});

Deno.test("the switcher tries a swap that failed only once a minute", async () => {
  using w = await pool();
  await using _ = w.live(
    w.watcher(),
    w.switcher((_config, { id }) => finds(`${id} is signed out`)),
  );
  hitWall(w);
  await w.clock.advance(10 * 60_000);
  const tried = w.events("swap.requested");
  // b, then c in the same swap; both again when their preflights are old.
  assert.deepEqual(w.events("swap.redirected").map((e) => e.to).slice(0, 1), ["c"]);
  assert.match(
    JSON.stringify(w.events("swap.failed")[0]),
    /b: b is signed out; c: c is signed out/,
  );
  assert.ok(tried.length <= 3, `${tried.length} swaps`);
  for (const [i, swap] of tried.entries()) {
    if (i > 0) assert.ok(swap.at - tried[i - 1]!.at >= 60_000);
  }
});

Deno.test("the switcher does not move work to and fro between two accounts at their walls", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  for (const account of ["b", "c", "a"]) hitWall(w, account);
  await w.clock.advance(30 * 60_000);
  assert.deepEqual(w.events("swap.requested"), []);
  assert.deepEqual(accounts(w), ["a"]);
});

Deno.test("the switcher proposes once, in mode confirm", async () => {
  using w = await pool({ mode: "confirm" });
  await using _ = w.live(w.watcher(), w.switcher());
  for (let i = 0; i < 5; i++) {
    hitWall(w);
    await w.clock.advance(60_000);
  }
  assert.equal(w.events("swap.proposed").length, 1);
  assert.deepEqual(accounts(w), ["a"]);
});

Deno.test("the switcher moves by itself at a wall, and not while it is frozen", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  w.store.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  hitWall(w);
  await w.clock.advance(5 * 60_000);
  assert.deepEqual(accounts(w), ["a"]);
  assert.deepEqual(w.events("request.refused"), []);
  w.store.record({ type: "thaw.requested", by: "person" });
  await w.until(() => w.session("s1").account === "b" && w.phase("s1") === "idle");
  assert.deepEqual(accounts(w), ["a", "b"]);
  const { considered, readings } = w.events("swap.requested")[0]!.grounds!;
  assert.deepEqual(considered.find((c) => c.account === "b"), { account: "b", rejected: null });
  assert.equal(readings.find((r) => r.account === "a")?.pressure.is, "full");
});

Deno.test("a swap leaves a session where it is when its checkpoint cannot be written", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  w.files.fails(checkpointPath(w.config, "s1", "w1"), new Error("No space left on device"));
  w.store.record(ASKED);
  await w.until(() => outcome(w).is !== "running");
  assert.match(JSON.stringify(move(w).outcome), /cannot write its checkpoint.*No space.*untouched/);
  assert.deepEqual(accounts(w), ["a"]);
  assert.deepEqual(failures(w), []);
});

Deno.test("a swap keeps what a failed start showed, but not in the journal", async () => {
  using w = await pool({ bootTimeoutMs: 1_000 });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.clock.advance(1_000);
  const { onCall } = w.tmux;
  w.tmux.onCall = async (call) => {
    w.tmux.onCall = onCall; // the start under b never reports itself; the next one does
    if (call.kind === "launch") w.tmux.screen("s1", "Do you trust this folder?\nwords of a person");
    await Promise.resolve();
  };
  w.store.record(ASKED);
  await w.until(() => outcome(w).is !== "running");
  const [{ reason } = { reason: "" }] = w.events("move.redirected");
  const path = /its screen is kept in (\S+)$/.exec(reason)?.[1] ?? "";
  assert.match(await w.files.read(path) ?? "", /words of a person/);
  assert.doesNotMatch(JSON.stringify(w.store.events({ limit: -1 })), /words of a person/);
});

Deno.test("a swap brings work that was cut up before what was at rest, however long that has waited", async () => {
  const names = ["idle-1", "idle-2", "idle-3", "busy"];
  const sessions = names.map((name) => sessionSpec(name));
  using w = await world({ sessions, failover: { bootsAtOnce: 1, quiesceGraceMs: 100 } });
  await using _ = w.live(w.watcher(), w.switcher());
  await w.until(() => names.every((name) => w.phase(name) === "idle"));
  await w.agent.prompt("busy", "build");
  await w.until(() => w.phase("busy") === "working");
  const { onCall } = w.tmux;
  w.tmux.onCall = null; // the first one under the other account takes its time
  const before = w.tmux.calls.length;
  w.store.record(swapOff("w1", { by: "person", sessions: names }));
  await w.until(() => w.phase("busy") === "stopped");
  const [first] = w.tmux.calls.slice(before).filter(({ kind }) => kind === "launch");
  w.tmux.onCall = onCall;
  await onCall!(first!);
  await w.until(() => outcome(w).is === "finished");
  const order = w.agent.starts.filter((s) => s.account === "b").map((s) => s.session);
  assert.deepEqual(order, ["idle-1", "busy", "idle-2", "idle-3"]);
});

Deno.test("a swap whose target opens another conversation goes elsewhere with the right one", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  const { conversation } = w.session("s1");
  const { onCall } = w.tmux;
  w.tmux.onCall = async (call) => {
    w.tmux.onCall = onCall;
    if (call.kind !== "launch") return;
    const dir = call.options.argv[1].replace("/launch.sh", "/spool");
    const message = { session_id: "other", source: "resume", transcript_path: "/other.jsonl" };
    await w.files.writeAtomic(`${dir}/1.0.SessionStart.edge.json`, JSON.stringify(message));
  };
  w.store.record(ASKED);
  await w.until(() => outcome(w).is !== "running");
  const [{ reason } = { reason: "" }] = w.events("move.redirected");
  assert.match(reason, /came up with conversation other under b, not /);
  assert.equal(w.session("s1").account, "c");
  assert.equal(w.session("s1").conversation, conversation);
  assert.equal(w.agent.last("s1").conversation, conversation);
});

Deno.test("a swap does not take another conversation for the right one after a crash either", async () => {
  using w = await pool();
  const of = { session: "s1", run: "r2" };
  const reports = (conversation: string): Fact => ({
    type: "run.ready",
    ...of,
    conversation,
    source: "resume",
    transcript: null,
  });
  const { conversation } = w.session("s1");
  const next = { ...plan("r2", { account: "b" }), conversation: conversation! };
  w.store.record(ASKED, { type: "move.planned", swap: "w1", session: "s1", plan: next });
  const life = {
    state: () => w.state,
    record: w.store.record.bind(w.store),
    together: w.store.together.bind(w.store),
  };
  const signal = new AbortController().signal;
  const deps = { ...w.deps, preflight: () => finds() };
  const context = { deps, life: { ...life, signal }, swapId: "w1", sessionName: "s1" };
  w.store.record(reports("other"));
  assert.equal(await hasReported(context), false);
  w.store.record(reports(conversation!)); // a person has chosen it in there
  assert.equal(await hasReported(context), true);
});
