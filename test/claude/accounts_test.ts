import assert from "node:assert/strict";
import {
  type AccountReport,
  checkAccount,
  isEnding,
  preflight,
} from "../../lib/claude/accounts.ts";
import { LinkError, linkProblems, makeLinks } from "../../lib/claude/links.ts";
import type { AccountSpec, Config } from "../../lib/model/config.ts";
import { FakeFiles } from "../fakes/files.ts";
import { FakeProcesses } from "../fakes/process.ts";
import { accountSpec, config } from "../model/fixtures.ts";
import { utc } from "../support/local_time.ts";

const A = "/home/u/.claude";
const B = "/home/u/.claude-b";
const NOW = Date.UTC(2026, 10, 28, 12);
const DAY_MS = 24 * 3_600_000;
const SHARED = "/home/u/share/projects";

/** Two accounts that are in order, and a project that both trust. */
async function setup({ also = [] }: { also?: Config["share"]["also"] } = {}) {
  const a = accountSpec("a", { configDir: A, isDefaultDir: true });
  const b = accountSpec("b", { configDir: B, priority: 2 });
  const pool: Config = {
    ...config(),
    accounts: [a, b],
    share: { projectsDir: SHARED, also },
    claude: { path: "claude" },
  };
  const files = new FakeFiles();
  const processes = new FakeProcesses();
  /** What `claude auth status` says, by config dir. */
  const logins = new Map<string, object | string>();
  processes.on("id", () => ({ stdout: "1000\n" }));
  processes.on("claude", ([command], { env }) => {
    if (command === "--version") return { stdout: "2.1.330 (Claude Code)\n" };
    const login = logins.get(env!["CLAUDE_CONFIG_DIR"] ?? A) ??
      { loggedIn: false, authMethod: "none" };
    if (typeof login === "string") return { code: 1, stderr: login };
    return { code: "loggedIn" in login && login.loggedIn ? 0 : 1, stdout: JSON.stringify(login) };
  });
  const signIn = (dir: string, email: string, org: string) =>
    logins.set(dir, {
      loggedIn: true,
      authMethod: "claude.ai",
      email,
      orgId: org,
      subscriptionType: "max",
    });
  for (const [dir, who] of [[A, "ann"], [B, "bob"]] as const) {
    await files.makeDir(dir, 0o700);
    signIn(dir, `${who}@example.org`, `org-${who}`);
  }
  const noted = (uuid: string, more = {}) =>
    JSON.stringify({
      hasCompletedOnboarding: true,
      oauthAccount: { accountUuid: uuid, organizationUuid: `org-${uuid}` },
      projects: { "/w/app": { hasTrustDialogAccepted: true } },
      ...more,
    });
  files.put("/home/u/.claude.json", noted("uuid-a"));
  files.put(`${B}/.claude.json`, noted("uuid-b"));
  await files.makeDir("/w/app/src", 0o755);
  for (const one of pool.accounts) await makeLinks(files, pool, one);
  const ports = { files, processes, env: { PATH: "/bin", ANTHROPIC_API_KEY: "made-up" } };
  return {
    a,
    b,
    pool,
    ports,
    files,
    processes,
    logins,
    signIn,
    noted,
    check: (cwds: string[] = ["/w/app"], spec: AccountSpec = b) =>
      checkAccount(ports, pool, spec, { cwds, now: NOW, localTime: utc }),
    preflight: async (cwds: string[] = ["/w/app"], spec: AccountSpec = b) =>
      (await preflight(ports, pool, spec, cwds)).problems,
  };
}

/** The findings that are more than information. */
function said({ findings }: AccountReport, ...severities: string[]): string[] {
  const wanted = severities.length > 0 ? severities : ["error", "warning"];
  return findings.filter(({ severity }) => wanted.includes(severity)).map(({ what }) => what);
}

// -- Links --

Deno.test("makeLinks() leads every account to one place, and makes that place", async () => {
  const world = await setup({ also: ["skills", "CLAUDE.md", "settings.json"] });
  const { files } = world;
  for (const dir of [A, B]) {
    assert.equal(await files.readLink(`${dir}/projects`), SHARED);
    assert.equal(await files.readLink(`${dir}/skills`), "/home/u/share/skills");
    assert.equal(files.text(`${dir}/CLAUDE.md`), "");
    assert.equal(files.text(`${dir}/settings.json`), "{}\n");
  }
  assert.equal((await files.stat(SHARED))!.mode, 0o700);
  assert.deepEqual(await linkProblems(files, world.pool, world.b), []);
});

