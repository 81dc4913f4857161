import assert from "node:assert/strict";
import { withAccount } from "../../lib/cli/account/yaml.ts";
import { loadConfig } from "../../lib/config.ts";
import { world, type WorldOptions } from "./world.ts";
import { golden } from "./golden.ts";

const HOME = "/home/ada";
const CONFIG = `${HOME}/.config/claude-failover/config.yaml`;
const TEXT = `version: 1
accounts: # mine
  - id: work
    kind: subscription
    config_dir: ~/.claude # the default one
    priority: 10
    env:
      EDITOR: vi

# when it comes to it
failover:
  mode: off
sessions:
  - names: s1
    cwd: ${HOME}/src
`;
const SPARE = `  - id: spare
    kind: subscription
    config_dir: ~/.claude-spare
`;

/** A pool of one account, \`work\`, that is in order; nobody is signed in under any other. */
async function setup(options: WorldOptions = {}) {
  const made = await world({ facts: null, configText: TEXT, ...options });
  const { files, processes } = made;
  files.put(CONFIG, options.configText ?? TEXT);
  await files.makeDir(`${HOME}/src`);
  const logins = new Map<string, object>([[`${HOME}/.claude`, {
    loggedIn: true,
    authMethod: "claude.ai",
    email: "ada@example.org",
    orgId: "org-1",
    subscriptionType: "max",
  }]]);
  processes.on("id", () => ({ stdout: "1000" }));
  processes.on("claude", ([command], { env }) => {
    if (command === "--version") return { stdout: "2.1.330 (Claude Code)" };
    const dir = env!["CLAUDE_CONFIG_DIR"] ?? `${HOME}/.claude`;
    const login = logins.get(dir);
    return login
      ? { stdout: JSON.stringify(login) }
      : { code: 1, stdout: '{"loggedIn":false,"authMethod":"none"}' };
  });
  /** What a person leaves behind who has signed in and answered. */
  const answered = (path: string, uuid: string) =>
    files.put(
      path,
      JSON.stringify({
        hasCompletedOnboarding: true,
        oauthAccount: { accountUuid: uuid },
        projects: { [`${HOME}/src`]: { hasTrustDialogAccepted: true } },
      }),
    );
  await files.makeDir(`${HOME}/.claude`, 0o700);
  answered(`${HOME}/.claude.json`, "uuid-work");
  const inShared = `${HOME}/.local/share/claude-failover/projects`;
  await files.makeDir(inShared);
  await files.link(inShared, `${HOME}/.claude/projects`);
  return { ...made, logins, answered };
}

// -- add --

Deno.test("account add makes a private config dir with its links and prints the lines to add", async () => {
  await using cli = await setup();
  assert.equal(await cli.run("account", "add", "spare", "--no-sign-in"), 0);
  const dir = await cli.files.stat(`${HOME}/.claude-spare`);
  assert.deepEqual([dir?.kind, dir?.mode], ["dir", 0o700]);
  assert.equal(
    await cli.files.readLink(`${HOME}/.claude-spare/projects`),
    `${HOME}/.local/share/claude-failover/projects`,
  );
  assert.ok(cli.said.out.includes(SPARE), cli.said.out);
  assert.equal(cli.files.text(CONFIG), TEXT);
  await golden("account_add", cli.said.out);
});

Deno.test("account add --write puts the account into the file and leaves all else as it is", async () => {
  await using cli = await setup();
  assert.equal(await cli.run("account", "add", "spare", "--write", "--no-sign-in"), 0);
  assert.equal(cli.files.text(CONFIG), TEXT.replace("vi\n", `vi\n${SPARE}`));
});

Deno.test("account add says what to type on a terminal where there is none, and opens no sign-in", async () => {
  await using cli = await setup({ isTty: true }); // its input is none
  assert.equal(await cli.run("account", "add", "spare"), 0);
  assert.match(cli.said.out, /type on a terminal:\n {2}claude-failover account add spare\n$/);
  const options = ["--config-dir", "my own", "--kind", "bedrock"];
  assert.equal(await cli.run("account", "add", "third", ...options), 0);
  assert.match(cli.said.out, / add third --config-dir 'my own' --kind bedrock\n$/);
  assert.equal(await cli.run("account", "add", "third", "--write", ...options), 0);
  assert.match(cli.said.out, / add third\n$/);
  assert.deepEqual(cli.tmux.calls, []);
  assert.deepEqual(cli.onTerminal, []);
});

