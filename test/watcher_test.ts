import assert from "node:assert/strict";
import { runDir, spoolDir } from "../lib/claude/layout.ts";
import type { Phase } from "../lib/model/state.ts";
import { plan, sessionSpec, started, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const ONE = { sessions: [sessionSpec("s1")] };

/** A world in which the sessions of the config are up and idle. */
async function running(changes: Parameters<typeof world>[0] = ONE): Promise<World> {
  const w = await world(changes);
  await using _ = w.live(w.watcher());
  await w.until(() => w.config.sessions.every(({ name }) => w.phase(name) === "idle"));
  return w;
}

/** The session's process ends while a daemon looks on. */
async function dies(w: World, name: string, exit: number): Promise<void> {
  await using _ = w.live(w.watcher());
  await w.clock.advance(1_000);
  const before = w.events("run.ended").length;
  w.tmux.end(name, exit);
  await w.until(() => w.events("run.ended").length > before);
}

/** The last end of a run that was told of the session. */
const lastEnd = (w: World, name: string) =>
  w.events("run.ended").findLast(({ session }) => session === name);

const hasProcess = (w: World, name: string) => (w.session(name).run?.process ?? null) !== null;
const launches = (w: World) => w.tmux.calls.filter((c) => c.kind === "launch").length;
const failures = (w: World) => w.events("worker.failed").map(({ error }) => error);

// -- Starts --

Deno.test("the watcher starts each session of the config once", async () => {
  using w = await running({});
  await using _ = w.live(w.watcher());
  await w.clock.advance(10_000);
  assert.deepEqual(w.agent.starts.map((s) => [s.session, s.how]), [
    ["s1", "--session-id"],
    ["s2", "--session-id"],
  ]);
  assert.deepEqual(failures(w), []);
});

Deno.test("the watcher launches what an earlier daemon had planned, and nothing twice", async () => {
  using w = await world(ONE);
  w.store.record({ type: "run.planned", session: "s1", plan: plan("r1"), why: "test" });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  assert.deepEqual(w.agent.starts.map((s) => s.run), ["r1"]);
});

Deno.test("the watcher adopts a run that has spoken before its launch was written down", async () => {
  using w = await world(ONE);
  w.store.record({ type: "run.planned", session: "s1", plan: plan("r1"), why: "test" });
  await w.tmux.launch("s1", {
    cwd: "/",
    argv: ["sh", `${runDir(w.config, "r1")}/launch.sh`],
  });
  await w.agent.hook("s1", "SessionStart", { source: "startup" });
  await using _ = w.live(w.watcher());
  await w.until(() => hasProcess(w, "s1"));
  assert.equal(launches(w), 1);
  assert.deepEqual(w.session("s1").run!.process, w.tmux.process("s1"));
  w.tmux.end("s1", 3);
  await w.until(() => lastEnd(w, "s1")?.exit === 3);
});

Deno.test("the watcher lets so many boot at a time, and goes on when one of them hangs", async () => {
  using w = await world({
    sessions: ["s1", "s2", "s3"].map((name) => sessionSpec(name)),
    failover: { bootsAtOnce: 1, bootTimeoutMs: 30_000 },
  });
  w.tmux.onCall = null; // a dialog holds each of them up
  await using _ = w.live(w.watcher());
  await w.clock.advance(29_000);
  assert.equal(launches(w), 1);
  await w.clock.advance(2_000);
  assert.equal(launches(w), 2);
});

Deno.test("the watcher launches a planned session although an absent one before it must wait", async () => {
  using w = await world({ failover: { bootsAtOnce: 1 } });
  w.store.record({ type: "run.planned", session: "s2", plan: plan("r2"), why: "test" });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle" && w.phase("s2") === "idle");
  assert.deepEqual(w.agent.starts.map((s) => s.session), ["s2", "s1"]);
});

Deno.test("the watcher says why a session cannot be launched", async () => {
  using w = await world(ONE);
  await w.files.makeDir("/home/ada/.claude-a/projects"); // a real folder where the link should be
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "dead");
  assert.match(w.session("s1").history.at(-1)!.why, /cannot launch: .*projects/);
  assert.deepEqual(failures(w), []);
});

