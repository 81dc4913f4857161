import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { DEFAULT_LOG, type LogSpec } from "../../lib/model/log.ts";
import { DatabaseSync } from "node:sqlite";
import { journalPath, Store } from "../../lib/runtime/store.ts";
import { ANCHOR } from "../../lib/ports/tmux.ts";
import { config, session } from "../http/fixture.ts";
import { testHome, until } from "../support/mod.ts";
import { world } from "./world.ts";

/** The journal is the one thing that lies on a real disk here. */
async function withRoom(
  { isTty = true, facts, log = DEFAULT_LOG }: { isTty?: boolean; facts?: null; log?: LogSpec } = {},
) {
  const home = await testHome();
  const paths = { stateDir: home.path("state"), runtimeDir: home.path("run") };
  const only = [session("ccl-0")];
  const w = await world({
    isTty,
    config: config({ paths, sessions: only, log }),
    ...(facts === null ? { facts } : {}),
  });
  for (const { configDir } of w.config.accounts) w.files.put(`${configDir}/.claude.json`, "{}");
  return {
    ...w,
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

Deno.test("run starts the sessions, prints what happens, and leaves them running at the end", async () => {
  await using w = await withRoom({ facts: null });
  const running = w.run("run");
  await until(() => w.said.out.includes("starts under"));
  match(w.said.out, /^Watching 1 session under 2 accounts, mode auto \(/);
  match(w.said.out, /daemon +started \(0\.1\.0, pid \d+\)\n/);
  match(w.said.out, /ccl-0 +starts under work: the config wants it\n/);
  w.interrupt();
  equal(await running, 0, w.said.err);
  ok(
    w.said.out.endsWith(
      "The daemon has stopped. 1 session goes on; the next daemon adopts them.\n" +
        "To look at them: tmux -L claude-failover attach\n",
    ),
    w.said.out,
  );
  equal((await w.tmux.panes()).map((pane) => [pane.session, pane.dead]), [
    [ANCHOR, false],
    ["ccl-0", false],
  ]);
});

Deno.test("run writes its log as JSON lines where nobody looks, and nothing else", async () => {
  await using w = await withRoom({ facts: null, isTty: false });
  const running = w.run("run");
  await until(() => w.said.out.includes("run.planned"));
  w.interrupt();
  equal(await running, 0, w.said.err);
  const lines = w.said.out.trim().split("\n").map((line) => JSON.parse(line));
  const { level, logger, message, event } = lines[0];
  equal([level, logger, event.type], ["INFO", "claude-failover.daemon", "daemon.started"]);
  match(message, /^daemon: started \(0\.1\.0, pid \d+\)$/);
  equal(lines.at(-1).event.type, "daemon.stopped");
  ok(!w.said.out.includes("run.launched"), "that is for level debug");
  equal(w.said.err, "");
});

Deno.test("run tells as much as the config says", async () => {
  await using w = await withRoom({
    facts: null,
    isTty: false,
    log: { ...DEFAULT_LOG, level: "debug" },
  });
  const running = w.run("run");
  await until(() => w.said.out.includes("run.launched"));
  w.interrupt();
  equal(await running, 0, w.said.err);
});

Deno.test("run keeps its log in a file too, whatever it prints", async () => {
  for (const args of [["run"], ["run", "--json"]]) {
    const dir = await Deno.makeTempDir();
    const path = `${dir}/daemon.log`;
    {
      const file = { path, maxBytes: 1_000_000, keep: 2 };
      await using w = await withRoom({ facts: null, log: { level: "info", levels: {}, file } });
      const running = w.run(...args);
      await until(() => /run\.planned|starts under/.test(w.said.out));
      w.interrupt();
      equal(await running, 0, w.said.err);
    }
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((l) => JSON.parse(l));
    equal([lines[0].event.type, lines.at(-1).event.type], ["daemon.started", "daemon.stopped"]);
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("run --json writes the journal as JSON lines", async () => {
  await using w = await withRoom({ facts: null });
  const running = w.run("run", "--json");
  await until(() => w.said.out.includes("run.launched"));
  w.interrupt();
  equal(await running, 0, w.said.err);
  const events = w.said.out.trim().split("\n").map((line) => JSON.parse(line));
  const first = events[0].seq;
  equal(events.map((event) => event.seq), events.map((_, i) => first + i));
  equal([events[0].type, events.at(-1).type], ["daemon.started", "daemon.stopped"]);
});

Deno.test("run refuses a second daemon, and names the first", async () => {
  await using w = await withRoom();
  const { stateDir } = w.config.paths;
  await w.files.makeDir(stateDir);
  using _lock = await w.files.lock(`${stateDir}/daemon.lock`);
  equal(await w.run("run"), 1);
  equal(
    w.said.err,
    "Cannot start the daemon: one is already running, pid 4000\n" +
      "Hint: `claude-failover status` shows it, `claude-failover stop` ends it\n",
  );
});

Deno.test("run refuses a journal of a newer version, starts nothing, and leaves it as it is", async () => {
  await using w = await withRoom({ facts: null });
  await Deno.mkdir(w.config.paths.stateDir, { mode: 0o700 });
  const path = journalPath(w.config);
  {
    using store = new Store(path, { now: () => 0 });
    store.record({ type: "freeze.requested", by: "person", reason: "newer" });
    using db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 99");
  }
  const before = await Deno.readFile(path);
  equal(await w.run("run"), 2); // a service is not started again for it
  match(
    w.said.err,
    /^Cannot open the journal .*: it has schema 99, and this version knows 2 at most\./,
  );
  match(w.said.err, /Start the newer claude-failover that wrote it\.\n$/);
  equal(await w.tmux.panes().catch(() => []), []);
  equal(await Deno.readFile(path), before);
});
