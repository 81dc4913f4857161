import assert from "node:assert/strict";
import { systemContents } from "../../lib/ports/contents.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { setUpSharedProjects } from "../../lib/cli/shared_projects/setup.ts";
import { FakeProcesses } from "../fakes/process.ts";
import { testHome } from "../support/mod.ts";

const U = "0b6c7e0e-3f6a-4d0e-9a44-6d1c6f0e0001";

async function setup() {
  const home = await testHome();
  const processes = new FakeProcesses();
  const said = { out: "", err: "" };
  const world = {
    ports: { files: systemFiles, contents: systemContents, processes, now: () => 1_000 },
    env: home.env,
    home: home.dir,
    cwd: home.dir,
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  };
  for (const name of ["a", "b"]) {
    await systemFiles.writeAtomic(home.path(name, "projects/-w", `${U}.jsonl`), name);
  }
  return {
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
    home,
    processes,
    said,
    /** What it said, with the home as ~. */
    async run(...args: string[]) {
      said.out = said.err = "";
      const code = await setUpSharedProjects(args, world);
      return { code, text: `${said.out}${said.err}`.replaceAll(home.dir, "~") };
    },
  };
}

Deno.test("setup-shared-projects shares the dirs it is told, says what it did, and then has nothing to do", async () => {
  await using world = await setup();
  const args = ["--dir", "a", "--dir", "~/b", "--shared", "./shared/projects"];

  const planned = await world.run("--dry-run", ...args);
  assert.match(planned.text, /~\/a\/projects would be set aside and linked/);
  assert.match(planned.text, /Would bring 1 file to ~\/shared\/projects/);
  assert.equal((await Deno.lstat(world.home.path("a/projects"))).isDirectory, true);

  const done = await world.run(...args);
  assert.equal(done.code, 0);
  assert.match(done.text, /Kept 1 other version in ~\/shared\/projects-conflicts:\n {2}[ab]\/-w\//);
  assert.match(done.text, /yours to remove .*\n {2}~\/a\/projects.before-sharing\n/);
  assert.equal(
    await Deno.readLink(world.home.path("b/projects")),
    world.home.path("shared/projects"),
  );

  const again = await world.run(...args);
  assert.match(again.text, /a\/projects leads there already\n.*\nBrought 0 files/);
});

Deno.test("setup-shared-projects takes the accounts of the config that have a dir", async () => {
  await using world = await setup();
  const config = `version: 1
accounts:
  - {id: work, kind: subscription, config_dir: ~/a}
  - {id: gone, kind: subscription, config_dir: ~/gone}
failover: {mode: off}
share: {projects_dir: ~/pool/projects}
sessions: [{names: s1, cwd: /tmp}]
`;
  await systemFiles.writeAtomic(world.home.path(".config/claude-failover/config.yaml"), config);
  const { code, text } = await world.run();
  assert.equal(code, 0, text);
  assert.equal(
    await Deno.readLink(world.home.path("a/projects")),
    world.home.path("pool/projects"),
  );
  assert.equal((await Deno.lstat(world.home.path("b/projects"))).isDirectory, true);
});

Deno.test("setup-shared-projects tells mistakes from refusals, each with a hint", async () => {
  await using world = await setup();
  assert.equal((await world.run("--help")).code, 0);
  const bad = await world.run("--dir");
  assert.deepEqual([bad.code, /Hint: --help/.test(bad.text)], [2, true]);
  const nothing = await world.run();
  assert.equal(nothing.code, 2);
  assert.match(nothing.text, /there is no config .*\nHint: name them: --dir/);

  const { pid } = world.processes.spawn();
  await systemFiles.writeAtomic(world.home.path("a/sessions", `${pid}.json`), "{}");
  const used = await world.run("--dir", "a", "--shared", "s/projects");
  assert.equal(used.code, 1);
  assert.match(
    used.text,
    /Cannot share projects: ~\/a is in use by process \d+\nHint: end that session/,
  );
});

Deno.test("claude-failover share does the same", async () => {
  await using world = await setup();
  const { home } = world;
  const share = async (...args: string[]) => {
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", main, "share", ...args],
      env: { ...home.env, DENO_DIR: denoDir(), NO_COLOR: "1" },
      clearEnv: true,
      cwd: home.dir,
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, text: `${text.decode(stdout)}${text.decode(stderr)}` };
  };
  const places = ["--dir", "a", "--dir", "b", "--shared", "shared/projects"];
  const planned = await share(...places, "--dry-run");
  assert.equal(planned.code, 0, planned.text);
  assert.match(planned.text, /a\/projects would be set aside and linked/);
  assert.equal((await share(...places)).code, 0);
  assert.equal(await Deno.readLink(home.path("b/projects")), home.path("shared/projects"));
  const lost = await share("--dry-run");
  assert.equal(lost.code, 2);
  assert.match(lost.text, /there is no config .*\nHint: name them: --dir/);
});

function denoDir(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}
