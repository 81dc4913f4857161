import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { until } from "../support/mod.ts";
import { account, config, HOUR, NOON, reading, session, wholeMove } from "../http/fixture.ts";
import { midday } from "../http/setup.ts";
import { world } from "./world.ts";

// -- status --

Deno.test("status prints the page, and with --json the view of the API", async () => {
  await using w = await world();
  equal(await w.run("status"), 0);
  match(w.said.out, /^claude-failover 0\.1\.0 · pid 4000 · up 0 s · mode auto\n/);
  w.said.out = "";
  equal(await w.run("status", "--json"), 0);
  equal(JSON.parse(w.said.out).accounts.map((a: { id: string }) => a.id), ["work", "spare"]);
  equal(w.said.err, "");
});

Deno.test("status --watch shows each change at once, and ends with the interrupt", async () => {
  await using w = await world();
  const watching = w.run("status", "--watch", "--json");
  await until(() => w.daemon.waiting.size === 1);
  w.daemon.control.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  await until(() => w.clock.sleepers > 1);
  await w.clock.advance(100);
  await until(() => w.said.out.includes("lunch"));
  w.interrupt();
  equal(await watching, 0);
  equal(w.said.out.trim().split("\n").length, 2);
});

Deno.test("status --watch looks again by itself, and writes only what is new", async () => {
  for (const [args, pages] of [[[], 2], [["--json"], 1]] as const) {
    await using w = await world();
    const watching = w.run("status", "--watch", ...args);
    await until(() => w.daemon.waiting.size === 1);
    w.daemon.pass(60_000);
    await until(() => w.clock.sleepers === 1);
    await w.clock.advance(5_000);
    await until(() => w.clock.sleepers === 1);
    await w.clock.advance(100);
    // The stream of the round before is closed, that of the next one is open.
    await until(() => w.daemon.waiting.size === 1 && w.clock.sleepers === 1);
    w.interrupt();
    equal(await watching, 0);
    equal(w.said.out.match(/"v":1|up \d/g)?.length, pages);
  }
});

Deno.test("status --watch waits for a daemon that is away, and draws over the page on a terminal", async () => {
  await using w = await world({ facts: null, isTty: true });
  const watching = w.run("status", "--watch");
  await until(() => w.said.out.includes("no daemon is running"));
  ok(w.said.out.startsWith("\x1b[H") && w.said.out.endsWith("\x1b[J"), w.said.out);
  w.interrupt();
  equal(await watching, 0);
});

Deno.test("swap reject and confirm answer the proposal that waits", async () => {
  await using w = await world();
  equal(await w.run("swap", "confirm"), 1);
  ok(w.said.err.includes("no proposal waits for an answer"), w.said.err);
  const proposed = { type: "swap.proposed", from: "work", to: "spare" } as const;
  const reason = { kind: "threshold", window: "five_hour", usedPct: 93 } as const;
  w.daemon.store.record({ ...proposed, reason, proposal: "p1", deadline: 2e12, then: "stay" });
  equal(await w.run("swap", "reject", "--reason", "not now"), 0);
  match(w.said.out, /^Rejected: the same is not proposed again before \d\d:\d\d\.\n$/);
  w.daemon.store.record({ ...proposed, reason, proposal: "p2", deadline: 2e12, then: "stay" });
  equal(await w.run("swap", "confirm", "p2", "--no-wait"), 0);
  match(w.said.out, /Moving 2 sessions: work → spare\n.*Under way: /s);
});

// -- failover --

Deno.test("failover --dry-run says what goes, what stays and who else could take it", async () => {
  const accounts = [...config().accounts, account("home", { priority: 3 })];
  const facts = midday().map((fact) =>
    fact.type === "config.applied" ? { ...fact, config: config({ accounts }) } : fact
  );
  await using w = await world({ facts });
  equal(await w.run("failover", "--dry-run"), 0);
  equal(
    w.said.out,
    [
      "Would move 2 sessions: work → spare",
      "  ccl-0",
      "  ccl-1",
      "  ccl-2 stays: held (never_move)",
      "  not home: no session of work may move there",
      "",
    ].join("\n"),
  );
});