Deno.test("account add opens the sign-in in a pane, once", async () => {
  await using cli = await setup({ answers: [] });
  assert.equal(await cli.run("account", "add", "spare"), 1);
  const [pane] = (await cli.tmux.panes()).filter((one) => one.session.includes("sign-in"));
  assert.equal(pane?.session, "claude-failover-sign-in-spare");

  // Again: the pane that is open is found, not another one made.
  assert.equal(await cli.run("account", "add", "spare"), 1);
  const panes = (await cli.tmux.panes()).filter((one) => one.session.includes("sign-in"));
  assert.deepEqual(panes.map(({ id }) => id), [pane.id]);
});

Deno.test("account add attaches on a terminal, and checks the account when the person is done", async () => {
  await using cli = await setup({ answers: [], env: { TMUX: "/tmp/other,1,0" } });
  const spare = `${HOME}/.claude-spare`;
  cli.context.onTerminal = (argv, { env = {} } = {}) => {
    assert.deepEqual(argv.slice(-2), ["-t", "=claude-failover-sign-in-spare"]);
    assert.ok(!("TMUX" in env));
    cli.answered(`${spare}/.claude.json`, "uuid-spare");
    cli.logins.set(spare, { loggedIn: true, authMethod: "claude.ai", email: "b@example.org" });
    return Promise.resolve(0);
  };
  assert.equal(await cli.run("account", "add", "spare"), 0, cli.said.err);
  assert.match(cli.said.out, /spare: in order/);
  assert.match(cli.said.out, /signed in as b@example.org/);
});

Deno.test("account add tells a login that is another account's already", async () => {
  await using cli = await setup({ answers: [] });
  cli.context.onTerminal = () => {
    cli.answered(`${HOME}/.claude-spare/.claude.json`, "uuid-work");
    cli.logins.set(`${HOME}/.claude-spare`, cli.logins.get(`${HOME}/.claude`)!);
    return Promise.resolve(0);
  };
  assert.equal(await cli.run("account", "add", "spare"), 1);
  assert.match(cli.said.out, /it has the same login as work/);
  // And from then on the dir is not taken for another account.
  assert.equal(await cli.run("account", "add", "third", "--config-dir", ".claude-spare"), 1);
  assert.match(cli.said.err, /Cannot add the account third: it has the same login as work/);
});

Deno.test("account add opens a known account where it lacks trust, and no pane when it is in order", async () => {
  const more = TEXT.replace("  - names: s1", `  - names: s2\n    cwd: ${HOME}/lib\n  - names: s1`);
  await using cli = await setup({ configText: more, answers: [] });
  await cli.files.makeDir(`${HOME}/lib/.git`);
  assert.equal(await cli.run("account", "add", "work"), 1);
  const [launch] = cli.tmux.calls;
  assert.equal(launch?.kind === "launch" && launch.options.cwd, `${HOME}/lib`);

  await using fine = await setup({ answers: [] });
  assert.equal(await fine.run("account", "add", "work"), 0);
  assert.match(fine.said.out, /work: in order/);
  assert.deepEqual(await fine.tmux.panes(), []);
});

Deno.test("account add opens the sign-in of an account whose login ends soon", async () => {
  await using cli = await setup({ answers: [] });
  const dir = `${HOME}/.claude`;
  const login = cli.logins.get(dir)!;
  const inDays = (days: number) =>
    new Date(cli.context.clock.now() + days * 24 * 3_600_000).toISOString();
  cli.logins.set(dir, { ...login, loginExpiresAt: inDays(30) });
  assert.equal(await cli.run("account", "add", "work"), 0);
  assert.deepEqual(await cli.tmux.panes(), []);
  cli.logins.set(dir, { ...login, loginExpiresAt: inDays(5) });
  assert.equal(await cli.run("account", "check", "work"), 0, "work can go on meanwhile");
  assert.match(
    cli.said.out,
    /warning its sign-in ends between .*\n +sign in: claude-failover account add/,
  );
  assert.equal(await cli.run("account", "add", "work"), 0);
  const [launch] = cli.tmux.calls;
  assert.match(launch?.kind === "launch" ? launch.options.argv.join(" ") : "", /auth login/);
});

