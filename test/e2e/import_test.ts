/**
 * `import` over a pool that a person runs by hand: two real sessions in a tmux of their own, taken over one after the other.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parse } from "yaml";
import { shQuote } from "../../lib/claude/shell.ts";
import { seedAccount } from "../contract/seed_account.ts";
import { until } from "../contract/until.ts";
import { startApi } from "../fakes/api/server.ts";
import { testHome, tmuxSocket } from "../support/mod.ts";
import { claudeEnv, claudePath } from "./support/claude.ts";
import { Program } from "./support/program.ts";

const PATIENCE_MS = 60_000;

Deno.test("import proposes the config of a pool that runs by hand, and its conversation goes on once the person leaves it", async () => {
  await using home = await testHome();
  await using api = await startApi();
  await using byHand = await tmuxSocket();
  await using ours = await tmuxSocket();
  const cwd = home.path("shop");
  const projectsDir = home.path("projects");
  for (const dir of [cwd, projectsDir]) await Deno.mkdir(dir);
  for (const name of ["work", "spare"]) {
    await seedAccount(home.path(`.claude-${name}`), { name, projectsDir, trusted: [cwd] });
  }
  const env = { ...home.env, CLAUDE_FAILOVER_CONFIG: home.path("config.yaml"), ...denoDir() };
  const screen = (name: string) => byHand.tmux("capture-pane", "-p", "-t", `=${name}:`);
  const shows = (name: string, text: RegExp) =>
    until(
      async () => text.test(await screen(name)) || null,
      async () => `${name} does not show ${text}:\n${await screen(name)}`,
      PATIENCE_MS,
    );
  const type = async (name: string, text: string) => {
    await byHand.tmux("send-keys", "-t", `=${name}:`, "-l", "--", text);
    await shows(name, new RegExp(`❯\\s${text}`));
    await byHand.tmux("send-keys", "-t", `=${name}:`, "Enter");
  };
  for (const [name, account] of [["ccl-0", "work"], ["ccl-1", "spare"]] as const) {
    const own = {
      ...claudeEnv(api),
      CLAUDE_CONFIG_DIR: home.path(`.claude-${account}`),
      HOME: home.dir,
    };
    const line = [
      "env",
      ...Object.entries(own).map(([key, value]) => `${key}=${value}`),
      claudePath(),
    ].map(shQuote).join(" ");
    await byHand.tmux("new-session", "-d", "-s", name, "-c", cwd, "-x", "120", "-y", "40", line);
    await shows(name, /^❯/m);
  }
  await type("ccl-0", "remember the word heron");
  const first = await until(
    () => api.requests().find((r) => r.isTurn) ?? null,
    () => "the prompt has not reached the API",
    PATIENCE_MS,
  );
  assert.equal(first.account, "work");

  // Looking changes nothing, and says what there is.
  const proposed = await Program.output(["import", "--socket", byHand.path], env);
  const config = parse(proposed);
  assert.equal(config.failover.mode, "off");
  assert.deepEqual(config.accounts.map((a: { id: string }) => a.id).sort(), ["spare", "work"]);
  assert.match(await screen("ccl-0"), /heron/);

  // As a person would, but for what only a test needs: the API, a tmux and folders of its own.
  for (const account of config.accounts) account.env = claudeEnv(api);
  Object.assign(config, {
    claude: { path: claudePath() },
    tmux: { socket: ours.path },
    share: { projects_dir: projectsDir },
    paths: { state_dir: home.path("state"), runtime_dir: home.path("run") },
  });
  await Deno.writeTextFile(env.CLAUDE_FAILOVER_CONFIG, JSON.stringify(config));
  await using daemon = Program.start(["run", "--json"], env);
  // Nothing was said in ccl-1, so it begins anew; ccl-0 is still open by hand.
  await daemon.event("run.ready", { session: "ccl-1" });
  const open = await daemon.event("run.closing", { session: "ccl-0" });
  assert.match(open.reason, /process \d+ has it open under work/);
  assert.match(await screen("ccl-0"), /heron/, "nobody touched the old one");

  await type("ccl-0", "/exit");
  await until(
    async () => !(await byHand.tmux("list-sessions")).includes("ccl-0") || null,
    () => "the old process of ccl-0 is still there",
    PATIENCE_MS,
  );
  await Program.output(["session", "start", "ccl-0"], env).catch(() => {}); // it may have been tried by itself
  const ready = await daemon.event("run.ready", { session: "ccl-0" });
  const { conversation } = config.sessions.find((s: { names: string }) => s.names === "ccl-0");
  assert.equal(ready.conversation, conversation);
  const before = api.requests().length;
  await Program.output(["session", "send", "ccl-0", "which word was it"], env);
  const asked = await until(
    () => api.requests(before).find((r) => r.isTurn) ?? null,
    () => "the prompt has not reached the API",
    PATIENCE_MS,
  );
  assert.equal(asked.conversation, conversation);
  assert.match(JSON.stringify(asked.said), /heron.*which word/);
  await daemon.stop();
});

function denoDir(): Record<string, string> {
  return {
    DENO_DIR: Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno"),
  };
}