Deno.test("failover watches the steps until the swap has ended", async () => {
  await using w = await world();
  const done = w.run("failover", "--to", "spare");
  await until(() => w.daemon.store.state.runningSwap === "id-1");
  w.daemon.pass(400);
  for (const name of ["ccl-0", "ccl-1"]) {
    w.daemon.control.record(...wholeMove("id-1", name, "spare"));
  }
  w.daemon.control.record({ type: "swap.finished", swap: "id-1" });
  equal(await done, 0);
  const lines = w.said.out.split("\n");
  equal(lines[0], "Moving 2 sessions: work → spare");
  equal(lines.filter((line) => line.includes("✓")).length, 12);
  ok(lines.includes("Moved 2 of 2 sessions in 400 ms."), w.said.out);
});

Deno.test("failover ends with 1 when a session could not be moved", async () => {
  await using w = await world();
  const done = w.run("failover", "--to", "spare");
  await until(() => w.daemon.store.state.runningSwap === "id-1");
  w.daemon.control.record(...wholeMove("id-1", "ccl-0", "spare"), {
    type: "move.failed",
    swap: "id-1",
    session: "ccl-1",
    reason: "it is being typed into",
    left: "untouched",
  }, { type: "swap.failed", swap: "id-1", reason: "1 of 2 sessions was not moved" });
  equal(await done, 1);
  ok(w.said.out.includes("ccl-1: not moved (untouched): it is being typed into"), w.said.out);
  ok(w.said.out.includes("Moved 1 of 2 sessions"), w.said.out);
});

Deno.test("failover leaves the swap alone when it is interrupted or need not wait", async () => {
  await using w = await world();
  const watching = w.run("failover");
  await until(() => w.daemon.waiting.size === 1);
  w.interrupt();
  equal(await watching, 0);
  ok(w.said.out.includes("the swap goes on: `claude-failover swap show id-1`"), w.said.out);
  equal(w.daemon.store.state.runningSwap, "id-1");
  await using other = await world();
  equal(await other.run("failover", "--no-wait"), 0);
  ok(other.said.out.endsWith("Under way: `claude-failover swap show id-1`\n"), other.said.out);
});

Deno.test("failover says who goes on with the swap when the daemon goes away", async () => {
  await using w = await world();
  const watching = w.run("failover");
  await until(() => w.daemon.waiting.size === 1);
  await w.stopDaemon();
  equal(await watching, 1);
  match(w.said.err, /the daemon has stopped\nHint: the next daemon goes on with it/);
});

// -- swap show, events, freeze, thaw, stop --

Deno.test("swap show prints the steps, or JSON", async () => {
  await using w = await world();
  equal(await w.run("swap", "show"), 1);
  ok(w.said.err.startsWith("Cannot show the swap: there was no swap yet\n"), w.said.err);
  await w.run("failover", "--no-wait");
  w.said.out = "";
  equal(await w.run("swap", "show", "id-1"), 0);
  match(w.said.out, /^ {2}work → spare, running \(id-1\)\n/);
  w.said.out = "";
  equal(await w.run("swap", "show", "--json"), 0);
  equal(JSON.parse(w.said.out).id, "id-1");
});

