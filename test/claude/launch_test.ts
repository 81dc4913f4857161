import assert from "node:assert/strict";
import { claudeEnv } from "../../lib/claude/env.ts";
import { runFiles, startCommand } from "../../lib/claude/launch.ts";
import { settingsPath } from "../../lib/claude/layout.ts";
import { paneOfRun, prepareRun } from "../../lib/claude/runs.ts";
import { HOOK_EVENTS, parseUserStatusLine, userStatusLine } from "../../lib/claude/settings.ts";
import type { AccountSpec, LaunchSpec } from "../../lib/model/config.ts";
import type { RunPlan } from "../../lib/model/event.ts";
import type { Pane } from "../../lib/ports/tmux.ts";
import { FakeFiles } from "../fakes/files.ts";
import { accountSpec, config, plan, sessionSpec } from "../model/fixtures.ts";

interface Setup {
  launch?: Partial<LaunchSpec>;
  account?: Partial<AccountSpec>;
  run?: Partial<RunPlan>;
  prompt?: string;
}

function input({ launch = {}, account = {}, run = {}, prompt }: Setup = {}) {
  const session = sessionSpec("s1");
  return {
    config: config(),
    account: accountSpec("a", account),
    session: { ...session, launch: { ...session.launch, ...launch } },
    plan: plan("run-1", run),
    prompt: prompt ?? null,
    userStatusLine: null,
  };
}

function textOf(files: readonly { path: string; text: string }[], name: string): string {
  return files.find((file) => file.path.endsWith(`/${name}`))!.text;
}

/** The line of the launch script that sets the arguments of `claude`. */
function argsLine(setup: Setup): string {
  const text = textOf(runFiles(input(setup)), "launch.sh");
  return text.split("\n").find((line) => line.startsWith("set -- "))!;
}

Deno.test("runFiles() makes private files in the run's own folder, and no secret stands in them", () => {
  const files = runFiles(input());
  const dir = `${config().paths.stateDir}/runs/run-1`;
  assert.deepEqual(files.map(({ path, mode }) => [path, mode]), [
    [`${dir}/hook.sh`, 0o600],
    [`${dir}/claude-failover-status-line.sh`, 0o600],
    [`${dir}/settings.json`, 0o600],
    [`${dir}/launch.sh`, 0o600],
  ]);
  assert.deepEqual(startCommand(config(), "run-1"), ["sh", `${dir}/launch.sh`]);
});

Deno.test("runFiles() asks for the hooks that both known versions know, and for no others", () => {
  const settings = JSON.parse(textOf(runFiles(input()), "settings.json"));
  const known = [
    ...["Notification", "PermissionRequest", "PostToolUse", "PostToolUseFailure", "PreToolUse"],
    ...["SessionEnd", "SessionStart", "Stop", "StopFailure", "UserPromptSubmit"],
  ];
  assert.deepEqual(Object.keys(settings.hooks).sort(), known);
  assert.deepEqual([...HOOK_EVENTS].sort(), known);
  assert.deepEqual(Object.keys(settings), [
    "autoContinueAtUsageLimit",
    "permissions",
    "statusLine",
    "hooks",
  ]);
  assert.equal(settings.autoContinueAtUsageLimit, false);
});

Deno.test("runFiles() skips the warning of bypassPermissions only for a session that asks for that mode", () => {
  for (const permissionMode of [null, "plan", "bypassPermissions"] as const) {
    const settings = JSON.parse(
      textOf(runFiles(input({ launch: { permissionMode } })), "settings.json"),
    );
    const skips = settings.skipDangerousModePermissionPrompt;
    assert.equal(skips, permissionMode === "bypassPermissions" ? true : undefined);
  }
});

Deno.test("runFiles() begins a conversation or goes on with it, with a prompt or without", () => {
  const settings = settingsPath(config(), "run-1");
  assert.equal(argsLine({}), `set -- '--settings' '${settings}' '--session-id' 'conversation-1'`);
  assert.equal(
    argsLine({ run: { how: "resume" }, prompt: "-go on" }),
    `set -- '--settings' '${settings}' '--resume' 'conversation-1' '--' '-go on'`,
  );
});

Deno.test("runFiles() refuses what would take its own arguments away", () => {
  const bad = ["--settings", "--settings={}", "--resume", "-r", "-c", "--session-id=x", "-p", "--"];
  for (const arg of bad) {
    const make = () => runFiles(input({ launch: { args: ["--effort", "high", arg] } }));
    assert.throws(make, /Cannot launch s1: its launch arguments hold -/, arg);
  }
});

Deno.test("runFiles() refuses a prompt that no argument can hold, and a variable that sh cannot name", () => {
  const fits = "é".repeat(65_535) + "x";
  assert.ok(argsLine({ prompt: fits }).includes(fits));
  assert.throws(() => argsLine({ prompt: fits + "x" }), /a prompt of 131072 bytes/);
  const env = { "A; touch pwned; B": "1" };
  assert.throws(() => argsLine({ account: { env } }), /account a: bad name A; touch/);
});