Deno.test("account add refuses what would mix two accounts up", async (t) => {
  const table: [what: string, args: string[], message: RegExp][] = [
    [
      "another's dir",
      ["spare", "--config-dir", "~/.claude"],
      /config_dir is the same folder as that of accounts\[0\]/,
    ],
    ["by a link", ["spare", "--config-dir", "link"], /is the config dir of work already/],
    ["inside", ["spare", "--config-dir", ".claude/b"], /lies inside the config dir of work/],
    ["around", ["spare", "--config-dir", HOME], /must not lie in one another/],
    [
      "in the shared folder",
      ["spare", "--config-dir", ".local/share/claude-failover/projects/x"],
      /must not lie in one another/,
    ],
    ["a file", ["spare", "--config-dir", "file"], /is no folder/],
    ["a bad name", ["a.b"], /its name must be letters/],
    ["another dir", ["work", "--config-dir", "x"], /has it with config_dir/],
    ["another kind", ["work", "--kind", "bedrock"], /has it with kind subscription/],
    ["an unknown kind", ["x", "--kind", "gpt"], /Allowed choices are/],
  ];
  for (const [what, args, message] of table) {
    await t.step(what, async () => {
      await using cli = await setup();
      await cli.files.link(`${HOME}/.claude`, `${HOME}/link`);
      cli.files.put(`${HOME}/file`, "");
      const resolved = args.map((arg) => arg.replace("~", HOME));
      assert.equal(await cli.run("account", "add", ...resolved, "--write"), 2);
      assert.match(cli.said.err, message);
      assert.equal(cli.files.text(CONFIG), TEXT);
      assert.equal(await cli.files.stat(`${HOME}/.claude/b`), null);
    });
  }
});

Deno.test("account add stops at a history of its own, and names the way out", async () => {
  await using cli = await setup();
  cli.files.put(`${HOME}/.claude-spare/projects/-w/x.jsonl`, "{}");
  assert.equal(await cli.run("account", "add", "spare", "--write"), 1);
  assert.match(cli.said.err, /is a real folder of this account alone/);
  assert.match(cli.said.err, /Hint: run claude-failover share/);
  assert.equal(cli.files.text(CONFIG), TEXT);
});

// -- check and list --

Deno.test("account check prints findings with what to do, and fails when there is an error", async () => {
  await using cli = await setup({ configText: TEXT.replace("\n# when", `${SPARE}\n# when`) });
  assert.equal(await cli.run("account", "check", "work"), 0);
  assert.equal(await cli.run("account", "check"), 1);
  await golden("account_check", cli.said.out);
  assert.equal(await cli.run("account", "check", "wrok"), 2);
  assert.match(cli.said.err, /no account of that name\nHint: did you mean work\?/);
});

Deno.test("account check --json and account list --json are for programs", async () => {
  await using cli = await setup();
  assert.equal(await cli.run("account", "check", "--json"), 0);
  const [report] = JSON.parse(cli.said.out);
  assert.equal(report.account, "work");
  assert.equal(report.login.email, "ada@example.org");
  assert.ok(report.findings.every((one: { hint: unknown }) => one.hint !== undefined));
  cli.said.out = "";
  await cli.run("account", "list", "--json");
  assert.equal(JSON.parse(cli.said.out)[0].configDir, `${HOME}/.claude`);
});

Deno.test("account list shows who is signed in where", async () => {
  const cloud =
    "  - id: cloud\n    kind: bedrock\n    config_dir: ~/.claude-cloud\n    auto: false\n";
  await using cli = await setup({
    configText: TEXT.replace("\n# when", `${SPARE}${cloud}\n# when`),
  });
  await cli.files.makeDir(`${HOME}/.claude-spare`);
  assert.equal(await cli.run("account", "list"), 0);
  await golden("account_list", cli.said.out);
});

for (const args of [[], ["list"], ["check"], ["add"]]) {
  Deno.test(`account ${args.join(" ")} --help`, async () => {
    await using cli = await world({ facts: null });
    assert.equal(await cli.run("account", ...args, "--help"), 0);
    await golden(["account", ...args, "help"].join("_"), cli.said.out);
  });
}

// -- The text of the config --

Deno.test("withAccount() adds an account to a file however it is written", () => {
  const around = { path: "c.yaml", env: {}, home: HOME };
  const rest = "failover:\n  mode: off\n";
  for (
    const accounts of [
      "accounts:\n- id: a\n  kind: custom # why\n  config_dir: /a\n\n# next\n",
      "accounts:\n    - {id: a, kind: custom, config_dir: /a} # flow\n    # the end\n",
      "accounts:\n  - id: a\n    kind: custom\n    config_dir: /a # here\n",
      "accounts: [{id: a, kind: custom, config_dir: /a}] # short\n",
      "accounts:\n  - id: a\n    kind: custom\n    config_dir: >-\n      /a\n\n\n",
    ]
  ) {
    for (
      const text of [`version: 1\n${accounts}${rest}`, `version: 1\n${rest}${accounts.trimEnd()}`]
    ) {
      const extended = withAccount(text, { id: "null", kind: "custom", configDir: "~/b # c" });
      const config = loadConfig(extended, around);
      assert.deepEqual(config.accounts.map(({ id, configDir }) => [id, configDir]), [
        ["a", "/a"],
        ["null", `${HOME}/b # c`],
      ], extended);
      const kept = accounts.includes("[{") ? text.match(/#.*$/gm)! : text.split("\n");
      for (const line of kept) assert.ok(extended.includes(line), `${line} in\n${extended}`);
    }
  }
});