Deno.test("makeLinks() done again changes nothing", async () => {
  const { files, pool, b } = await setup({ also: ["CLAUDE.md"] });
  files.put("/home/u/share/CLAUDE.md", "mine");
  const before = await files.stat(`${B}/projects`);
  await makeLinks(files, pool, b);
  assert.deepEqual(await files.stat(`${B}/projects`), before);
  assert.equal(files.text(`${B}/CLAUDE.md`), "mine");
});

Deno.test("linkProblems() tells each thing apart, and makeLinks() overwrites none", async () => {
  const { files, pool, b } = await setup({ also: ["skills", "agents", "commands"] });
  for (const name of ["projects", "skills", "agents", "commands"]) {
    await files.remove(`${B}/${name}`);
  }
  files.put(`${B}/projects/-w/x.jsonl`, "real");
  await files.link("/elsewhere/skills", `${B}/skills`);
  await files.remove("/home/u/share/agents");
  await files.link("/home/u/share/agents", `${B}/agents`);

  const problems = await linkProblems(files, pool, b);
  assert.deepEqual(problems.map(({ path, is }) => [path.slice(B.length + 1), is]), [
    ["projects", "in-the-way"],
    ["skills", "in-the-way"],
    ["agents", "unshared"],
    ["commands", "missing"],
  ]);
  assert.match(problems[0]!.hint, /claude-failover share --dir .* --shared/);

  await assert.rejects(makeLinks(files, pool, b), (error) => {
    assert.ok(error instanceof LinkError);
    assert.equal(error.problems.length, 3);
    return true;
  });
  assert.equal(files.text(`${B}/projects/-w/x.jsonl`), "real");
  assert.equal(await files.readLink(`${B}/skills`), "/elsewhere/skills");
  assert.equal(await files.realPath(`${B}/commands`), "/home/u/share/commands");
});

Deno.test("linkProblems() takes an account's own projects as the shared one, and links by other ways", async () => {
  const { files, pool, a, b } = await setup();
  const own: Config = { ...pool, share: { projectsDir: `${A}/projects`, also: [] } };
  await files.remove(`${A}/projects`);
  await files.remove(`${B}/projects`);
  await makeLinks(files, own, a);
  await files.link("../.claude/projects", `${B}/projects`);
  assert.equal((await files.stat(`${A}/projects`))!.kind, "dir");
  assert.deepEqual(await linkProblems(files, own, a), []);
  assert.deepEqual(await linkProblems(files, own, b), []);
});

Deno.test("linkProblems() never takes a link for a config dir", async () => {
  const { files, pool, b } = await setup();
  await files.rename(B, `${B}-real`);
  await files.link(`${B}-real`, B);
  const [problem] = await linkProblems(files, pool, b);
  assert.equal(problem!.is, "no-dir");
  assert.match(problem!.hint, /\.claude-b-real/);
  await assert.rejects(makeLinks(files, pool, b), LinkError);
});

// -- Checks --

Deno.test("checkAccount() finds nothing wrong with accounts that are in order", async () => {
  const world = await setup();
  for (const spec of [world.a, world.b]) {
    assert.deepEqual(said(await world.check(["/w/app", "/w/app/src"], spec)), []);
    assert.deepEqual(await world.preflight(["/w/app"], spec), []);
  }
  const { findings } = await world.check();
  assert.deepEqual(findings.map(({ what }) => what), [
    "signed in as bob@example.org (max)",
    "Claude Code 2.1.330",
  ]);
  const asked = world.processes.runs.filter(({ argv }) => argv[1] === "auth");
  assert.ok(asked.every(({ options }) => !("ANTHROPIC_API_KEY" in options.env!)));
});

