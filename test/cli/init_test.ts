import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { loadConfig } from "../../lib/config.ts";
import { golden } from "./golden.ts";
import { world, type WorldOptions } from "./world.ts";

const HOME = "/home/ada";
const CONFIG = `${HOME}/.config/claude-failover/config.yaml`;

/** A home with two accounts in use, a project with an inbox, and what must not be taken for either. */
async function newcomer(options: WorldOptions = {}) {
  const w = await world({ facts: null, cwd: `${HOME}/src/api`, ...options });
  w.files.put(`${HOME}/.claude/.credentials.json`, "a secret");
  w.files.put(`${HOME}/.claude.json`, "{}");
  w.files.put(`${HOME}/.claude-spare/settings.json`, "{}");
  w.files.put(`${HOME}/.claude-shared/projects/x/y.jsonl`, "{}");
  w.files.put(`${HOME}/src/shop/.agent-queue/inbox/.keep`, "");
  w.files.put(`${HOME}/src/api/README.md`, "api");
  w.files.put(`${HOME}/web/node_modules/x/.agent-queue/inbox/.keep`, "");
  return w;
}

Deno.test("init finds the accounts and the project, asks what it cannot know, and writes a config", async () => {
  await using w = await newcomer({
    answers: [
      [`${HOME}/.claude`, `${HOME}/.claude-spare`],
      "spare",
      "no name",
      "third",
      "",
      [`${HOME}/src/shop`],
      "many",
      "4",
      "",
      "of course",
      "confirm",
      true,
    ],
  });
  equal(await w.run("init"), 0, w.said.err);
  const text = await w.files.read(CONFIG);
  await golden("init", `${w.said.out}\n${CONFIG}:\n${text}`);
  const config = loadConfig(text!, { path: CONFIG, home: HOME, env: {} });
  equal(config.accounts.map((a) => a.id), ["main", "spare", "third"]);
  equal(config.failover.mode, "confirm");
  equal(config.sessions.map((s) => s.name), ["shop-0", "shop-1", "shop-2", "shop-3"]);
  equal((await w.files.stat(CONFIG))!.mode & 0o777, 0o600);
});

Deno.test("init opens no file of Claude Code, not even to look for accounts", async () => {
  await using w = await newcomer();
  const read: string[] = [];
  for (const name of ["read", "readFrom", "readHead", "readLatin1", "digest"] as const) {
    Object.assign(w.files, { [name]: (path: string) => (read.push(path), Promise.resolve(null)) });
  }
  equal(await w.run("init", "--yes", "--mode", "off"), 0, w.said.err);
  equal(read, []);
});

Deno.test("init takes each answer as an option, and asks nothing then", async () => {
  await using w = await newcomer();
  const args = ["--account", "a=~/.claude", "b=/srv/b", "--project", "../shop", "--sessions", "1"];
  equal(await w.run("init", "--yes", "--mode", "auto", ...args), 0, w.said.err);
  const text = await w.files.read(CONFIG) ?? "";
  const config = loadConfig(text, { path: CONFIG, home: HOME, env: {} });
  equal(config.accounts.map((a) => a.configDir), [`${HOME}/.claude`, "/srv/b"]);
  equal(config.sessions.map((s) => [s.name, s.cwd]), [["shop-0", `${HOME}/src/shop`]]);
  equal(config.failover.toKinds, ["subscription"]);
  match(w.said.out, /claude-failover account add b/);
});

Deno.test("init --dry-run prints the config and writes nothing", async () => {
  await using w = await newcomer();
  equal(await w.run("init", "--yes", "--mode", "off", "--dry-run"), 0, w.said.err);
  loadConfig(w.said.out, { path: "x", home: HOME, env: {} });
  equal(await w.files.stat(CONFIG), null);
});

Deno.test("init writes where --config says, and never over a config", async () => {
  await using w = await newcomer();
  equal(await w.run("--config", "/srv/pool.yaml", "init", "--yes", "--mode", "off"), 0);
  const before = await w.files.read("/srv/pool.yaml");
  ok(before?.includes("mode: off"), w.said.err);
  equal(await w.run("--config", "/srv/pool.yaml", "init", "--yes", "--mode", "auto"), 2);
  equal(await w.files.read("/srv/pool.yaml"), before);
  match(w.said.err, /there is a config already, \/srv\/pool.yaml/);
});