Deno.test("prepareRun() writes the run and the folders it needs", async () => {
  const files = new FakeFiles();
  await prepareRun(files, input());
  const { stateDir } = config().paths;
  for (const dir of ["locks", "runs/run-1", "runs/run-1/spool"]) {
    const info = await files.stat(`${stateDir}/${dir}`);
    assert.deepEqual([info?.kind, info?.mode], ["dir", 0o700], dir);
  }
  assert.equal((await files.list(`${stateDir}/runs/run-1`)).length, 5);
});

Deno.test("paneOfRun() finds the pane by the run's script, the living one first", () => {
  const pane = (id: string, startCommand: string, dead = false): Pane => ({
    ...{ session: "s1", pid: 7, exit: null, attached: 0, activeAt: 0 },
    ...{ id, startCommand, dead },
  });
  const panes = [
    pane("%0", "sh /state/runs/run-10/launch.sh"),
    pane("%1", `sh "/st ate/runs/run-1/launch.sh"`, true),
    pane("%2", "sh /state/runs/run-1/launch.sh"),
    pane("%3", "vim /state/runs/run-2/settings.json"),
  ];
  assert.equal(paneOfRun(panes, "run-1")?.id, "%2");
  assert.equal(paneOfRun(panes.slice(0, 2), "run-1")?.id, "%1");
  assert.equal(paneOfRun(panes, "run-2"), null);
  assert.equal(paneOfRun([], "run-1"), null);
});

// -- The person's own status line --

function statusLineSettings(command: string, more = {}) {
  return JSON.stringify({ model: "opus", statusLine: { type: "command", command, ...more } });
}

Deno.test("userStatusLine() takes the one that Claude Code would", async () => {
  const account = accountSpec("a");
  const cwd = "/home/ada/app";
  const files = new FakeFiles();
  const command = async () => (await userStatusLine(files, { account, cwd }))?.command ?? null;
  assert.equal(await command(), null);
  files.put(`${account.configDir}/settings.json`, statusLineSettings("mine"));
  assert.equal(await command(), "mine");
  files.put(`${cwd}/.claude/settings.json`, statusLineSettings("project"));
  assert.equal(await command(), "project");
  files.put(`${cwd}/.claude/settings.local.json`, "{ torn");
  assert.equal(await command(), "project");
  files.put(`${cwd}/.claude/settings.local.json`, statusLineSettings("local"));
  assert.equal(await command(), "local");
  files.fails(`${cwd}/.claude/settings.local.json`, new Error("EACCES"));
  assert.equal(await command(), "project");
});

Deno.test("parseUserStatusLine() keeps what stands beside the command, and refuses our own", () => {
  const theirs = parseUserStatusLine(
    statusLineSettings("mine", { padding: 0, refreshInterval: 5 }),
  );
  assert.deepEqual(theirs, { command: "mine", others: { padding: 0, refreshInterval: 5 } });
  const files = runFiles({ ...input(), userStatusLine: theirs });
  const settings = textOf(files, "settings.json");
  const { statusLine } = JSON.parse(settings);
  assert.deepEqual([statusLine.type, statusLine.padding], ["command", 0]);
  assert.equal(parseUserStatusLine(settings), null);
  for (
    const text of ["", "null", "[]", '{"statusLine":"x"}', '{"statusLine":{"type":"command"}}']
  ) {
    assert.equal(parseUserStatusLine(text), null, text);
  }
});

Deno.test("claudeEnv() keeps ours, but for what speaks of another session, login or provider", () => {
  const account = accountSpec("a", { env: { AWS_REGION: "x", CLAUDE_CONFIG_DIR: "/other" } });
  const env = claudeEnv(account, {
    PATH: "/bin",
    CLAUDECODE: "1",
    CLAUDE_CODE_USE_VERTEX: "1",
    ANTHROPIC_API_KEY: "made-up",
    AWS_BEARER_TOKEN_BEDROCK: "made-up",
    MY_CLAUDE: "kept",
  });
  assert.deepEqual(env, {
    PATH: "/bin",
    MY_CLAUDE: "kept",
    AWS_REGION: "x",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_RESUME_THRESHOLD_MINUTES: "1000000000",
    CLAUDE_CODE_RESUME_TOKEN_THRESHOLD: "1000000000",
    CLAUDE_CONFIG_DIR: account.configDir,
  });
  const inDefault = claudeEnv({ ...account, isDefaultDir: true }, { CLAUDE_CONFIG_DIR: "/x" });
  assert.equal("CLAUDE_CONFIG_DIR" in inDefault, false);
});
