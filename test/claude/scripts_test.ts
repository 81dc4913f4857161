/**
 * The shell scripts of a run, in a real sh, with a `claude` that is a script.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startCommand } from "../../lib/claude/launch.ts";
import {
  hookScriptPath,
  lockPath,
  spoolDir,
  statusLinePath,
  statusLineScriptPath,
} from "../../lib/claude/layout.ts";
import { prepareRun } from "../../lib/claude/runs.ts";
import { shQuote } from "../../lib/claude/shell.ts";
import { readLastTool, readSpool } from "../../lib/claude/spool.ts";
import type { AccountSpec, Config, SessionSpec } from "../../lib/model/config.ts";
import type { RunPlan } from "../../lib/model/event.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { accountSpec, config, plan, sessionSpec } from "../model/fixtures.ts";
import { type TestHome, testHome, until } from "../support/mod.ts";

const HOSTILE = [
  "",
  "plain",
  "two words",
  "it's",
  `'"'"'`,
  'say "hi"',
  "$(touch pwned) `touch pwned` ${HOME} $HOME",
  "line one\nline two\n\nline four\n",
  "tab\tand\rreturn",
  "-n",
  "--help",
  "\\ \\\\ \\n \\'",
  "; touch pwned & | > pwned < *?[a-z]!{a,b}~#",
  "grüße 🦀 \u{1F468}\u200D\u{1F469} ‮rtl",
  "\u0001\u001b[31m\u007f",
  "x".repeat(60_000) + "'\n$(id)",
];

Deno.test("shQuote() gives sh each hostile text back as one unchanged word", async () => {
  await using home = await testHome();
  const out = await sh(home, { script: `printf '%s\\0' ${HOSTILE.map(shQuote).join(" ")}` });
  assert.deepEqual(out.stdout.split("\0").slice(0, -1), HOSTILE);
  assert.deepEqual(await systemFiles.list(home.dir), []);
  assert.throws(() => shQuote("a\0b"), /NUL/);
});

// -- hook.sh --

Deno.test("hook.sh queues each edge as a private file of its own, in order", async () => {
  await using run = await setup();
  const out = await run.hook("edge", "SessionStart", '{"session_id":"c","source":"startup"}');
  assert.deepEqual(out, { code: 0, stdout: "", stderr: "", taken: true });
  await run.hook("edge", "UserPromptSubmit", '{"session_id":"c","prompt":"a"}');
  await run.hook("edge", "UserPromptSubmit", '{"session_id":"c","prompt":"b"}');
  const entries = await readSpool(systemFiles, run.spool);
  assert.deepEqual(entries.map((e) => e.event.kind), ["session.start", "prompt", "prompt"]);
  assert.equal(new Set(entries.map((e) => e.key)).size, 3);
  for (const { path, seenAt } of entries) {
    assert.equal((await systemFiles.stat(path))?.mode! & 0o777, 0o600);
    assert.ok(Math.abs(seenAt - Date.now()) < 60_000);
  }
  assert.equal((await systemFiles.list(run.spool)).length, 3, "no temporary file is left");
});

Deno.test("hook.sh keeps every message when a process id comes again", async () => {
  await using run = await setup();
  for (const n of [1, 2, 3]) await run.hookOfProcess7("Stop", `{"n":${n}}`);
  const files = await systemFiles.list(run.spool);
  assert.deepEqual(files.map((f) => f.name), [0, 1, 2].map((n) => `7.${n}.Stop.edge.json`));
  const texts = await Promise.all(files.map((f) => systemFiles.read(`${run.spool}/${f.name}`)));
  assert.deepEqual(texts, ['{"n":1}', '{"n":2}', '{"n":3}']);
});

Deno.test("hook.sh keeps only the last state, and of a huge one the first 64 KiB", async () => {
  await using run = await setup();
  const head = '{"session_id":"c","hook_event_name":"PostToolUse","tool_name":"Bash",' +
    '"tool_input":{"command":"ls"},"tool_response":{"stdout":"';
  const huge = `${head}${"x".repeat(5_000_000)}"},"tool_use_id":"toolu_1"}`;
  await run.hook("state", "tool", '{"hook_event_name":"PreToolUse","tool_name":"Read"}');
  const out = await run.hook("state", "tool", huge);
  assert.equal(out.taken, true, "the writer must not meet a closed pipe");
  assert.deepEqual((await systemFiles.list(run.spool)).map((f) => [f.name, f.size]), [
    ["tool.json", 65_536],
  ]);
  assert.deepEqual(await readLastTool(systemFiles, `${run.spool}/tool.json`), {
    name: "Bash",
    id: null,
    inputDigest: "4cf29611a6693486",
    finished: true,
  });
});

Deno.test("hook.sh is silent, takes all its input and says 0, when the spool is gone or no folder", async () => {
  await using run = await setup();
  await Deno.remove(run.spool, { recursive: true });
  const big = `{"prompt":"${"y".repeat(1_000_000)}"}`;
  const asFile = async () => await Deno.writeTextFile(run.spool, "not a folder");
  for (const broken of [() => Promise.resolve(), asFile]) {
    await broken();
    for (const [kind, name] of [["edge", "Stop"], ["state", "tool"]] as const) {
      const out = await run.hook(kind, name, big);
      assert.deepEqual(out, { code: 0, stdout: "", stderr: "", taken: true });
    }
  }
});

Deno.test("hook.sh is silent, takes all its input and says 0, when it cannot write", async () => {
  await using run = await setup();
  await Deno.mkdir(`${run.spool}/.7.tmp`);
  const out = await run.hookOfProcess7("Stop", "z".repeat(1_000_000));
  assert.deepEqual(out, { code: 0, stdout: "", stderr: "", taken: true });
});

// -- status_line.sh --

Deno.test("status_line.sh keeps the input and passes it on to the person's own command", async () => {
  await using run = await setup({
    userSettings: {
      statusLine: { type: "command", command: `cat; printf ' %s' "it's me"; exit 3`, padding: 0 },
    },
  });
  const out = await run.statusLine('{"session_id":"c"}');
  assert.deepEqual(out, { code: 3, stdout: `{"session_id":"c"} it's me`, stderr: "", taken: true });
  const kept = await systemFiles.stat(run.path.status);
  assert.equal(kept!.mode & 0o777, 0o600);
  assert.equal(await systemFiles.read(run.path.status), '{"session_id":"c"}');
  assert.equal((await systemFiles.list(run.spool)).length, 1);
});

Deno.test("status_line.sh prints nothing without a command of the person", async () => {
  await using run = await setup();
  const out = await run.statusLine('{"session_id":"c"}');
  assert.deepEqual(out, { code: 0, stdout: "", stderr: "", taken: true });
  assert.equal(await systemFiles.read(run.path.status), '{"session_id":"c"}');
});

Deno.test("status_line.sh still shows the person's status line when the spool is gone", async () => {
  await using run = await setup({
    userSettings: { statusLine: { type: "command", command: "tr a-z A-Z" } },
  });
  await Deno.remove(run.spool, { recursive: true });
  assert.equal((await run.statusLine("hello")).stdout, "HELLO");
});

// -- launch.sh --

Deno.test("the launch script hands claude its arguments unchanged, the prompt last", async () => {
  await using run = await setup({
    prompt: HOSTILE.join("|"),
    session: {
      launch: {
        permissionMode: "plan",
        model: "opus",
        mcpConfig: ["a.json", '{"mcpServers":{}}'],
        addDirs: ["/x y"],
        args: ["--effort", "high", "$(touch pwned)"],
      },
    },
  });
  await using claude = await run.launch();
  assert.deepEqual((await claude.args()).slice(2), [
    ...["--permission-mode", "plan", "--model", "opus"],
    ...["--mcp-config", "a.json", '{"mcpServers":{}}', "--add-dir", "/x y"],
    ...["--effort", "high", "$(touch pwned)"],
    ...["--session-id", "conversation-1", "--", HOSTILE.join("|")],
  ]);
  assert.equal(await systemFiles.stat(run.home.path("pwned")), null);
});

Deno.test("the launch script lets nothing of another session or login through", async () => {
  await using run = await setup({ account: { env: { MY_VAR: "it's $HOME", AWS_REGION: "x" } } });
  await using claude = await run.launch({
    CLAUDECODE: "1",
    CLAUDE_CODE_CHILD_SESSION: "1",
    CLAUDE_CODE_USE_BEDROCK: "1",
    CLAUDE_CONFIG_DIR: "/somebody/else",
    ANTHROPIC_API_KEY: "made-up",
    ANTHROPIC_AUTH_TOKEN: "made-up",
    AWS_BEARER_TOKEN_BEDROCK: "made-up",
    CLAUDE_FAILOVER_CONFIG: "/ours.yaml",
    KEPT: "yes",
    lock: "theirs",
    name: "theirs",
    LINES_OF_TEXT: "one\nCLAUDE_FAKE=1\nANTHROPIC_'; touch pwned=2\nPATH=/nowhere\nKEPT=no",
  });
  const env = await claude.env();
  const ofOthers = Object.keys(env).filter((name) => /^(CLAUDE|ANTHROPIC|AWS_B)/.test(name));
  assert.deepEqual(ofOthers.sort(), [
    "CLAUDE_CODE_RESUME_THRESHOLD_MINUTES",
    "CLAUDE_CODE_RESUME_TOKEN_THRESHOLD",
    "CLAUDE_CONFIG_DIR",
    "CLAUDE_FAILOVER_CONFIG",
    "CLAUDE_FAILOVER_SESSION",
  ]);
  assert.equal(env["CLAUDE_CONFIG_DIR"], run.account.configDir);
  assert.deepEqual(
    [env["MY_VAR"], env["AWS_REGION"], env["DISABLE_AUTOUPDATER"], env["KEPT"], env["PATH"]],
    ["it's $HOME", "x", "1", "yes", run.home.env["PATH"]],
  );
  assert.deepEqual([env["lock"], env["name"]], ["theirs", "theirs"]);
  assert.equal(env["LINES_OF_TEXT"]?.split("\n").length, 5);
});

Deno.test("the launch script leaves CLAUDE_CONFIG_DIR unset for the default config dir", async () => {
  await using run = await setup({ account: { isDefaultDir: true } });
  await using claude = await run.launch({ CLAUDE_CONFIG_DIR: "/somebody/else" });
  assert.equal((await claude.env())["CLAUDE_CONFIG_DIR"], undefined);
});

Deno.test("the launch script stays one process and holds the conversation until it is killed", async () => {
  await using run = await setup();
  {
    await using first = await run.launch();
    assert.equal(await first.pidOfClaude(), first.pid);
    const second = await run.launchToEnd();
    assert.deepEqual([second.code, second.stdout], [75, ""]);
    await first.kill();
  }
  await using third = await run.launch();
  assert.equal(await third.pidOfClaude(), third.pid);
  assert.ok(await systemFiles.stat(lockPath(run.config, "conversation-1")));
});

Deno.test("the launch script says what is missing", async () => {
  await using run = await setup();
  // A PATH with what the script uses, but neither claude nor flock.
  for (const program of ["env", "sed"]) await Deno.symlink(`/usr/bin/${program}`, run.bin(program));
  const bare = { PATH: run.home.path("bin") };
  const noClaude = await run.launchToEnd(bare, { claudePath: "claude" });
  assert.deepEqual(noClaude, {
    code: 127,
    stdout: "",
    stderr: "Cannot start s1 under a: claude is not found or cannot be run\n",
  });
  const noFlock = await run.launchToEnd(bare);
  assert.equal(noFlock.code, 69);
  assert.match(noFlock.stderr, /flock\(1\) of util-linux is missing/);
});

Deno.test("the launch script finds a claude without a slash through PATH", async () => {
  await using run = await setup();
  await Deno.symlink(run.home.path("claude"), run.bin("claude"));
  const PATH = `${run.home.path("bin")}:${run.home.env["PATH"]}`;
  await using claude = await run.launch({ PATH }, { claudePath: "claude" });
  assert.equal(await claude.pidOfClaude(), claude.pid);
});

// -- A world with one prepared run --

interface Setup {
  prompt?: string;
  account?: Partial<AccountSpec>;
  session?: Partial<SessionSpec>;
  userSettings?: object;
}

/** A run in a home whose path is hard on quoting. Its `claude` writes down who and what it is, and stays. */
async function setup({ prompt, account = {}, session = {}, userSettings }: Setup = {}) {
  const home = await testHome();
  const stateDir = home.path(`it's a "state" $dir`);
  const a = accountSpec("a", { configDir: home.path(".claude-a"), ...account });
  if (userSettings) {
    await systemFiles.writeAtomic(`${a.configDir}/settings.json`, JSON.stringify(userSettings));
  }
  const fake = [
    "#!/bin/sh",
    `printf '%s\\0' "$@" >${home.path("args")}; env -0 >${home.path("env")}`,
    `echo $$ >${home.path("pid.tmp")}; mv ${home.path("pid.tmp")} ${home.path("pid")}`,
    "exec sleep 60",
  ].join("\n");
  await Deno.writeTextFile(home.path("claude"), fake, { mode: 0o755 });
  await Deno.mkdir(home.path("bin"));
  const base = config({
    accounts: [a],
    paths: { stateDir, runtimeDir: home.dir },
    claude: { path: home.path("claude") },
  });
  let runs = 0;

  async function prepare(config: Config): Promise<RunPlan> {
    const next = plan(`run-${++runs}`);
    const spec = sessionSpec("s1", { cwd: home.dir, ...session });
    const input = { config, account: a, session: spec, plan: next, prompt: prompt ?? null };
    await prepareRun(systemFiles, input);
    return next;
  }

  const { id } = await prepare(base);
  const spool = spoolDir(base, id);
  const path = {
    hook: hookScriptPath(base, id),
    statusLine: statusLineScriptPath(base, id),
    status: statusLinePath(base, id),
  };
  const settings = JSON.parse(await Deno.readTextFile(`${stateDir}/runs/${id}/settings.json`));

  async function start(env: Record<string, string>, { claudePath = base.claude.path } = {}) {
    const changed = { ...base, claude: { path: claudePath } };
    const argv = startCommand(changed, (await prepare(changed)).id);
    return new Deno.Command("/bin/sh", {
      args: argv.slice(1),
      clearEnv: true,
      env: { ...home.env, ...env },
      cwd: home.dir,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  return {
    home,
    config: base,
    account: a,
    spool,
    path,
    bin: (name: string) => home.path("bin", name),
    hook: (kind: string, name: string, stdin: string) =>
      sh(home, { file: path.hook, args: [spool, kind, name], stdin }),
    /** An edge, from a process that has the number 7 once more. */
    async hookOfProcess7(name: string, stdin: string) {
      const script = (await Deno.readTextFile(path.hook)).replaceAll("$$", "7");
      return await sh(home, { script, args: [spool, "edge", name], stdin });
    },
    /** By the command of the settings file, as Claude Code runs it. */
    statusLine: (stdin: string) => sh(home, { script: settings.statusLine.command, stdin }),
    async launch(env: Record<string, string> = {}, options: { claudePath?: string } = {}) {
      const child = (await start(env, options)).spawn();
      const streams = [child.stdout.cancel(), child.stderr.cancel()];
      const pid = () => systemFiles.read(home.path("pid"));
      return {
        pid: child.pid,
        pidOfClaude: async () => Number(await until(pid)),
        async args() {
          await until(pid);
          return (await Deno.readTextFile(home.path("args"))).split("\0").slice(0, -1);
        },
        async env(): Promise<Record<string, string>> {
          await until(pid);
          const pairs = (await Deno.readTextFile(home.path("env"))).split("\0").slice(0, -1);
          return Object.fromEntries(pairs.map((p) => [p.split("=")[0]!, p.replace(/^\w+=/, "")]));
        },
        async kill() {
          child.kill("SIGKILL");
          await child.status;
          await systemFiles.remove(home.path("pid"));
        },
        async [Symbol.asyncDispose]() {
          try {
            child.kill("SIGKILL");
          } catch {
            // A test has ended it already.
          }
          await Promise.all([child.status, ...streams]);
        },
      };
    },
    async launchToEnd(env: Record<string, string> = {}, options: { claudePath?: string } = {}) {
      const { code, stdout, stderr } = await (await start(env, options)).output();
      const text = new TextDecoder();
      return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** Runs sh on a file or a text; `taken` says whether it read its input to the end. */
async function sh(
  home: TestHome,
  { script, file, args = [], stdin = "" }: {
    script?: string;
    file?: string;
    args?: string[];
    stdin?: string;
  },
) {
  const child = new Deno.Command("/bin/sh", {
    args: file ? [file, ...args] : ["-c", script!, "sh", ...args],
    clearEnv: true,
    env: home.env,
    cwd: home.dir,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const taken = await feed(child.stdin, stdin);
  const { code, stdout, stderr } = await output;
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr), taken };
}

async function feed(stdin: WritableStream<Uint8Array>, text: string): Promise<boolean> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    return true;
  } catch {
    return false;
  }
}
