import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { loadConfig } from "../../lib/config.ts";
import { golden } from "./golden.ts";
import { world, type WorldOptions } from "./world.ts";

const HOME = "/home/ada";
const CONFIG = `${HOME}/.config/claude-failover/config.yaml`;
const id = (n: number) => `${n}0000000-aaaa-4bbb-8ccc-dddddddddddd`;

/** Sessions that scripts have started: of each the tmux name, its account, folder and conversation. */
async function pool(options: WorldOptions = {}) {
  const w = await world({ facts: null, ...options });
  const { files, tmux, processes } = w;
  processes.on("ps", () => ({
    stdout: "    1 /sbin/init\n  412 /bin/bash /home/ada/bin/watchdog.sh --token hush\n" +
      "  413 vim notes/watchdog\n",
  }));
  files.put(`${HOME}/.claude.json`, "{}");
  files.put(`${HOME}/.claude-b/settings.json`, "{}");
  files.put(`${HOME}/src/shop/.agent-queue/inbox/.keep`, "");
  async function runs(name: string, dir: string, cwd: string, n: number, { said = true } = {}) {
    const pane = await tmux.launch(name, { cwd, argv: ["bash", "-l"] });
    const claude = processes.spawn({ parent: pane.pid });
    const entry = { pid: claude.pid, sessionId: id(n), cwd, status: "idle" };
    files.put(`${HOME}/${dir}/sessions/${claude.pid}.json`, JSON.stringify(entry));
    const line = said ? { type: "user", message: { role: "user", content: "hi" } } : { type: "x" };
    files.put(`${HOME}/${dir}/projects/-x/${id(n)}.jsonl`, `${JSON.stringify(line)}\n`);
    return claude;
  }
  await runs("ccl-0", ".claude-b", `${HOME}/src/shop`, 1);
  await runs("ccl-1", ".claude-b", `${HOME}/src/shop/web`, 2);
  await runs("my notes", ".claude", `${HOME}/notes`, 3, { said: false });
  const gone = await runs("ccl-2", ".claude", `${HOME}/notes`, 4);
  processes.exit(gone, null); // SIGKILL leaves its entry
  const apart = processes.spawn();
  const entry = { pid: apart.pid, sessionId: id(5), cwd: HOME };
  files.put(`${HOME}/.claude/sessions/${apart.pid}.json`, JSON.stringify(entry));
  return w;
}

Deno.test("import proposes the config of a pool that scripts run, and touches nothing", async () => {
  await using w = await pool();
  const calls = w.tmux.calls.length;
  equal(await w.run("import"), 0, w.said.err);
  await golden("import", `${w.said.out}--- on standard error:\n${w.said.err}`);
  const config = loadConfig(w.said.out, { path: "x", home: HOME, env: {} });
  equal(config.failover.mode, "off");
  equal(
    config.sessions.map((s) => [s.name, s.account, s.project, s.cwd, s.conversation]),
    [
      ["ccl-0", "b", "shop", `${HOME}/src/shop`, id(1)],
      ["ccl-1", "b", "shop", `${HOME}/src/shop/web`, id(2)],
      ["my-notes", "main", null, `${HOME}/notes`, undefined],
    ],
  );
  equal(await w.files.stat(CONFIG), null);
  equal([w.tmux.calls.length, w.processes.signals], [calls, []]);
  ok(!w.said.err.includes("hush"), "an argument of somebody's program was shown");
});

Deno.test("import --write writes it once, and says what comes next", async () => {
  await using w = await pool();
  equal(await w.run("import", "--write"), 0, w.said.err);
  match(await w.files.read(CONFIG) ?? "", new RegExp(`conversation: "?${id(1)}`));
  match(w.said.out, /The pool is as it was\.\nNext:\n/);
  match(w.said.out, /claude-failover share --dry-run/);
  equal(await w.run("import", "--write"), 2);
  match(w.said.err, /there is a config already/);
});

Deno.test("import --fresh leaves the conversations out", async () => {
  await using w = await pool();
  equal(await w.run("import", "--fresh"), 0, w.said.err);
  ok(!w.said.out.includes("conversation: "), w.said.out);
});

Deno.test("import says where it looked when there is no pool", async () => {
  await using w = await world({ facts: null });
  w.processes.on("ps", () => ({}));
  equal(await w.run("import"), 2);
  match(w.said.err, /no config dir of Claude Code\nHint: name one with `--config-dir`/);
  w.files.put("/home/ada/.claude/settings.json", "{}");
  w.said.err = "";
  equal(await w.run("import", "--socket", "agents"), 2);
  match(w.said.err, /no Claude Code runs on the tmux server -L agents\nHint: .*`--socket`/);
});

Deno.test("import fails in words when tmux does not answer", async () => {
  await using w = await pool();
  w.tmux.breaks("no answer in 5000 ms");
  equal(await w.run("import"), 1);
  match(w.said.err, /^Cannot import the pool: Cannot list-panes: no answer in 5000 ms\n/);
});