Deno.test("preflight() says why nobody can go on under an account that is not signed in, or says nothing", async () => {
  const { logins, preflight } = await setup();
  logins.delete(B);
  assert.deepEqual(await preflight(), ["it is not signed in"]);
  logins.set(B, "spawn failed\nmore");
  assert.deepEqual(await preflight(), [
    "cannot tell whether it is signed in: exit 1: spawn failed",
  ]);
  logins.set(B, { loggedIn: true, authMethod: "api_key" });
  assert.deepEqual(await preflight(), [
    "it is signed in by api_key, which does not fit its kind subscription",
  ]);
});

Deno.test("a sign-in that ends soon is a warning, and no obstacle", async (t) => {
  const cases: [left: number, words: string | null][] = [
    [11, null],
    [9, "its sign-in ends between 4 Dec and 7 Dec"],
    [2, "its sign-in ends any day now, by 30 Nov"],
    [-1, "its sign-in may be over: it was to end by 27 Nov"],
  ];
  for (const [left, words] of cases) {
    await t.step(`${left} days before its end`, async () => {
      const { ports, pool, b, logins, check } = await setup();
      const endsAt = NOW + left * DAY_MS;
      const loginExpiresAt = new Date(endsAt).toISOString();
      logins.set(B, { ...logins.get(B) as object, loginExpiresAt });
      const report = await check();
      assert.deepEqual(said(report), words === null ? [] : [words]);
      assert.equal(isEnding(report.login, NOW), words !== null);
      assert.deepEqual(await preflight(ports, pool, b, []), { problems: [], signInEndsAt: endsAt });
    });
  }
});

Deno.test("preflight() asks nothing of an account without a config dir", async () => {
  const { files, processes, preflight } = await setup();
  await files.remove(B);
  assert.deepEqual(await preflight(), [`the config dir ${B} does not exist`]);
  assert.deepEqual(processes.runs, []); // `claude auth status` would make one
});

Deno.test("checkAccount() quotes what a person may paste into a shell", async () => {
  const { files, b, check } = await setup();
  const odd = "/home/u/it's $(mine)";
  await files.makeDir(odd, 0o755);
  await files.makeDir(`${odd}/projects`);
  files.put(`${odd}/.claude.json`, JSON.stringify({ hasCompletedOnboarding: true }));
  await files.makeDir("/w/$(app)", 0o755);
  const { findings } = await check(["/w/$(app)"], { ...b, configDir: odd });
  const hints = findings.map(({ hint }) => hint ?? "");
  const quoted = "'/home/u/it'\\''s $(mine)";
  assert.ok(hints.includes(`chmod 0700 ${quoted}'`), `${hints}`);
  assert.ok(hints.some((hint) => hint.includes(` --dir ${quoted}' `)), `${hints}`);
  assert.ok(hints.some((hint) => hint.endsWith("--in '/w/$(app)'")), `${hints}`);
});

Deno.test("checkAccount() sees a dir that others can enter, and one that belongs to somebody else", async () => {
  const { files, processes, check } = await setup();
  await files.makeDir(B, 0o755);
  files.put(`${B}/.credentials.json`, "never read");
  processes.on("id", () => ({ stdout: "1001\n" }));
  assert.deepEqual(said(await check()), [
    `${B} belongs to another user (uid 1000)`,
    `${B} is open to other users (mode 0755)`,
    `other users can read ${B}/.credentials.json (mode 0644)`,
  ]);
});

Deno.test("checkAccount() sees a credential that is a link", async () => {
  const { files, check } = await setup();
  files.put(`${A}/.credentials.json`, "never read");
  await files.link(`${A}/.credentials.json`, `${B}/.credentials.json`);
  assert.match(said(await check())[0]!, /is a link: the next refresh replaces it/);
});

Deno.test("checkAccount() tells a link that will be made from a folder in the way", async () => {
  const { files, check } = await setup();
  await files.remove(`${B}/projects`);
  assert.deepEqual(said(await check(), "error"), []);
  assert.match(said(await check())[0]!, /does not lead to .* yet/);
  files.put(`${B}/projects/-w/x.jsonl`, "");
  assert.match(said(await check(), "error")[0]!, /is a real folder of this account alone/);
});

// -- The dialogs --