Deno.test("explain says what is decided now, and what the last swap stood on", async () => {
  await using w = await world();
  equal(await w.run("explain"), 0);
  match(w.said.out, /^Nothing to do: every account in use has room\n\nWhat is known\n/);
  equal(await w.run("explain", "last"), 1);
  equal(w.said.err.split("\n")[0], "Cannot explain: there was no swap yet");
  await w.run("failover", "--no-wait");
  w.said.out = "";
  equal(await w.run("explain", "last"), 0);
  match(w.said.out, /^work → spare, asked for by a person[^]*5-hour window 61 % \(status line, /);
  match(w.said.out, /from work:\n {4}spare: chosen\n/);
  w.said.out = "";
  equal(await w.run("explain", "id-1", "--json"), 0);
  const view = JSON.parse(w.said.out);
  equal([view.swap.id, view.readings.length], ["id-1", 2]);
});

Deno.test("events prints the last lines, or all after --after, in batches", async () => {
  const many = Array.from({ length: 700 }, (_, i): Fact => ({
    type: "worker.failed",
    worker: "quota",
    error: `e${i}`,
    times: 1,
  }));
  await using w = await world({ facts: many });
  equal(await w.run("events"), 0);
  equal(w.said.out.split("\n").length, 20 + 1);
  w.said.out = "";
  equal(await w.run("events", "--after", "0", "--json"), 0);
  const seqs = w.said.out.trim().split("\n").map((line) => JSON.parse(line).seq);
  equal(seqs, Array.from({ length: 700 }, (_, i) => i + 1));
});

Deno.test("events --follow goes on with what happens", async () => {
  await using w = await world();
  const before = w.daemon.store.state.seq;
  const following = w.run("events", "--follow", "--after", String(before), "--json");
  await until(() => w.daemon.waiting.size === 1);
  w.daemon.control.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  await until(() => w.said.out.includes("lunch"));
  w.interrupt();
  equal(await following, 0);
  equal(JSON.parse(w.said.out).seq, before + 1);
});

Deno.test("events says when some of those that were asked for are gone, also while it follows", async () => {
  await using w = await world();
  const { store, control } = w.daemon;
  w.daemon.pass(1_000);
  control.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  store.trim(control.now());
  const { seq } = store.state;
  const gone = `the journal begins with event ${seq} by now (janitor.keep_events).\n`;
  equal(await w.run("events", "--after", "2", "--json"), 0);
  equal([JSON.parse(w.said.out).seq, w.said.err], [seq, `Some events are gone: ${gone}`]);
  w.said.err = "";
  const following = w.run("events", "--follow", "--after", "999", "--json");
  await until(() => w.said.err !== "");
  w.interrupt();
  await following;
  match(w.said.err, /^This is another journal than before: it begins anew with event \d+\.\n/);
});

Deno.test("freeze and thaw say what holds now", async () => {
  await using w = await world();
  equal(await w.run("freeze", "--reason", "lunch"), 0);
  equal(w.daemon.store.state.frozen?.reason, "lunch");
  equal(await w.run("thaw"), 0);
  equal(w.said.out.split("\n").length, 3);
  equal(await w.run("thaw"), 1);
  equal(w.said.err, "Cannot thaw: nothing is frozen\n");
});

Deno.test("reload says what comes, what goes, and what goes on", async () => {
  await using w = await world();
  equal(await w.run("reload"), 0);
  equal(w.said.out, "The config has not changed.\n");
  w.said.out = "";
  const next = config({
    accounts: [account("spare"), account("home")],
    sessions: [session("ccl-1", { account: "spare" }), session("ccl-9", { account: "spare" })],
  });
  w.daemon.control.readConfig = () => Promise.resolve(next);
  equal(await w.run("reload"), 0);
  equal(
    w.said.out,
    [
      "The new config is in force.",
      "  ccl-9 is new and is being started",
      "  ccl-0 is gone from the config; it goes on, `session stop ccl-0` ends it",
      "  ccl-2 is gone from the config; it goes on, `session stop ccl-2` ends it",
      "  account home is new",
      "  account work is gone from the config; ccl-0, ccl-1, ccl-2 still under it, " +
      "`failover --from work` moves them",
      "",
    ].join("\n"),
  );
  w.said.out = "";
  equal(await w.run("status"), 0);
  ok(w.said.out.includes("! work: no longer in the config; ccl-0, ccl-1, ccl-2"), w.said.out);
});

Deno.test("reload prints what is wrong with a bad config, and that the daemon goes on", async () => {
  await using w = await world();
  w.daemon.control.readConfig = () => Promise.reject(new Error("c.yaml:3:5: mode: unknown"));
  equal(await w.run("reload"), 2);
  equal(
    w.said.err,
    "c.yaml:3:5: mode: unknown\nHint: a daemon that runs goes on with the config it has\n",
  );
  w.said.err = "";
  const tmux = { ...config().tmux, socket: { name: "other" } };
  w.daemon.control.readConfig = () => Promise.resolve(config({ tmux }));
  equal(await w.run("reload"), 2);
  match(
    w.said.err,
    /^Cannot reload the config: tmux\.socket cannot change while the daemon runs\nHint: /,
  );
  await using broken = await world({ configText: "accounts: 1\n" });
  equal(await broken.run("reload"), 2);
  match(broken.said.err, /config\.yaml:1:\d+: [^]*Hint: a daemon that runs goes on/);
});

Deno.test("stop waits until the daemon is gone, and says how to get to the sessions", async () => {
  await using w = await world();
  const stopping = w.run("stop");
  await until(() => w.daemon.waiting.size === 1);
  w.daemon.control.record({ type: "swap.finished", swap: "none" });
  await w.stopDaemon();
  equal(await stopping, 0);
  const state = w.daemon.store.state.daemon;
  equal(state.phase === "stopping" && !state.endSessions, true);
  ok(
    w.said.out.endsWith(
      "The daemon has stopped.\nThe sessions go on: tmux -L claude-failover attach\n",
    ),
    w.said.out,
  );
});

Deno.test("stop --sessions asks for the end of the sessions too", async () => {
  await using w = await world();
  equal(await w.run("stop", "--sessions", "--no-wait"), 0);
  const { daemon } = w.daemon.store.state;
  equal(daemon.phase === "stopping" && daemon.endSessions, true);
});

// -- session --

Deno.test("session list and session start go to the daemon", async () => {
  await using w = await world();
  equal(await w.run("session", "list"), 0);
  match(w.said.out, /ccl-0 +work +shop +idle/);
  equal(await w.run("session", "start", "ccl-0"), 1);
  equal(w.said.err, "Cannot start ccl-0: ccl-0 is idle already\n");
});

Deno.test("session stop, restart, hold and unhold ask the daemon, and say what holds now", async () => {
  await using w = await world();
  equal(await w.run("session", "hold", "ccl-0", "--reason", "a demo"), 0);
  equal(w.daemon.store.state.sessions["ccl-0"]!.hold?.reason, "a demo");
  equal(await w.run("failover", "--dry-run"), 0);
  ok(w.said.out.includes("  ccl-0 stays: held: a demo\n"), w.said.out);
  equal(await w.run("session", "list"), 0);
  match(w.said.out, /ccl-0 .*idle, held/);
  equal(await w.run("session", "unhold", "ccl-0"), 0);
  equal(await w.run("session", "restart", "ccl-0"), 0);
  equal(await w.run("session", "stop", "ccl-1"), 0);
  const { sessions } = w.daemon.store.state;
  equal([sessions["ccl-0"]!.asked?.to, sessions["ccl-1"]!.asked?.to], ["restart", "stop"]);
  equal(await w.run("session", "unhold", "ccl-1"), 1);
  equal(w.said.err, "Cannot end the hold of ccl-1: ccl-1 is not held\n");
});

Deno.test("session park ends one in good order until it is needed", async () => {
  await using w = await world();
  equal(await w.run("session", "park", "ccl-0"), 0);
  const { store } = w.daemon;
  const { by, moves, outcome } = store.state.swaps[store.state.runningSwap!]!;
  equal([by, Object.keys(moves), outcome.is], ["person", ["ccl-0"], "running"]);
  match(
    w.said.out,
    /^ccl-0 is being parked \(swap [^)]+\); `claude-failover session start ccl-0` wakes it\.\n$/,
  );
  equal(await w.run("session", "park", "ccl-1"), 1);
  match(w.said.err, /^Cannot park ccl-1: swap .* is still running\n/);
});

