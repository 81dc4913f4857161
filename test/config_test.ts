import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError, findConfigPath, loadConfig } from "../lib/config.ts";
import { schemaKeys } from "../lib/config/schema.ts";
import type { Config } from "../lib/model/config.ts";
import { ANCHOR } from "../lib/ports/tmux.ts";

const HOME = "/home/ada";
const EXAMPLE = await read("config.example.yaml");

const BASE = `version: 1
accounts:
  - { id: work, kind: subscription, config_dir: ~/.claude, priority: 20 }
  - { id: spare, kind: subscription, config_dir: ~/.claude-spare/, priority: 10 }
failover: { mode: "off" }
`;

Deno.test("loadConfig() takes config.example.yaml and means what its comments say", () => {
  const config = load(EXAMPLE);
  assert.deepEqual(
    config.accounts.map((a) => [a.id, a.kind, a.configDir, a.isDefaultDir, a.auto]),
    [
      ["work", "subscription", "/home/ada/.claude", true, true],
      ["spare", "subscription", "/home/ada/.claude-spare", false, true],
      ["cloud", "bedrock", "/home/ada/.claude-cloud", false, false],
    ],
  );
  assert.deepEqual(config.sessions.map((s) => s.name), [
    ...numbered("ccl-", 0, 3),
    ...numbered("ccl-auto-", 11, 20),
    "notes",
    "ccl-held",
  ]);
  assert.deepEqual(config.failover, {
    mode: "confirm",
    toKinds: ["subscription"],
    minStayMs: 900_000,
    quiesceGraceMs: 120_000,
    stopGraceMs: 10_000,
    bootTimeoutMs: 60_000,
    idle: "relaunch",
    bootsAtOnce: 3,
    slowBootsAboveLoad: 4,
    confirmWithinMs: 30 * 60_000,
    confirmThen: "stay",
    waitIfResetWithinMs: 0,
    coolDownMs: 900_000,
    hysteresisPct: 5,
    moveAheadMs: 300_000,
    choose: "priority",
    remedies: ["wait", "capped", "other"],
    lastResort: [],
    strategy: "pool",
    modelWall: "stay",
    failBack: false,
  });
  const money = config.accounts.map(({ usdPerDay, reservePct, overage }) => [
    usdPerDay,
    reservePct,
    overage,
  ]);
  assert.deepEqual(money, [
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
    [20, undefined, undefined],
  ]);
  assert.deepEqual(
    config.sessions[0],
    {
      name: "ccl-0",
      project: "shop",
      cwd: "/home/ada/src/shop",
      account: "work",
      allowedAccounts: ["work", "spare"],
      neverMove: false,
      launch: {
        permissionMode: "acceptEdits",
        model: "opus",
        mcpConfig: ["/home/ada/.config/claude-failover/mcp.json"],
        addDirs: ["/home/ada/src/shop-assets"],
        args: ["--effort", "high"],
      },
    } satisfies Config["sessions"][number],
  );
});

Deno.test("config.example.yaml has every key of the schema, and its figures are the defaults", () => {
  const missing = schemaKeys().map((key) => key.path)
    .filter((path) =>
      !isBelowLaunch(path) && !new RegExp(`^[\\s-]*${path.at(-1)}:`, "m").test(EXAMPLE)
    );
  assert.deepEqual(missing, []);

  const { accounts, failover, checkpoints, claude, janitor, tmux, paths, share } = load(EXAMPLE);
  const least = load(BASE);
  assert.deepEqual(accounts[0]!.thresholds, least.accounts[0]!.thresholds);
  assert.deepEqual({ ...failover, mode: "off", toKinds: [] }, least.failover);
  assert.deepEqual({ checkpoints, claude, janitor, tmux, paths, share }, {
    janitor: least.janitor,
    checkpoints: least.checkpoints,
    claude: least.claude,
    tmux: least.tmux,
    paths: least.paths,
    share: least.share,
  });
});

Deno.test("docs/configuration.md has a row for every key of the schema, with its default", async () => {
  const docs = await read("docs/configuration.md");
  for (const key of schemaKeys()) {
    if (isBelowLaunch(key.path)) continue;
    const name = key.path.join(".");
    const row = docs.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
    assert.ok(row, `docs/configuration.md has no row for ${name}`);
    if (key.default === undefined) continue;
    const written = typeof key.default === "string" ? key.default : JSON.stringify(key.default);
    assert.equal(row.split("|")[3]!.trim(), `\`${written}\``, name);
  }
});

Deno.test("docs/configuration.md shows a smallest config that loads, and an error as it is printed", async () => {
  const docs = await read("docs/configuration.md");
  load(/```yaml\n(.*?)```/s.exec(docs)![1]!);
  const shown = /```text\n(.*?)\n```/s.exec(docs)![1]!;
  const yaml = `version: 1
accounts:
  - id: work
    kind: subscription
    config_dri: ~/.claude
failover:
  to_kinds: [subscription]
`;
  assert.equal(refusal(yaml, "config.yaml").message, shown);
});