Deno.test("the watcher ends a launch whose session was stopped meanwhile", async () => {
  using w = await world(ONE);
  w.tmux.onCall = () => {
    const { run } = w.session("s1");
    const of = { session: "s1", run: run!.plan.id };
    w.store.record(
      { type: "run.stopping", ...of, why: "test", tree: [] },
      { type: "run.ended", ...of, exit: null },
    );
  };
  await using _ = w.live(w.watcher());
  await w.until(() => w.tmux.processes.signals.length > 0);
  assert.ok(w.tmux.pane("s1").dead);
  assert.equal(w.phase("s1"), "stopped");
});

// -- Signals --

Deno.test("the watcher turns hooks into phases", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  const hooks: [string, Record<string, unknown>, Phase["name"]][] = [
    ["UserPromptSubmit", { prompt: "build" }, "working"],
    ["PermissionRequest", {}, "waiting"],
    ["UserPromptSubmit", { prompt: "go on" }, "working"],
    ["Stop", {}, "idle"],
    ["UserPromptSubmit", { prompt: "more" }, "working"],
    ["StopFailure", {
      error: "rate_limit",
      last_assistant_message: "You've hit your 5-hour limit · resets 7:12pm (UTC)",
    }, "limited"],
  ];
  for (const [event, payload, phase] of hooks) {
    await w.agent.hook("s1", event, payload);
    await w.clock.advance(20);
    assert.equal(w.phase("s1"), phase, event);
  }
  assert.deepEqual(await w.files.list(spoolDir(w.config, w.session("s1").run!.plan.id)), []);
});

Deno.test("the watcher freezes automatic moves once when an account was revoked, not when a login has expired", async () => {
  using w = await running();
  await using _ = w.live(w.watcher(), w.switcher());
  const fails = async (text: string) => {
    await w.agent.hook("s1", "UserPromptSubmit", { prompt: "build" });
    const failure = { error: "authentication_failed", last_assistant_message: text };
    await w.agent.hook("s1", "StopFailure", failure);
    await w.clock.advance(20);
    assert.equal(w.phase("s1"), "waiting");
  };
  await fails("Login expired · Please run /login");
  assert.ok(w.state.frozen === null);
  await fails("OAuth token revoked · Please run /login");
  await fails("OAuth token revoked · Please run /login");
  assert.equal(w.state.frozen!.by, "policy");
  assert.match(w.state.frozen!.reason, /^a was suspended or revoked \("OAuth token revoked/);
  assert.deepEqual(w.events("request.refused"), []);

  const full = { five_hour: { usedPct: 100, resetsAt: null } };
  w.store.record({ type: "quota.read", account: "a", source: "status line", windows: full });
  await w.clock.advance(1_000);
  assert.deepEqual(w.events("swap.requested"), [], "not even at its limit");
  w.store.record({ type: "thaw.requested", by: "person" });
  await w.until(() => w.events("swap.requested").length === 1);
});

Deno.test("the watcher takes a torn message for none", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  const { seq } = w.state;
  const spool = spoolDir(w.config, w.session("s1").run!.plan.id);
  await w.files.writeAtomic(`${spool}/9.000001.Stop.edge.json`, "");
  await w.files.writeAtomic(`${spool}/9.000002.UserPromptSubmit.edge.json`, '{"session_id":');
  await w.clock.advance(2_000);
  assert.equal(w.state.seq, seq);
  assert.deepEqual(await w.files.list(spool), []);
});

Deno.test("the watcher counts a message once that comes again after a crash", async () => {
  using w = await running();
  const spool = spoolDir(w.config, w.session("s1").run!.plan.id);
  const path = `${spool}/9.000001.UserPromptSubmit.edge.json`;
  await w.files.writeAtomic(path, '{"session_id":"c","prompt":"x"}');
  const { files } = w;
  const [remove, rename] = [files.remove.bind(files), files.rename.bind(files)];
  files.remove = files.rename = () => Promise.reject(new Error("died before the file was away"));
  {
    await using _ = w.live(w.watcher());
    await w.clock.advance(1_000);
  }
  assert.ok(failures(w).length > 0);
  Object.assign(files, { remove, rename });
  await using _ = w.live(w.watcher());
  await w.clock.advance(1_000);
  assert.equal(w.events("prompt.accepted").length, 1);
  assert.deepEqual(await w.files.list(spool), []);
});

Deno.test("the watcher lets a late message of an earlier run change nothing", async () => {
  using w = await running();
  const old = w.session("s1").run!.plan.id;
  await dies(w, "s1", 1);
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  const { seq } = w.state;
  const message = '{"session_id":"c","reason":"prompt_input_exit"}';
  await w.files.writeAtomic(`${spoolDir(w.config, old)}/9.000001.SessionEnd.edge.json`, message);
  await w.clock.advance(2_000);
  assert.equal(w.state.seq, seq);
  assert.notEqual(w.session("s1").run!.plan.id, old);
});

Deno.test("a suspension that comes in a person's freeze outlasts it", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  w.store.record({ type: "freeze.requested", by: "person", reason: "a release is on" });
  const said = { error: "authentication_failed", last_assistant_message: "OAuth token revoked" };
  await w.agent.hook("s1", "UserPromptSubmit", { prompt: "build" });
  await w.agent.hook("s1", "StopFailure", said);
  await w.until(() => w.state.frozen?.by === "policy");
  assert.match(w.state.frozen!.reason, /^a was suspended or revoked/);
  w.store.record({ type: "freeze.requested", by: "person", reason: "a release is on" });
  assert.equal(w.state.frozen!.by, "policy", "and nobody's reason hides it");
});

