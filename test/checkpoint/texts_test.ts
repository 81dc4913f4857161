import assert from "node:assert/strict";
import { continuationPrompt } from "../../lib/claude/continuation.ts";
import { type Checkpoint, parseCheckpoint } from "../../lib/claude/checkpoint_file.ts";

function dirtyFile(path: string) {
  return { path, state: "changed" as const, bytes: 1, digest: "d" };
}

const CHECKPOINT: Checkpoint = {
  version: 2,
  id: "w1",
  takenAt: 0,
  session: "ccl-0",
  account: "a",
  conversation: "c1",
  run: "r1",
  cwd: "/src/shop",
  phase: "working",
  task: null,
  todos: [],
  patch: null,
  lastTool: { name: "Bash", id: "toolu_1", inputDigest: "0".repeat(64), finished: false },
  git: { head: "a".repeat(40), branch: "main", dirty: [dirtyFile("lib/x.ts")], dirtyCount: 1 },
  transcript: null,
};

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
  const dirty = Array.from(
    { length: 50 },
    (_, i) => dirtyFile(`some/quite/long/path/of/a/file-${i}.ts`),
  );
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
  assert.equal(parseCheckpoint(JSON.stringify({ ...CHECKPOINT, version: 3 })), null);
});

Deno.test("continuationPrompt() says what was still to be done, for the list itself may be gone", () => {
  const todos = [
    { text: "read the code", status: "completed" as const },
    { text: "mend the cart", status: "in_progress" as const },
    ...Array.from({ length: 25 }, (_, i) => ({ text: `step ${i}`, status: "pending" as const })),
  ];
  const prompt = continuationPrompt({ ...CHECKPOINT, todos }, "[m]");
  assert.match(prompt, /things to do.*:\n- mend the cart \(in progress\)\n- step 0\n/);
  assert.match(prompt, /- step 18\n- and 6 more\n/);
  assert.doesNotMatch(prompt, /read the code/);
  const done = [{ text: "read the code", status: "completed" as const }];
  assert.doesNotMatch(continuationPrompt({ ...CHECKPOINT, todos: done }, "[m]"), /things to do/);
});
