import assert from "node:assert/strict";
import { parseGitStatus } from "../lib/checkpoint.ts";
import { continuationPrompt } from "../lib/claude/continuation.ts";
import { type Checkpoint, parseCheckpoint } from "../lib/claude/checkpoint_file.ts";

const CHECKPOINT: Checkpoint = {
  version: 1,
  id: "w1",
  takenAt: 0,
  session: "ccl-0",
  account: "a",
  conversation: "c1",
  run: "r1",
  cwd: "/src/shop",
  phase: "working",
  lastTool: { name: "Bash", id: "toolu_1", inputDigest: "0".repeat(64), finished: false },
  git: { head: "a".repeat(40), branch: "main", dirty: ["lib/x.ts"], dirtyCount: 1 },
  transcript: null,
};

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
    assert.deepEqual(status.dirty.toSorted(), ["a b.txt", "new name.txt", "später\n.md"]);
    await git(dir, "checkout", "-q", "--detach");
    assert.equal(parseGitStatus(await git(dir, ...STATUS)).branch, null);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("continuationPrompt() warns of the tool that was under way, and of nothing else when it had ended", () => {
  const cut = continuationPrompt(CHECKPOINT, "[claude-failover:r2]");
  assert.match(cut, /a Bash call was under way and its result was not recorded/);
  assert.match(cut, /main at aaaaaaaaaaaa\): lib\/x\.ts\./);
  assert.ok(cut.endsWith("[claude-failover:r2]"));
  const lastTool = { ...CHECKPOINT.lastTool!, finished: true };
  const calm = continuationPrompt({ ...CHECKPOINT, lastTool, git: null }, "[m]");
  assert.doesNotMatch(calm, /under way|Uncommitted/);
});

Deno.test("continuationPrompt() begins with a letter, and says how many files it leaves out", () => {
  const dirty = Array.from({ length: 50 }, (_, i) => `some/quite/long/path/of/a/file-${i}.ts`);
  const git = { head: "b".repeat(40), branch: "feature/x", dirty, dirtyCount: 900 };
  for (const checkpoint of [null, CHECKPOINT, { ...CHECKPOINT, git }]) {
    assert.match(continuationPrompt(checkpoint, "[m]"), /^[A-Z]/);
  }
  assert.match(continuationPrompt({ ...CHECKPOINT, git }, "[m]"), /and 892 more/);
});

Deno.test("parseCheckpoint() takes a torn or newer file for none", () => {
  const text = JSON.stringify(CHECKPOINT);
  assert.deepEqual(parseCheckpoint(text), CHECKPOINT);
  assert.equal(parseCheckpoint(text.slice(0, 40)), null);
  assert.equal(parseCheckpoint(JSON.stringify({ ...CHECKPOINT, version: 2 })), null);
});