// -- The registry --

Deno.test("the watcher hears from the registry what no hook tells", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(300);
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() }); // Esc
  assert.equal(w.phase("s1"), "working");
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "idle");
  // A slash command, quicker than the sweep that sees its begin.
  w.registry("s1", { status: "busy", updatedAt: w.clock.now() - 600 });
  await w.clock.advance(1_000);
  assert.equal(w.phase("s1"), "working");
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() - 900 });
  await w.clock.advance(1_000);
  assert.equal(w.phase("s1"), "idle");
});

Deno.test("the watcher hears from the registry also after the clock was set back, and takes nothing old for news", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(2_000);
  const before = w.clock.now();
  w.clock.jump(-30 * 60_000);
  w.registry("s1", { status: "idle", updatedAt: before });
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "working");
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() }); // Esc
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "idle");
});

Deno.test("the watcher believes a newer hook over the registry, and never lets it hide a limit", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(1_000);
  w.registry("s1", { status: "busy", updatedAt: w.clock.now() });
  await w.clock.advance(100);
  await w.agent.hook("s1", "Stop", {});
  await w.clock.advance(5_000);
  assert.equal(w.phase("s1"), "idle");
  await w.agent.prompt("s1", "more");
  await w.agent.limit("s1");
  // Busy comes once more before the menu, which is a dialog (2.1.330).
  for (const status of ["busy", "waiting", "idle"] as const) {
    await w.clock.advance(1_000);
    w.registry("s1", { status, updatedAt: w.clock.now() });
    await w.clock.advance(2_000);
  }
  assert.equal(w.phase("s1"), "limited");
  assert.equal(w.events("run.status").length, 0);
});

Deno.test("a message that cannot be understood does not hide what the registry says", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(1_000);
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() });
  const { run } = w.agent.last("s1");
  await w.files.writeAtomic(`${spoolDir(w.config, run)}/9.000009.Stop.edge.json`, "\0garbage");
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "idle");
});