Deno.test("session attach starts one that was ended until it is needed", async () => {
  const swap = "w1";
  const of = { swap, session: "ccl-0" };
  const facts: Fact[] = [
    ...midday(),
    {
      type: "swap.requested",
      swap,
      from: "work",
      to: "spare",
      by: "policy",
      reason: { kind: "asked" },
      sessions: ["ccl-0"],
    },
    { type: "move.parking", ...of, reason: "it is idle", onDemand: true },
    { type: "run.stopping", session: "ccl-0", run: "run-ccl-0-work", why: "", tree: [] },
    { type: "run.ended", session: "ccl-0", run: "run-ccl-0-work", exit: 143 },
    { type: "move.parked", ...of, until: NOON },
    { type: "swap.finished", swap },
  ];
  await using w = await world({ facts });
  equal(await w.run("status"), 0);
  match(w.said.out, /ccl-0 +work +shop +parked until it is needed/);
  await w.tmux.launch("ccl-0", { cwd: "/home/ada", argv: ["sh", "x"] });
  equal(await w.run("session", "attach", "ccl-0"), 0);
  equal(w.onTerminal.length, 1);
  const { phase } = w.daemon.store.state.sessions["ccl-0"]!;
  ok(phase.name === "parked" && phase.asked);
});

Deno.test("session attach hands the terminal to tmux, outside any other tmux, and needs no daemon", async () => {
  await using w = await world({ facts: null, env: { TMUX: "/tmp/x,1,0", TERM: "xterm" } });
  await w.tmux.launch("ccl-1", { cwd: "/", argv: ["sh", "/s/runs/r/launch.sh"] });
  equal(await w.run("session", "attach", "ccl-1"), 0);
  const socket = ["-L", "claude-failover"];
  equal(w.onTerminal[0]!.argv, [
    ...["tmux", "-u", "-f", "/dev/null", ...socket, "attach-session", "-t", "=ccl-1"],
  ]);
  equal([w.onTerminal[0]!.env.TMUX, w.onTerminal[0]!.env.TERM], [undefined, "xterm"]);
});

