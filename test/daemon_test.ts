import assert from "node:assert/strict";
import { runDir, spoolDir } from "../lib/claude/layout.ts";
import { AlreadyRunningError, runDaemon } from "../lib/daemon.ts";
import { controlSocket } from "../lib/http/socket.ts";
import type { Config } from "../lib/model/config.ts";
import type { Event, EventType } from "../lib/model/event.ts";
import type { Store } from "../lib/runtime/store.ts";
import { FakeClock } from "./fakes/clock.ts";
import { FakeFiles } from "./fakes/files.ts";
import { FakeNet } from "./fakes/net.ts";
import { ANCHOR } from "../lib/ports/tmux.ts";
import { FakeTmux } from "./fakes/tmux.ts";
import { config as poolConfig, sessionSpec, swapOff } from "./model/fixtures.ts";
import { testHome } from "./support/mod.ts";
import { FakeAgent } from "./support/fake_agent.ts";

/** Everything outside the daemon. Only the journal lies on a real disk. */
async function outside(failover: NonNullable<Parameters<typeof poolConfig>[0]>["failover"] = {}) {
  const home = await testHome();
  const paths = { stateDir: home.path("state"), runtimeDir: home.path("run") };
  const config = poolConfig({ paths, sessions: [sessionSpec("s1")], failover });
  const clock = new FakeClock();
  const tmux = new FakeTmux();
  const files = new FakeFiles({ now: clock.now });
  const net = new FakeNet();
  const { projectsDir } = config.share;
  await files.makeDir(projectsDir);
  await files.makeDir("/home/ada/work");
  const seed = {
    hasCompletedOnboarding: true,
    projects: { "/home/ada/work": { hasTrustDialogAccepted: true } },
  };
  for (const { configDir } of config.accounts) {
    await files.makeDir(configDir, 0o700);
    files.put(`${configDir}/.claude.json`, JSON.stringify(seed));
  }
  const agent = new FakeAgent({ tmux, files, projectsDir, now: clock.now });
  const printed: string[] = [];
  let ids = 0;
  const newId = () => `id-${++ids}`;
  const ports = {
    clock,
    tmux,
    files,
    net,
    processes: tmux.processes,
    newId,
    env: {},
    zone: "UTC",
    random: () => 0.5,
  };
  tmux.processes.on("/usr/local/bin/claude", (_args, { env }) => {
    const email = `${env?.CLAUDE_CONFIG_DIR?.at(-1)}@example.test`; // each account its own login
    return { stdout: JSON.stringify({ loggedIn: true, authMethod: "claude.ai", email }) };
  });
  tmux.processes.on("git", () => ({ code: 128 }));
  return {
    ...{ config, clock, tmux, files, net, agent, ports, printed },
    outside: { fetch, print: (line: string) => void printed.push(line) },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

type Outside = Awaited<ReturnType<typeof outside>>;

/** A daemon that lives until it is stopped. */
class Daemon {
  readonly #stop = new AbortController();
  readonly reports: string[] = [];
  readonly #ready = Promise.withResolvers<void>();
  /** Resolves when it has ended. */
  readonly over: Promise<void>;
  ended = false;
  store!: Store;
  /** As SIGHUP does. */
  hangup!: () => void;
  /** What the config file says now. */
  readConfig: () => Promise<Config> = () => Promise.resolve(this.w.config);

  constructor(readonly w: Outside, config: Config = w.config) {
    this.over = runDaemon({
      config,
      ports: w.ports,
      version: "test",
      pid: 1,
      signal: this.#stop.signal,
      readConfig: () => this.readConfig(),
      onHangup: (listener) => {
        this.hangup = listener;
        return { [Symbol.dispose]() {} };
      },
      outside: w.outside,
      report: (line) => this.reports.push(line),
      onReady: (store) => {
        this.store = store;
        this.#ready.resolve();
      },
    }).finally(() => (this.ended = true));
    this.over.catch(() => {}); // whoever awaits it sees it
  }

  static async up(w: Outside, config?: Config): Promise<Daemon> {
    const daemon = new Daemon(w, config);
    await Promise.race([daemon.#ready.promise, daemon.over]);
    await daemon.until(() => daemon.phase === "idle");
    return daemon;
  }

  get phase() {
    return this.store.state.sessions.s1!.phase.name;
  }

  async until(wanted: () => boolean): Promise<void> {
    for (let ms = 0; !wanted(); ms += 20) {
      assert.ok(ms < 120_000, "not so within two minutes");
      await this.w.clock.advance(20);
    }
  }

  /** As SIGTERM does. */
  signal(): void {
    this.#stop.abort(new Error("interrupted"));
  }

  async stop(): Promise<Event[]> {
    this.signal();
    let events: Event[] = [];
    await this.until(() => {
      if (!this.ended) events = this.store.events({ limit: 10_000 });
      return this.ended;
    });
    await this.over;
    assert.deepEqual(this.reports, []);
    return events;
  }
}

/** It is told to stop while a swap waits for the end of a turn. */
async function stoppedWhileMoving(w: Outside): Promise<Daemon> {
  const daemon = await Daemon.up(w);
  await w.agent.prompt("s1", "build");
  await daemon.until(() => daemon.phase === "working");
  daemon.store.record(swapOff("w1", { by: "person" }));
  daemon.signal();
  return daemon;
}

const count = (events: Event[], type: EventType) => events.filter((e) => e.type === type).length;

Deno.test("runDaemon() records a config only when it has changed", async () => {
  await using w = await outside();
  await (await Daemon.up(w)).stop();
  const events = await (await Daemon.up(w)).stop();
  assert.equal(count(events, "config.applied"), 1);
  assert.equal(count(events, "daemon.started"), 2);
  const changed = { ...w.config, failover: { ...w.config.failover, mode: "off" as const } };
  const after = await (await Daemon.up(w, changed)).stop();
  assert.equal(count(after, "config.applied"), 2);
});

Deno.test("runDaemon() refuses to be the second one", async () => {
  await using w = await outside();
  const first = await Daemon.up(w);
  await assert.rejects(new Daemon(w).over, AlreadyRunningError);
  await first.stop();
  await (await Daemon.up(w)).stop();
});

Deno.test("runDaemon() leaves the sessions running when it is stopped, and adopts them after that", async () => {
  await using w = await outside();
  const first = await Daemon.up(w);
  await first.stop();
  assert.equal(first.store.state.daemon.phase, "down");
  assert.equal(w.tmux.pane("s1").dead, false);
  const second = await Daemon.up(w);
  await w.agent.prompt("s1", "build");
  await second.until(() => second.phase === "working");
  await second.stop();
  assert.equal(w.agent.starts.length, 1);
  assert.deepEqual(w.tmux.processes.signals, []);
});

Deno.test("runDaemon() waits for a running swap when it is stopped", async () => {
  await using w = await outside({ quiesceGraceMs: 600_000 });
  const daemon = await stoppedWhileMoving(w);
  await w.clock.advance(10_000);
  assert.equal(daemon.ended, false);
  await w.agent.hook("s1", "Stop", {});
  await daemon.until(() => daemon.ended);
  assert.equal(daemon.store.state.swaps.w1!.outcome.is, "finished");
});

Deno.test("runDaemon() leaves a swap that takes too long to the next daemon", async () => {
  await using w = await outside({ quiesceGraceMs: 600_000 });
  const daemon = await stoppedWhileMoving(w);
  await w.clock.advance(59_000);
  assert.equal(daemon.ended, false);
  await w.clock.advance(2_000);
  await daemon.over;
  assert.equal(daemon.store.state.swaps.w1!.outcome.is, "running");
  const next = new Daemon(w);
  await daemon.until(() => next.store !== undefined);
  await w.agent.hook("s1", "Stop", {});
  await next.until(() => next.store.state.runningSwap === null);
  assert.equal(next.store.state.sessions.s1!.account, "b");
  await next.stop();
});

Deno.test("runDaemon() ends the sessions when it is asked to, also when a signal comes on top", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  const { processes } = w.tmux;
  processes.signal = (process) => {
    w.clock.sleep(3_000).then(() => processes.exit(process, null)); // it takes its time
    return Promise.resolve(true);
  };
  daemon.store.record({ type: "daemon.stop.requested", by: "person", endSessions: true });
  await daemon.stop();
  assert.equal(daemon.phase, "stopped");
  assert.deepEqual(await w.tmux.panes(), [], "its anchor, too");
  assert.equal(await w.tmux.serverPid(), null);
});

Deno.test("runDaemon() that ends the sessions leaves a server on which somebody else has one", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  await w.tmux.launch("theirs", { cwd: "/", argv: ["cat", "-"] });
  daemon.store.record({ type: "daemon.stop.requested", by: "person", endSessions: true });
  await daemon.stop();
  assert.deepEqual((await w.tmux.panes()).map((p) => p.session).sort(), [ANCHOR, "theirs"]);
});

Deno.test("runDaemon() outlives the crash of a worker", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  const { id } = daemon.store.state.sessions.s1!.run!.plan;
  w.files.fails(spoolDir(w.config, id), new Error("I/O error"));
  await daemon.until(() => daemon.store.events().some((e) => e.type === "worker.failed"));
  w.files.fails(spoolDir(w.config, id), null);
  await w.agent.prompt("s1", "build");
  await daemon.until(() => daemon.phase === "working");
  const answer = await w.net.client(controlSocket(w.config)).fetch("http://daemon/v1/status");
  await answer.body?.cancel();
  assert.equal(daemon.ended, false);
  await daemon.stop();
  assert.notEqual(await w.files.stat(runDir(w.config, id)), null);
});

// -- Reload --

const post = async (w: Outside, path: string, body?: unknown) => {
  const response = await w.net.client(controlSocket(w.config)).fetch(`http://daemon/v1/${path}`, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
};

Deno.test("a reload applies what the file says now: starts a new session, leaves a removed one alone", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  assert.deepEqual((await post(w, "config/reload")).body, { is: "unchanged" });
  const next = { ...w.config, sessions: [sessionSpec("s2")] };
  daemon.readConfig = () => Promise.resolve(next);
  const { status, body } = await post(w, "config/reload");
  assert.equal(status, 200);
  assert.deepEqual([body.change.sessionsAdded, body.change.sessionsRemoved], [
    ["s2"],
    [{ session: "s1", runs: true }],
  ]);
  await daemon.until(() => daemon.store.state.sessions.s2?.phase.name === "idle");
  assert.equal(w.tmux.pane("s1").dead, false);
  assert.equal(daemon.phase, "idle");
  await daemon.stop();
});

Deno.test("a reload by SIGHUP changes nothing when the file is bad, and the journal says why", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  const lines = ["Cannot use the config c.yaml: 1 problem", "", "c.yaml:3:5: mode: unknown"];
  daemon.readConfig = () => Promise.reject(new Error([...lines, "    3 | mode: x"].join("\n")));
  daemon.hangup();
  const rejected = () => daemon.store.events().find((e) => e.type === "config.rejected");
  await daemon.until(() => rejected() !== undefined);
  assert.deepEqual(rejected()!.problems, [lines[0], lines[2]]);
  const { status, body } = await post(w, "config/reload");
  assert.equal(status, 422);
  assert.match(body.detail, /c\.yaml:3:5: mode: unknown/);
  assert.deepEqual(daemon.store.state.config, w.config);
  await daemon.stop();
});