Deno.test("the watcher takes the registry's word for a start when no hook tells of it", async () => {
  using w = await world(ONE);
  w.tmux.onCall = null; // disableAllHooks
  await using _ = w.live(w.watcher());
  await w.until(() => hasProcess(w, "s1"));
  w.registry("s1", { status: "waiting", updatedAt: w.clock.now(), conversation: "other" });
  await w.clock.advance(4_000);
  assert.equal(w.phase("s1"), "starting", "another conversation is none of ours");
  w.registry("s1", { status: "waiting", updatedAt: w.clock.now() });
  await w.clock.advance(4_000);
  assert.equal(w.phase("s1"), "waiting");
  assert.equal(w.session("s1").run!.readyAt, null, "a dialog stands before the conversation");
  w.registry("s1", { status: "busy", updatedAt: w.clock.now() });
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "working");
  assert.notEqual(w.session("s1").run!.readyAt, null);
  assert.equal(w.events("run.ready").length, 1);
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() - 1_500 }); // before we had noted the busy
  await w.clock.advance(1_000);
  assert.equal(w.phase("s1"), "idle");
});

Deno.test("the watcher gives hooks their time before it takes the registry's word for a start", async () => {
  using w = await world(ONE);
  w.tmux.onCall = null;
  await using _ = w.live(w.watcher());
  await w.until(() => hasProcess(w, "s1"));
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() + 10 });
  await w.clock.advance(2_800);
  assert.equal(w.phase("s1"), "starting");
  await w.clock.advance(1_500);
  assert.equal(w.phase("s1"), "idle");
});

// -- Ends --

Deno.test("the watcher tells the end of a process with the exit of its pane", async () => {
  using w = await running();
  await dies(w, "s1", 7);
  assert.equal(lastEnd(w, "s1")!.exit, 7);
});

Deno.test("the watcher declares nobody dead because of an error of tmux", async () => {
  using w = await world({});
  const argv: [string, string] = ["sh", `${runDir(w.config, "r1")}/launch.sh`];
  w.store.record({ type: "run.planned", session: "s1", plan: plan("r1"), why: "test" });
  w.store.record(...started("s2", "r2", { conversation: "c2" }));
  const onCall = w.tmux.onCall;
  w.tmux.onCall = null;
  await w.tmux.launch("s1", { cwd: "/", argv }); // before the crash of the last daemon
  w.tmux.onCall = onCall;
  w.store.record({
    type: "run.launched",
    session: "s2",
    run: "r2",
    pane: "%9",
    process: w.tmux.processes.spawn(),
  });
  w.tmux.breaks("no answer within 5 s");
  await using _ = w.live(w.watcher());
  await w.clock.advance(10_000);
  assert.deepEqual([w.phase("s1"), w.phase("s2")], ["starting", "idle"]);
  w.tmux.processes.exit(w.session("s2").run!.process!, 1);
  await w.clock.advance(1_000);
  assert.equal(lastEnd(w, "s2")!.exit, null, "its process is gone");
  assert.equal(w.phase("s2"), "starting", "its restart waits for tmux");
  w.tmux.breaks();
  await w.clock.advance(1_000);
  assert.deepEqual(w.session("s1").run!.process, w.tmux.process("s1"));
  assert.equal(launches(w), 2, "s1 before the crash, s2 after its death");
  assert.deepEqual(failures(w), []);
});

Deno.test("the watcher brings back what was lost while no daemon was there, and not what a person ended", async () => {
  using w = await running({});
  await w.agent.prompt("s1", "build");
  await w.agent.hook("s2", "SessionEnd", { reason: "prompt_input_exit" });
  w.tmux.end("s1", 1);
  w.tmux.end("s2", 0);
  await using _ = w.live(w.watcher());
  await w.until(() => w.agent.starts.length === 3 && w.phase("s1") === "working");
  await w.clock.advance(60_000);
  assert.equal(w.phase("s2"), "ended");
  assert.equal(w.agent.last("s1").how, "--resume");
  assert.equal(w.agent.starts.length, 3);
});

// -- Restarts --