Deno.test("checkAccount() sees that the first-run questions are unanswered", async () => {
  const { files, check } = await setup();
  files.put(`${B}/.claude.json`, '{"projects":{}}');
  assert.deepEqual(said(await check()), ["Claude Code's first-run questions are unanswered"]);
  files.put(`${B}/.claude.json`, "{torn");
  assert.deepEqual(said(await check()), [`${B}/.claude.json is no JSON object`]);
});

Deno.test("checkAccount() knows which folder must be trusted, as measured on 2.1.330", async (t) => {
  const W = "/w";
  const dirs = [
    "plain/sub",
    "repo/sub",
    "repo/.git",
    "repo/nested/sub",
    "repo/nested/.git",
    "wt",
    "mod",
  ];
  const table: [what: string, cwd: string, trusted: string[], problem: string | null][] = [
    ["nothing", "plain", ["other"], "the folder /w/plain is not trusted"],
    ["the folder", "plain", ["plain"], null],
    ["a parent", "plain/sub", [""], null],
    ["a child only", "plain", ["plain/sub"], "the folder /w/plain is not trusted"],
    ["the repository's root", "repo/sub", ["repo"], null],
    ["a folder in a repository", "repo/sub", ["repo/sub"], null],
    ["what is around a repository", "repo", [""], "the repository /w/repo is not trusted"],
    [
      "what is around a nested one",
      "repo/nested",
      ["repo"],
      "the repository /w/repo/nested is not trusted",
    ],
    ["a nested one", "repo/nested/sub", ["repo/nested"], null],
    ["a worktree's main one", "wt", ["repo"], null],
    ["a worktree", "wt", ["wt"], null],
    ["what is around a worktree", "wt", [""], "the repository /w/wt is not trusted"],
    ["a submodule's main one", "mod", ["repo"], "the repository /w/mod is not trusted"],
    ["where a link leads", "link", ["plain"], null],
    ["a folder that is gone", "gone", [""], "the folder /w/gone does not exist"],
  ];
  for (const [what, cwd, trusted, problem] of table) {
    await t.step(`when trusted is ${what}`, async () => {
      const { files, noted, preflight } = await setup();
      for (const dir of dirs) await files.makeDir(`${W}/${dir}`);
      files.put(`${W}/wt/.git`, "gitdir: /w/repo/.git/worktrees/wt\n");
      files.put(`${W}/mod/.git`, "gitdir: ../repo/.git/modules/mod\n");
      await files.link("plain", `${W}/link`);
      const projects = Object.fromEntries(
        trusted.map((path) => [path ? `${W}/${path}` : W, { hasTrustDialogAccepted: true }]),
      );
      files.put(`${B}/.claude.json`, noted("uuid-b", { projects }));
      const found = problem === null ? [] : [{ cwd: `${W}/${cwd}`, what: problem }];
      assert.deepEqual(await preflight([`${W}/${cwd}`]), found);
    });
  }
});

// -- One login under two names --

Deno.test("checkAccount() refuses two dirs with one login, by what Claude Code noted", async () => {
  const { files, noted, check, preflight } = await setup();
  files.put(`${B}/.claude.json`, noted("uuid-a"));
  const same = ["it has the same login as a: that is one account with one limit"];
  assert.deepEqual(said(await check()), same);
  assert.deepEqual(await preflight(), same);
  const { findings } = await check();
  assert.doesNotMatch(JSON.stringify(findings), /uuid-a/);

  // One person in two organizations has two limits.
  const other = { oauthAccount: { accountUuid: "uuid-a", organizationUuid: "other" } };
  files.put(`${B}/.claude.json`, noted("uuid-a", other));
  assert.deepEqual(said(await check()), []);
});

Deno.test("checkAccount() refuses two dirs with one login, by what Claude Code answers", async () => {
  const { files, noted, signIn, check } = await setup();
  files.put(`${B}/.claude.json`, noted("", { oauthAccount: null }));
  assert.deepEqual(said(await check()), []);
  signIn(B, "ann@example.org", "org-of-her-team");
  assert.deepEqual(said(await check()), []);
  signIn(B, "ann@example.org", "org-ann");
  assert.match(said(await check())[0]!, /same login as a/);
});

