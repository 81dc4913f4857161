/** Git as it really is, in repositories of their own. */
import assert from "node:assert/strict";
import { lookAt, parseGitStatus } from "../../lib/git/look.ts";
import { restoreInto, writePatch } from "../../lib/git/patch.ts";
import { compareGit, type GitState } from "../../lib/git/state.ts";
import { systemFiles, systemProcesses } from "../../lib/ports/real.ts";
import { testHome } from "../support/mod.ts";

async function git(dir: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
  const { stdout, success, stderr } = await new Deno.Command("git", {
    args: ["-C", dir, ...identity, ...args],
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const STATUS = ["status", "--porcelain=v2", "--branch", "-z"];

Deno.test("parseGitStatus() reads what the real git says, with spaces, renames and no commit", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await git(dir, "init", "-q", "-b", "main");
    assert.deepEqual(parseGitStatus(await git(dir, ...STATUS)), {
      head: null,
      branch: "main",
      dirty: [],
      dirtyCount: 0,
    });
    for (const name of ["a b.txt", "old name.txt"]) {
      await Deno.writeTextFile(`${dir}/${name}`, "one two three\n".repeat(9) + name);
    }
    await git(dir, "add", ".");
    await git(dir, "commit", "-qm", "first");
    await Deno.writeTextFile(`${dir}/a b.txt`, "changed");
    await git(dir, "mv", "old name.txt", "new name.txt");
    await Deno.writeTextFile(`${dir}/später\n.md`, "");
    const status = parseGitStatus(await git(dir, ...STATUS));
    assert.match(status.head ?? "", /^[0-9a-f]{40}$/);
    assert.deepEqual(status.dirty.map(({ path, state }) => `${state}: ${path}`).toSorted(), [
      ...["changed: a b.txt", "renamed: new name.txt", "untracked: später\n.md"],
    ]);
    await git(dir, "checkout", "-q", "--detach");
    assert.equal(parseGitStatus(await git(dir, ...STATUS)).branch, null);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

const deps = { files: systemFiles, processes: systemProcesses() };

async function repository(dir: string): Promise<string> {
  await Deno.mkdir(`${dir}/sub`, { recursive: true });
  await git(dir, "init", "-q", "-b", "main");
  await Deno.writeTextFile(`${dir}/kept.txt`, "kept\n");
  await Deno.writeTextFile(`${dir}/gone.txt`, "gone\n");
  await Deno.writeFile(`${dir}/latin1.txt`, Uint8Array.of(0xe4, 0xf6, 10));
  await git(dir, "add", ".");
  await git(dir, "commit", "-qm", "first");
  return (await git(dir, "rev-parse", "HEAD")).trim();
}

Deno.test("lookAt() gives each changed file its size and digest, wherever in the repository one stands", async () => {
  await using home = await testHome();
  const dir = home.path("shop");
  const head = await repository(dir);
  await Deno.writeTextFile(`${dir}/kept.txt`, "changed\n");
  await Deno.remove(`${dir}/gone.txt`);
  await Deno.writeTextFile(`${dir}/sub/new.txt`, "new\n");
  await Deno.writeTextFile(`${dir}/large.bin`, "x".repeat(1024 * 1024 + 1));
  const seen = await lookAt(deps, `${dir}/sub`);
  assert.equal(seen?.head, head);
  const digest = await systemFiles.digest(`${dir}/kept.txt`);
  const found = Object.fromEntries(seen.dirty.map((file) => [file.path, file]));
  assert.deepEqual(found["kept.txt"], { path: "kept.txt", state: "changed", bytes: 8, digest });
  assert.deepEqual(found["gone.txt"], {
    ...{ path: "gone.txt", state: "deleted", bytes: null, digest: null },
  });
  assert.deepEqual([found["large.bin"]?.bytes, found["large.bin"]?.digest], [
    1024 * 1024 + 1,
    null,
  ]);
  assert.match(found["sub/"]?.state ?? "", /untracked/, "a new folder is named as a whole");
  assert.equal(await lookAt(deps, home.dir), null, "no repository");
});

Deno.test("a patch brings the uncommitted work back in a folder of its own, bytes as they were", async () => {
  await using home = await testHome();
  const dir = home.path("shop");
  const head = await repository(dir);
  await Deno.writeFile(`${dir}/latin1.txt`, Uint8Array.of(0xe4, 0xfc, 10));
  await Deno.remove(`${dir}/gone.txt`);
  await Deno.writeTextFile(`${dir}/sub/new file.txt`, "new\n");
  await Deno.writeFile(`${dir}/image.bin`, Uint8Array.of(0, 1, 2, 255));
  await Deno.writeTextFile(`${dir}/staged.txt`, "staged\n");
  await git(dir, "add", "staged.txt");
  const index = await Deno.readFile(`${dir}/.git/index`);
  const path = home.path("state/latest.patch");
  const bytes = await writePatch(deps, { cwd: `${dir}/sub`, path, maxBytes: 1_000_000 });
  assert.equal(bytes, (await systemFiles.stat(path))?.size);
  assert.deepEqual(await systemFiles.names(home.path("state")), ["latest.patch"]);
  assert.deepEqual(await Deno.readFile(`${dir}/.git/index`), index, "the repository is as it was");

  const to = home.path("restored");
  assert.equal(await restoreInto(deps, { cwd: dir, to, head, patch: path }), null);
  assert.deepEqual(await Deno.readFile(`${to}/latin1.txt`), Uint8Array.of(0xe4, 0xfc, 10));
  assert.deepEqual(await Deno.readFile(`${to}/image.bin`), Uint8Array.of(0, 1, 2, 255));
  assert.equal(await Deno.readTextFile(`${to}/sub/new file.txt`), "new\n");
  assert.equal(await Deno.readTextFile(`${to}/staged.txt`), "staged\n");
  assert.equal(await systemFiles.stat(`${to}/gone.txt`), null);
  assert.match(
    await restoreInto(deps, { cwd: dir, to, head, patch: path }) ?? "",
    /already exists/,
  );
});

Deno.test("writePatch() keeps nothing of a clean folder, of one without git, and of what is too large", async () => {
  await using home = await testHome();
  const dir = home.path("shop");
  await repository(dir);
  const path = home.path("x.patch");
  assert.equal(await writePatch(deps, { cwd: dir, path, maxBytes: 1_000 }), null);
  assert.equal(await writePatch(deps, { cwd: home.dir, path, maxBytes: 1_000 }), null);
  await Deno.writeTextFile(`${dir}/new.txt`, "x\n".repeat(2_000));
  assert.equal(await writePatch(deps, { cwd: dir, path, maxBytes: 1_000 }), null);
  assert.deepEqual((await systemFiles.names(home.dir)).filter((name) => name.startsWith("x.")), []);
});

Deno.test("compareGit() says what has happened to each file since", () => {
  const file = (path: string, digest: string | null, bytes: number | null = 1) => ({
    ...{ path, state: "changed" as const, bytes, digest },
  });
  const state = (changes: Partial<GitState>): GitState => ({
    ...{ head: "a", branch: "main", dirty: [], dirtyCount: 0 },
    ...changes,
  });
  const before = state({
    dirty: [file("same", "1"), file("again", "1"), file("settled", "1"), file("large", null, 9)],
  });
  const after = state({
    head: "b",
    dirty: [file("same", "1"), file("again", "2"), file("appeared", "1"), file("large", null, 9)],
  });
  assert.deepEqual(compareGit(before, after), {
    head: ["a", "b"],
    branch: null,
    files: [
      { path: "again", how: "changed again" },
      { path: "appeared", how: "appeared" },
      { path: "large", how: "unknown" },
      { path: "settled", how: "settled" },
    ],
  });
  assert.deepEqual(compareGit(before, before).files.map(({ path }) => path), ["large"]);
});