/** Seconds from each death of the session to its next launch, as the journal tells it. */
function rests(w: World, name: string): number[] {
  const ends = w.events("run.ended").filter(({ session }) => session === name);
  const plans = w.events("run.planned").filter(({ session }) => session === name).slice(1);
  return plans.map((plan, i) => Math.round((plan.at - ends[i]!.at) / 1_000));
}

Deno.test("the watcher restarts a session that died, at once and then ever later, and gives up what is futile", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  w.tmux.onCall = ({ session }) => w.tmux.end(session, 1);
  w.tmux.end("s1", 1);
  await w.clock.advance(160_000);
  assert.deepEqual(rests(w, "s1"), [0, 5, 30, 120]);
  assert.equal(w.phase("s1"), "quarantined");
  assert.match(w.session("s1").history.at(-1)!.why, /5 starts in a row ended with exit 1/);
  await w.clock.advance(3_600_000);
  assert.equal(w.phase("s1"), "quarantined");
  w.store.record({ type: "session.start.requested", session: "s1", by: "policy" });
  assert.equal(w.phase("s1"), "quarantined", "only a person may");
  w.store.record({ type: "session.start.requested", session: "s1", by: "person" });
  await w.clock.advance(2_000);
  assert.equal(w.session("s1").deaths[0]!.nth, 1, "the count begins anew");
});

Deno.test("the watcher goes on with the back-off of an earlier daemon", async () => {
  using w = await running();
  w.tmux.onCall = ({ session }) => w.tmux.end(session, 127);
  w.tmux.end("s1", 127);
  for (let i = 0; i < 200; i++) {
    await using _ = w.live(w.watcher());
    await w.clock.advance(4_000);
  }
  const seen = rests(w, "s1");
  assert.equal(seen.length, 5);
  const backoff = [0, 5, 30, 120, 600];
  seen.forEach((rest, i) => assert.ok(rest >= backoff[i]! && rest < backoff[i]! + 5, `${seen}`));
  assert.equal(w.phase("s1"), "dead", "claude may be there again at any time");
  assert.match(w.session("s1").history.at(-1)!.why, /exit 127: claude is not found/);
});

Deno.test("the watcher restarts as many at once as may boot together", async () => {
  using w = await world({
    sessions: ["s1", "s2", "s3"].map((name) => sessionSpec(name)),
    failover: { bootsAtOnce: 1, bootTimeoutMs: 30_000 },
  });
  await using _ = w.live(w.watcher());
  await w.until(() => w.config.sessions.every(({ name }) => w.phase(name) === "idle"));
  w.tmux.onCall = null; // a dialog holds each of them up
  w.tmux.killServer();
  await w.clock.advance(2_000);
  assert.equal(launches(w), 4);
  assert.deepEqual(w.config.sessions.map((s) => w.phase(s.name)), ["starting", "dead", "dead"]);
  await w.clock.advance(60_000);
  assert.equal(launches(w), 6);
});

Deno.test("the watcher asks a session that died at work to go on, once, and an idle one nothing", async () => {
  using w = await running({});
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(100);
  w.tmux.end("s1", 1);
  w.tmux.end("s2", 1);
  await w.until(() => w.agent.starts.length === 4 && w.phase("s1") === "working");
  const { prompt } = w.agent.last("s1");
  const { plan, markAcceptedAt } = w.session("s1").run!;
  assert.ok(plan.mark !== null && prompt?.includes(plan.mark), `${prompt}`);
  assert.notEqual(markAcceptedAt, null);
  assert.equal(w.agent.last("s2").prompt, null);
  await w.agent.hook("s1", "Stop", {});
  await w.until(() => w.phase("s1") === "idle");
  assert.deepEqual(w.session("s1").deaths, [], "a turn succeeded");
  w.tmux.end("s1", 1);
  await w.until(() => w.agent.starts.length === 5);
  assert.equal(w.agent.last("s1").prompt, null, "that cut has been continued");
});