Deno.test("loadConfig() fills in defaults below the XDG directories, when those are absolute", () => {
  const { paths, share } = load(BASE, {
    XDG_STATE_HOME: "/x/state/",
    XDG_RUNTIME_DIR: "/run/user/7",
    XDG_DATA_HOME: "relative/is/ignored",
  });
  assert.deepEqual(paths, {
    stateDir: "/x/state/claude-failover",
    runtimeDir: "/run/user/7/claude-failover",
  });
  assert.equal(share.projectsDir, "/home/ada/.local/share/claude-failover/projects");
  assert.equal(load(BASE).paths.runtimeDir, "/home/ada/.local/state/claude-failover/run");
});

Deno.test("loadConfig() knows ~/.claude however it is written", () => {
  for (const dir of ["~/.claude", "~/.claude/", "/home/ada//.claude", "~/x/../.claude"]) {
    const { accounts } = load(BASE.replace("~/.claude,", `${dir},`));
    assert.deepEqual([accounts[0]!.configDir, accounts[0]!.isDefaultDir], [
      "/home/ada/.claude",
      true,
    ]);
  }
});

Deno.test("loadConfig() sets the switch of a cloud provider from the account's kind", () => {
  for (
    const [kind, name] of [["bedrock", "BEDROCK"], ["vertex", "VERTEX"], ["foundry", "FOUNDRY"]]
  ) {
    const { accounts } = load(BASE.replace("kind: subscription", `kind: ${kind}`));
    assert.deepEqual(accounts[0]!.env, { [`CLAUDE_CODE_USE_${name}`]: "1" });
  }
});

Deno.test("loadConfig() takes names in env that only look like secrets", () => {
  const env = {
    AWS_PROFILE: "work",
    MAX_THINKING_TOKENS: "8000",
    GOOGLE_APPLICATION_CREDENTIALS: "/home/ada/adc.json",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/run/identity",
    CLAUDE_CODE_API_KEY_HELPER_TTL_MS: "60000",
    ANTHROPIC_BASE_URL: "https://gateway.example:8443/v1",
  };
  const yaml = BASE.replace("priority: 20", `priority: 20, env: ${JSON.stringify(env)}`);
  assert.deepEqual(load(yaml).accounts[0]!.env, env);
});

Deno.test("loadConfig() expands ranges in order, and keeps zeros in front", () => {
  const { sessions } = load(`${BASE}sessions:
  - { names: ["w-[08..10]-x", "s[5..5]"], cwd: ~/x }
  - { names: plain, cwd: ~/x }
`);
  assert.deepEqual(sessions.map((s) => s.name), ["w-08-x", "w-09-x", "w-10-x", "s5", "plain"]);
});

Deno.test("loadConfig() adds up launches from pool to project to session; of single values the last counts", () => {
  const { sessions } = load(`${BASE}
launch: { model: opus, permission_mode: plan, add_dirs: [~/a], args: [--effort, high] }
projects:
  - id: shop
    path: ~/shop
    launch: { model: sonnet, add_dirs: [/b, ~/a/], mcp_config: [~/m.json] }
sessions:
  - { names: one, project: shop, launch: { permission_mode: auto, args: [--verbose] } }
  - { names: two, cwd: ~/x }
`);
  assert.deepEqual(sessions.map((s) => s.launch), [
    {
      permissionMode: "auto",
      model: "sonnet",
      mcpConfig: ["/home/ada/m.json"],
      addDirs: ["/home/ada/a", "/b"],
      args: ["--effort", "high", "--verbose"],
    },
    {
      permissionMode: "plan",
      model: "opus",
      mcpConfig: [],
      addDirs: ["/home/ada/a"],
      args: ["--effort", "high"],
    },
  ]);
});

Deno.test("loadConfig() starts a session under the preferred account its project allows, unless told", () => {
  const { sessions } = load(`${BASE}
projects:
  - { id: shop, path: ~/shop, accounts: [work] }
sessions:
  - { names: free, cwd: ~/x }
  - { names: bound, project: shop }
  - { names: told, cwd: ~/x, account: work }
`);
  assert.deepEqual(sessions.map((s) => [s.name, s.account, s.allowedAccounts]), [
    ["free", "spare", ["work", "spare"]],
    ["bound", "work", ["work"]],
    ["told", "work", ["work", "spare"]],
  ]);
});

Deno.test("loadConfig() names no kinds to move to when the mode is off", () => {
  const yaml = BASE.replace('"off"', "off, to_kinds: [subscription]");
  assert.deepEqual([load(yaml).failover.mode, load(yaml).failover.toKinds], ["off", []]);
});

Deno.test("loadConfig() tells a socket's name from its path", () => {
  const socket = (written: string) => load(`${BASE}tmux: { socket: ${written} }\n`).tmux.socket;
  assert.deepEqual(socket("mine"), { name: "mine" });
  assert.deepEqual(socket("~/run/mine.sock"), { path: "/home/ada/run/mine.sock" });
});