Deno.test("init says in a sentence what it needs when nobody can be asked", async () => {
  const mistakes = [
    ["init"],
    ["init", "--yes"],
    ["init", "--yes", "--mode", "of"],
    ["init", "--yes", "--mode", "off", "--sessions", "0"],
    ["init", "--yes", "--mode", "off", "--account", "~/.claude"],
    ["init", "--yes", "--mode", "off", "--account", "a=~/.claude", "b=~/.claude"],
    ["init", "--yes", "--mode", "off", "--project", "/nowhere"],
  ];
  let text = "";
  for (const args of mistakes) {
    await using w = await newcomer();
    equal(await w.run(...args), 2, args.join(" "));
    equal(await w.files.stat(CONFIG), null);
    text += `$ claude-failover ${args.join(" ")}\n${w.said.err}\n`;
  }
  await golden("init_errors", text);
});

Deno.test("init writes nothing when the questions are ended, or the last answer is no", async () => {
  const dirs = [`${HOME}/.claude`];
  for (const answers of [[null], [dirs, "", [`${HOME}/src/shop`], "2", "off", false]]) {
    await using w = await newcomer({ answers });
    equal(await w.run("init"), 1);
    equal(
      w.said.err,
      "Cannot make a config: you have ended the questions\nHint: nothing was written\n",
    );
    equal(await w.files.stat(CONFIG), null);
  }
});

Deno.test("init keeps the folder that the accounts share already", async () => {
  await using w = await newcomer();
  for (const name of [".claude", ".claude-spare"]) {
    await w.files.link(`${HOME}/.claude-shared/projects`, `${HOME}/${name}/projects`);
  }
  equal(await w.run("init", "--yes", "--mode", "off", "--dry-run"), 0, w.said.err);
  const config = loadConfig(w.said.out, { path: "x", home: HOME, env: {} });
  equal(config.share.projectsDir, `${HOME}/.claude-shared/projects`);
});

Deno.test("init asks again for a folder that is not there, and loses no answer by it", async () => {
  await using w = await newcomer({
    answers: [[`${HOME}/.claude`], "", [], "~/src/nope", "../shop", "1", "off", true],
  });
  equal(await w.run("init"), 0, w.said.err);
  match(w.said.out, /"~\/src\/nope"\n! There is no folder ~\/src\/nope\.\n/);
  ok((await w.files.read(CONFIG))?.includes("~/src/shop"));
});

Deno.test("init names a --project that is not there before it asks anything", async () => {
  await using w = await newcomer({ answers: [] });
  equal(await w.run("init", "--project", "/nowhere"), 2);
  equal(w.said.err, "Cannot make a config: there is no folder /nowhere\n");
});

Deno.test("init takes a ~/.claude with nothing but conversations for an account that is there", async () => {
  await using w = await world({ facts: null, cwd: `${HOME}/src/api` });
  w.files.put(`${HOME}/src/api/README.md`, "api");
  w.files.put(`${HOME}/.claude/projects/x/y.jsonl`, "{}");
  w.files.put(`${HOME}/.claude-shared/projects/x/y.jsonl`, "{}");
  equal(await w.run("init", "--yes", "--mode", "off"), 0, w.said.err);
  match(w.said.out, /claude-failover share --dry-run/);
  ok(!w.said.out.includes("account add main"), w.said.out);
  const config = loadConfig(await w.files.read(CONFIG) ?? "", {
    path: CONFIG,
    home: HOME,
    env: {},
  });
  equal(config.accounts.map((a) => a.id), ["main"]);
});

Deno.test("init says where the name of the first account comes from when none was found", async () => {
  await using w = await world({
    facts: null,
    cwd: `${HOME}/src/api`,
    answers: ["", [`${HOME}/src/api`], "2", "off", true],
  });
  w.files.put(`${HOME}/src/api/README.md`, "api");
  equal(await w.run("init"), 0, w.said.err);
  match(
    w.said.out,
    /\[The first account\]\nIt gets the name "main" and Claude Code's usual folder, ~\/\.claude\./,
  );
});