Deno.test("the watcher asks again when the run died before it took the prompt, with what was cut", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(100);
  const onCall = w.tmux.onCall;
  w.tmux.onCall = ({ session }) => w.tmux.end(session, 1);
  const first = w.session("s1").run!.plan.id;
  w.tmux.end("s1", 1);
  await w.until(() => w.session("s1").deaths.length === 2);
  w.tmux.onCall = onCall;
  await w.until(() => w.phase("s1") === "working");
  const saved = await w.deps.loadCheckpoint(w.config, "s1", "latest");
  assert.equal(saved?.run, first);
  assert.ok(w.agent.last("s1").prompt!.includes(w.session("s1").run!.plan.mark!));
});

Deno.test("the watcher leaves a session that dies in a move to the move", async () => {
  using w = await running();
  w.store.record(swapOff("w1"));
  await using _ = w.live(w.watcher());
  w.tmux.end("s1", 1);
  await w.clock.advance(60_000);
  assert.equal(w.phase("s1"), "dead");
  assert.deepEqual(w.session("s1").deaths, []);
  w.store.record({ type: "swap.failed", swap: "w1", reason: "test" });
  await w.until(() => w.phase("s1") === "idle");
});

// -- The tmux server --

Deno.test("the watcher writes down who the tmux server is, and when it is another one", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.clock.advance(5_000);
  const first = w.state.tmuxServer!;
  w.tmux.killServer();
  await w.until(() => w.phase("s1") === "idle" && w.agent.starts.length === 2);
  await w.clock.advance(2_000);
  assert.deepEqual(w.events("tmux.server.seen").map(({ server }) => server.pid), [
    first.pid,
    await w.tmux.serverPid(),
  ]);
});

// -- Stops --

Deno.test("what a session says while it is being stopped counts: its turn had ended", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.until(() => w.phase("s1") === "working");
  const { processes } = w.tmux;
  const signal = processes.signal.bind(processes);
  processes.signal = async (process, name) => {
    await w.agent.hook("s1", "Stop", {});
    return await signal(process, name);
  };
  w.store.record({ type: "session.stop.requested", session: "s1", by: "person" });
  await w.until(() => w.phase("s1") === "stopped");
  assert.equal(w.events("turn.ended").length, 1);
});

Deno.test("the watcher ends all sessions and only ours, when the daemon stops with them", async () => {
  using w = await running({});
  await w.tmux.launch("theirs", { cwd: "/", argv: ["vim", "x"] }).catch(() => {});
  await using _ = w.live(w.watcher());
  w.store.record({ type: "daemon.stop.requested", by: "person", endSessions: true });
  await w.until(() => w.phase("s1") === "stopped" && w.phase("s2") === "stopped");
  await w.clock.advance(1_000);
  const left = (await w.tmux.panes()).map((p) => p.session);
  assert.ok(left.includes("theirs") && !left.includes("s1") && !left.includes("s2"), `${left}`);
  assert.equal(w.tmux.pane("theirs").dead, false);
  assert.deepEqual(w.tmux.processes.signals.map((s) => s.signal), ["SIGTERM", "SIGTERM"]);
});

Deno.test("the watcher leaves a tmux session that is not its own, although it bears the name of one", async () => {
  using w = await world(ONE);
  await w.tmux.launch("s1", { cwd: "/", argv: ["vim", "x"] });
  w.store.record(
    { type: "run.planned", session: "s1", plan: plan("r1"), why: "test" },
    { type: "daemon.stop.requested", by: "person", endSessions: true },
  );
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "stopped");
  await w.clock.advance(1_000);
  assert.equal(w.tmux.pane("s1").dead, false);
});

Deno.test("the watcher leaves a session to the swap that moves it, and ends it after that", async () => {
  using w = await running();
  w.store.record(swapOff("w1"));
  await using _ = w.live(w.watcher());
  w.store.record({ type: "daemon.stop.requested", by: "person", endSessions: true });
  await w.clock.advance(5_000);
  assert.equal(w.phase("s1"), "idle");
  w.store.record({ type: "swap.failed", swap: "w1", reason: "test" });
  await w.until(() => w.phase("s1") === "stopped");
});