Deno.test("a reload refuses what hangs on the start of the daemon", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  const tmux = { socket: { name: "other" }, scope: "none" } as const;
  const paths = { stateDir: "/elsewhere", runtimeDir: "/elsewhere" };
  daemon.readConfig = () => Promise.resolve({ ...w.config, tmux, paths });
  const { status, body } = await post(w, "config/reload");
  assert.equal(status, 409);
  assert.deepEqual(body.detail.split("\n").map((line: string) => line.split(" ")[0]), [
    "tmux.socket",
    "paths.state_dir",
    "paths.runtime_dir",
  ]);
  assert.deepEqual(daemon.store.state.config, w.config);
  await daemon.stop();
});

Deno.test("a removed account keeps its sessions and takes no other one", async () => {
  await using w = await outside();
  const daemon = await Daemon.up(w);
  const accounts = w.config.accounts.filter((a) => a.id !== "a");
  const sessions = [sessionSpec("s1", { account: "b", allowedAccounts: ["b", "c"] })];
  daemon.readConfig = () => Promise.resolve({ ...w.config, accounts, sessions });
  const { body } = await post(w, "config/reload");
  assert.deepEqual(body.change.accountsRemoved, [{ account: "a", sessions: ["s1"] }]);
  assert.equal(w.tmux.pane("s1").dead, false);
  daemon.store.record(swapOff("w1", { by: "person" }));
  await daemon.until(() => daemon.store.state.runningSwap === null);
  assert.equal(daemon.store.state.sessions.s1!.account, "b");
  daemon.store.record(swapOff("w2", { from: "b", to: "a", by: "person" }));
  assert.equal(daemon.store.state.runningSwap, null);
  await daemon.stop();
});

Deno.test("what matters is told through a channel of the config, with the silence that a person asked for", async () => {
  await using w = await outside();
  const config = { ...w.config, notify: { channels: [{ type: "stdout", name: "out" }] } } as Config;
  const daemon = await Daemon.up(w, config);
  const told = () => w.printed.map((line) => JSON.parse(line).title);
  daemon.store.record(swapOff("w1", { by: "person" }));
  await daemon.until(() => told().length > 0);
  assert.deepEqual(told(), ["1 session moved from a to b"]);
  const hour = { forMs: 3_600_000, match: { kinds: ["config.rejected"] } };
  assert.equal((await post(w, "notify/silence", hour)).status, 202);
  daemon.store.record({ type: "config.rejected", problems: ["x"] });
  assert.equal((await post(w, "notify/test", {})).status, 202);
  await daemon.until(() => told().length > 1);
  assert.deepEqual(told().slice(1), ["A test of claude-failover's notices"]);
  await daemon.stop();
  assert.deepEqual(told().slice(2), ["The daemon is being stopped"]);
});
