import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { ANCHOR } from "../../lib/ports/tmux.ts";
import { config, session } from "../http/fixture.ts";
import { testHome, until } from "../support/mod.ts";
import { world } from "./world.ts";

/** The journal is the one thing that lies on a real disk here. */
async function withRoom({ isTty = true, facts }: { isTty?: boolean; facts?: null } = {}) {
  const home = await testHome();
  const paths = { stateDir: home.path("state"), runtimeDir: home.path("run") };
  const only = [session("ccl-0")];
  const w = await world({
    isTty,
    config: config({ paths, sessions: only }),
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
  await until(() => w.said.out.includes("launched"));
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

Deno.test("run writes the journal as JSON lines where nobody looks", async () => {
  await using w = await withRoom({ facts: null, isTty: false });
  const running = w.run("run");
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