Deno.test("loadConfig() reads aliases, and refuses those that multiply or never end", () => {
  const { sessions } = load(`${BASE}launch: &fast { model: haiku }
sessions: [{ names: a, cwd: /x, launch: *fast }]
`);
  assert.equal(sessions[0]!.launch.model, "haiku");
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (const [one, next] of ["ab", "bc", "cd"]) {
    bomb.push(`${next}: &${next} [${Array(10).fill(`*${one}`).join(", ")}]`);
  }
  const { problems } = refusal(bomb.join("\n"));
  assert.deepEqual(problems.map((p) => p.what), ["its aliases multiply beyond all measure"]);
  assert.ok(refusal(`${BASE}launch: &l { args: *l }\n`) instanceof ConfigError);
  assert.ok(refusal("[".repeat(20_000)) instanceof ConfigError);
});

Deno.test("loadConfig() says everything that is wrong at once, in the order of the file", () => {
  const error = refusal(`version: 1
accounts:
  - id: work
    knd: subscription
    config_dir: work
    priority: 5000
  - { id: work, kind: api-key, config_dir: /b }
failover:
  to_kinds: [subscriptions]
sessions:
  - names: a.b
  - { names: c, cwd: /x, account: wrk }
`);
  assert.deepEqual(error.problems.map((p) => [p.line, p.column, p.path.join(".")]), [
    [4, 5, "accounts.0.knd"],
    [5, 17, "accounts.0.config_dir"],
    [6, 15, "accounts.0.priority"],
    [7, 11, "accounts.1.id"],
    [8, 1, "failover.mode"],
    [9, 14, "failover.to_kinds.0"],
    [11, 5, "sessions.0"],
    [11, 12, "sessions.0.names"],
    [12, 35, "sessions.1.account"],
  ]);
});

Deno.test("loadConfig() shows the line with a mark, but never one that may hold a secret", () => {
  const shown = refusal(`${BASE}tmux:\n  sokcet: x\n`);
  assert.deepEqual(shown.lines.slice(2), [
    "c.yaml:7:3: tmux.sokcet: unknown key",
    "    7 |   sokcet: x",
    "      |   ^^^^^^",
    "  Hint: did you mean socket?",
  ]);
  const secrets = [
    "env: { ANTHROPIC_API_KEY: hunter2 }",
    "env: { FOO: [hunter2] }",
    "env: hunter2",
    "api_key: hunter2",
    "kind: sk-ant-hunter2",
    "environment: { NOTE: 'Bearer hunter2' }",
  ];
  for (const secret of secrets) {
    const { message } = refusal(BASE.replace("priority: 20", secret));
    assert.ok(!message.includes("hunter2"), message);
  }
});

Deno.test("loadConfig() keeps the name of tmux's anchor session free", () => {
  const { problems } = refusal(`${BASE}sessions: [{ names: ${ANCHOR}, cwd: /x }]\n`);
  assert.match(problems[0]!.what, /must not start with/);
});

Deno.test("loadConfig() throws nothing but ConfigError, whatever the text", () => {
  const lines = EXAMPLE.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  const damage = fc.record({
    line: fc.nat(lines.length - 1),
    by: fc.oneof(
      fc.constantFrom(
        "",
        "  x: 1",
        "- 1",
        "  - []",
        "k: {a: null}",
        "? [a]: b",
        "<<: {}",
        "\t",
        "__proto__: 1",
      ),
      fc.string({ maxLength: 12 }),
    ),
    instead: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
    const text = [...lines];
    for (const { line, by, instead } of damages) text.splice(line, instead ? 1 : 0, by);
    try {
      load(text.join("\n"));
    } catch (error) {
      assert.ok(error instanceof ConfigError, String(error));
      for (const p of error.problems) assert.ok(p.line >= 1 && p.column >= 1 && p.what !== "");
    }
  }));
});

Deno.test("findConfigPath() prefers $CLAUDE_FAILOVER_CONFIG, then XDG, then ~/.config", () => {
  const inHome = "/home/ada/.config/claude-failover/config.yaml";
  assert.equal(findConfigPath({}, HOME), inHome);
  assert.equal(findConfigPath({ XDG_CONFIG_HOME: "x", CLAUDE_FAILOVER_CONFIG: "" }, HOME), inHome);
  assert.equal(findConfigPath({ XDG_CONFIG_HOME: "/x" }, HOME), "/x/claude-failover/config.yaml");
  assert.equal(
    findConfigPath({ XDG_CONFIG_HOME: "/x", CLAUDE_FAILOVER_CONFIG: "my.yaml" }, HOME),
    "my.yaml",
  );
});

function load(text: string, env: Record<string, string> = {}): Config {
  return loadConfig(text, { path: "c.yaml", home: HOME, env });
}

function refusal(text: string, path = "c.yaml"): ConfigError {
  try {
    loadConfig(text, { path, home: HOME, env: {} });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "the config was accepted" });
}

/** `launch` is described once; projects and sessions have the same one. */
function isBelowLaunch([first, second, third]: readonly string[]): boolean {
  return first !== "launch" && second === "launch" && third !== undefined;
}

function numbered(before: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${before}${from + i}`);
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`../${path}`, import.meta.url));
}