Deno.test("the watcher goes on with a stop that an earlier daemon had begun, and starts the session again", async () => {
  using w = await running();
  const of = { session: "s1", run: w.session("s1").run!.plan.id };
  w.store.record({ type: "run.stopping", ...of, why: "test", tree: [] });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  assert.notEqual(w.session("s1").run!.plan.id, of.run);
  assert.equal(w.agent.starts.length, 2);
});

// -- Itself --

Deno.test("the watcher goes on by time when folders cannot be watched", async () => {
  using w = await running();
  w.files.watch = () => {
    throw new Error("No space left on device: inotify");
  };
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "build");
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "working");
  assert.deepEqual(failures(w), []);
});

Deno.test("the watcher is idle when nothing happens", async () => {
  using w = await running({});
  await using _ = w.live(w.watcher());
  await w.clock.advance(1_000);
  const { seq } = w.state;
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() });
  await w.clock.advance(120_000);
  assert.equal(w.state.seq, seq);
});

// -- What a person asks of one session --

const ask = (w: World, to: "start" | "stop" | "restart") =>
  w.store.record({ type: `session.${to}.requested`, session: "s1", by: "person" });

Deno.test("the watcher ends a session that a person stops, and no later daemon brings it back", async () => {
  using w = await running({});
  {
    await using _ = w.live(w.watcher());
    ask(w, "stop");
    await w.until(() => w.phase("s1") === "stopped");
    assert.equal(w.session("s1").history.at(-1)!.why, "stopped, as a person asked");
  }
  await using _ = w.live(w.watcher());
  await w.clock.advance(10_000);
  assert.deepEqual([w.phase("s1"), w.phase("s2")], ["stopped", "idle"]);
  ask(w, "start");
  await w.until(() => w.phase("s1") === "idle");
  assert.equal(w.agent.starts.at(-1)!.session, "s1");
});

Deno.test("the watcher restarts a session with its conversation, once, also when its daemon dies between", async () => {
  using w = await running();
  await w.agent.prompt("s1", "build");
  const { conversation } = w.session("s1");
  ask(w, "restart");
  const { id: run } = w.session("s1").run!.plan;
  w.store.record({ type: "run.stopping", session: "s1", run, why: "test", tree: [] });
  w.tmux.end("s1", 143); // as far as the earlier daemon came
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle" && w.session("s1").run!.plan.id !== run);
  await w.clock.advance(10_000);
  assert.deepEqual(w.agent.starts.slice(1).map((s) => [s.how, s.conversation]), [
    ["--resume", conversation],
  ]);
  assert.equal(w.session("s1").asked, null);
  ask(w, "restart"); // all of it in one life
  await w.until(() => w.agent.starts.length === 3 && w.phase("s1") === "idle");
  assert.deepEqual(w.agent.starts[2]!.conversation, conversation);
});

Deno.test("the watcher hears the others while a stop takes its time", async () => {
  using w = await running({ failover: { stopGraceMs: 20_000 } });
  const { processes } = w.tmux;
  processes.signal = () => Promise.resolve(true); // it does not care for SIGTERM
  await using _ = w.live(w.watcher());
  await w.clock.advance(1_000);
  ask(w, "stop");
  await w.until(() => w.phase("s1") === "stopping");
  await w.agent.prompt("s2", "build");
  await w.clock.advance(2_000);
  assert.deepEqual([w.phase("s1"), w.phase("s2")], ["stopping", "working"]);
  w.tmux.end("s1", 0);
  await w.until(() => w.phase("s1") === "stopped");
});

Deno.test("the watcher does not bring back what crashes while it is being asked to stop", async () => {
  using w = await running();
  ask(w, "stop");
  w.tmux.end("s1", 137);
  await using _ = w.live(w.watcher());
  await w.clock.advance(10_000);
  assert.equal(w.phase("s1"), "stopped");
  assert.equal(w.agent.starts.length, 1);
});