Deno.test("checkAccount() refuses one dir for two accounts, and one inside another", async () => {
  const { files, ports, pool, a, b } = await setup();
  const inner = { ...b, configDir: `${A}/b` };
  await files.makeDir(inner.configDir, 0o700);
  await makeLinks(files, pool, inner);
  for (
    const [accounts, problem] of [
      [[a, b, { ...a, id: "c" }], "its config dir is that of c as well"],
      [[inner, a], "its config dir lies inside that of a"],
    ] as const
  ) {
    const report = await checkAccount(ports, { ...pool, accounts }, accounts[0], {
      ...{ cwds: [], now: NOW, localTime: utc },
    });
    assert.ok(said(report, "error").includes(problem), JSON.stringify(report));
  }
});

// -- Whether limits can be seen --

Deno.test("checkAccount() warns of hooks that are switched off, in the account or in a project", async () => {
  const w = await setup();
  const off = JSON.stringify({ disableAllHooks: true });
  const path = "/w/app/.claude/settings.local.json";
  assert.deepEqual(said(await w.check()), []);
  w.files.put(path, off);
  const [finding] = (await w.check()).findings.filter((f) => f.severity === "warning");
  assert.match(finding?.what ?? "", /hooks are switched off/);
  assert.equal(finding?.hint, `take disableAllHooks out of ${path}`);
  w.files.put(path, JSON.stringify({ disableAllHooks: false }));
  assert.deepEqual(said(await w.check()), []);
  w.files.put(`${B}/settings.json`, off);
  assert.equal(said(await w.check()).length, 1);
  assert.deepEqual(await w.preflight(), [], "it is no obstacle");
});

// -- What is different there --

Deno.test("checkAccount() names what is different, and no value of it", async () => {
  const { files, noted, check, a } = await setup();
  const secret = { headers: { Authorization: "Bearer sk-made-up" } };
  files.put("/home/u/.claude.json", noted("uuid-a", { mcpServers: { tracker: secret, wiki: {} } }));
  files.put(`${B}/.claude.json`, noted("uuid-b", { mcpServers: { wiki: secret } }));
  files.put(
    `${A}/settings.json`,
    JSON.stringify({ model: "opus", permissions: { allow: ["Bash(curl sk-made-up)"] } }),
  );
  files.put(
    `${B}/settings.json`,
    JSON.stringify({
      env: { TOKEN: "sk-made-up" },
      permissions: { deny: ["x"], defaultMode: "plan" },
    }),
  );
  const report = await check();
  assert.deepEqual(said(report, "info").filter((what) => what.includes("other than")), [
    "MCP servers other than under a: without tracker",
    "settings other than under a: without model; with env.TOKEN",
    "permissions other than under a: allow: none here, 1 there; defaultMode: plan here, none there; deny: 1 here, none there",
  ]);
  assert.doesNotMatch(JSON.stringify(report), /sk-made-up/);
  assert.doesNotMatch(JSON.stringify(await check([], a)), /other than/);
});

Deno.test("checkAccount() warns of an account that would sweep the shared history", async () => {
  const { files, check, a } = await setup();
  files.put(`${B}/settings.json`, '{"cleanupPeriodDays":7}');
  assert.deepEqual(said(await check()), ["it deletes everybody's conversations after 7 days"]);
  files.put(`${B}/settings.json`, '{"cleanupPeriodDays":365}');
  assert.deepEqual(said(await check()), []);
  assert.match(said(await check([], a))[0]!, /after 30 days, where another account keeps them 365/);
  files.put(`${B}/settings.json`, "[]");
  assert.match(said(await check())[0]!, /settings.json is no JSON object/);
});

Deno.test("checkAccount() says which Claude Code there is, tested or not", async () => {
  const { processes, check } = await setup();
  for (
    const [version, severity, pattern] of [
      ["2.0.9", "warning", /2\.0\.9 is older than any tested/],
      ["2.1.400", "info", /2\.1\.400, newer than the newest tested/],
    ] as const
  ) {
    processes.on("claude", () => ({ stdout: `${version} (Claude Code)` }));
    assert.ok(said(await check(), severity).some((what) => pattern.test(what)), version);
  }
  processes.on("claude", () => ({ code: 127, stderr: "not found" }));
  assert.ok(said(await check(), "error").some((what) => /cannot run claude/.test(what)));
});