Deno.test("session capture prints the screen, with the scrollback when asked", async () => {
  await using w = await world({ facts: null });
  await w.tmux.launch("ccl-1", { cwd: "/", argv: ["sh", "/s/runs/r/launch.sh"] });
  w.tmux.screen("ccl-1", "one\n");
  w.tmux.screen("ccl-1", "two\n");
  equal(await w.run("session", "capture", "ccl-1"), 0);
  equal(await w.run("session", "capture", "ccl-1", "--lines", "5"), 0);
  equal(w.said.out, "two\none\ntwo\n");
});

// -- env --

Deno.test("env prints what a shell must set and unset to use the account, quoted", async () => {
  const odd = account("work", { configDir: "/home/ada/it's here", env: { LANG: "C" } });
  await using w = await world({
    facts: null,
    config: config({ accounts: [odd] }),
    env: {
      ANTHROPIC_API_KEY: "made-up",
      CLAUDE_CODE_CHILD_SESSION: "1",
      "CLAUDE_x;echo no": "made-up",
      LANG: "C",
    },
  });
  equal(await w.run("env", "work"), 0);
  const lines = w.said.out.split("\n");
  equal(lines.slice(0, 2), ["unset ANTHROPIC_API_KEY", "unset CLAUDE_CODE_CHILD_SESSION"]);
  ok(lines.includes(`export CLAUDE_CONFIG_DIR='/home/ada/it'\\''s here'`), w.said.out);
  ok(!w.said.out.includes("made-up") && !w.said.out.includes("LANG"), w.said.out);
  ok(!w.said.out.includes("echo"), w.said.out);
});

Deno.test("env without a name takes the first account that is not used up", async () => {
  const full: Fact = reading("work", { usedPct: 100, resetsAt: NOON + HOUR });
  await using w = await world({ facts: [...midday(), full] });
  equal(await w.run("env"), 0);
  ok(w.said.out.includes("export CLAUDE_CONFIG_DIR='/home/ada/.claude-spare'"), w.said.out);
  equal(w.said.err, "# the account spare\n");
  await using alone = await world({ facts: null });
  equal(await alone.run("env"), 0);
  equal(alone.said.err, "# the account work\n");
});

// -- version --

Deno.test("version names the program, and as JSON what it stands on", async () => {
  await using w = await world({ facts: null });
  equal(await w.run("version"), 0);
  match(w.said.out, /^claude-failover 0\.1\.0 \(compiled, Deno /);
  w.said.out = "";
  equal(await w.run("version", "--json"), 0);
  equal(Object.keys(JSON.parse(w.said.out)), ["version", "kind", "path", "deno", "v8", "system"]);
});

Deno.test("a name that the config has and the daemon does not is not called misspelt", async () => {
  const old = config({ accounts: [account("work")] });
  await using w = await world({ facts: [...midday(), { type: "config.applied", config: old }] });
  equal(await w.run("failover", "--to", "spare", "--dry-run"), 2);
  match(
    w.said.err,
    /no account spare in the config\n.*the config has it; .*`claude-failover reload`/,
  );
});
