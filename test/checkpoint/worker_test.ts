/** When a session is saved, and what then stands there. */
import assert from "node:assert/strict";
import { checkpoint } from "../../lib/checkpoint/mod.ts";
import type { Checkpoint } from "../../lib/claude/checkpoint_file.ts";
import { lastToolPath } from "../../lib/claude/layout.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { sessionSpec } from "../model/fixtures.ts";
import { type World, world } from "../support/daemon_life.ts";

const SECOND = 1_000;

/** Session s1, proven, at its first turn. */
async function working(): Promise<World> {
  const w = await world({ sessions: [sessionSpec("s1")] });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  await w.agent.prompt("s1", "do it");
  await w.until(() => w.phase("s1") === "working");
  w.store.record({ type: "run.proven", session: "s1", run: w.session("s1").run!.plan.id });
  return w;
}

function tool(w: World, id: string, phase: "PreToolUse" | "PostToolUse") {
  const path = lastToolPath(w.config, w.session("s1").run!.plan.id);
  const message = {
    hook_event_name: phase,
    tool_name: "Bash",
    tool_use_id: id,
    tool_input: { id },
  };
  w.files.put(path, JSON.stringify(message));
}

async function latest(w: World): Promise<Checkpoint> {
  const saved = await w.deps.loadCheckpoint(w.config, "s1", "latest");
  assert.ok(saved);
  return saved;
}

Deno.test("a working session is saved soon after a tool call has ended, and now and then in a long one", async () => {
  using w = await working();
  await using _ = w.live(checkpoint(w.deps));
  await w.clock.advance(SECOND);
  const first = await latest(w);
  assert.equal(first.lastTool, null);
  await w.clock.advance(60 * SECOND);
  assert.equal((await latest(w)).takenAt, first.takenAt, "nothing has happened");
  tool(w, "t1", "PreToolUse");
  await w.clock.advance(10 * SECOND);
  assert.equal((await latest(w)).takenAt, first.takenAt, "under way");
  tool(w, "t1", "PostToolUse");
  await w.clock.advance(10 * SECOND);
  const ended = await latest(w);
  assert.deepEqual([ended.lastTool?.id, ended.lastTool?.finished], ["t1", true]);
  tool(w, "t2", "PreToolUse");
  await w.clock.advance(125 * SECOND);
  const long = await latest(w);
  assert.deepEqual([long.lastTool?.id, long.lastTool?.finished], ["t2", false]);
});

Deno.test("many tool calls in a row are saved a few times", async () => {
  using w = await working();
  await using _ = w.live(checkpoint(w.deps));
  const times = new Set<number>();
  for (let i = 0; i < 60; i++) {
    tool(w, `t${i}`, "PostToolUse");
    await w.clock.advance(SECOND);
    times.add((await latest(w)).takenAt);
  }
  assert.ok(times.size >= 3 && times.size <= 5, `${times.size} times`);
});

Deno.test("a checkpoint names the task and the things to do, and stays small whatever there is", async () => {
  using w = await working();
  const title = "x".repeat(120);
  w.store.record(
    {
      ...{ type: "task.found", task: "t1", project: "shop", file: "y.md", ref: "y", digest: "" },
      ...{ spec: { ...emptySpec("y"), title }, ignored: [] },
    },
  );
  const { conversation, account } = w.session("s1");
  const { configDir } = w.config.accounts.find(({ id }) => id === account)!;
  for (let i = 1; i <= 100; i++) {
    const item = { id: String(i), subject: `${i} ${"long ".repeat(500)}`, status: "pending" };
    w.files.put(`${configDir}/tasks/${conversation}/${i}.json`, JSON.stringify(item));
  }
  w.files.put(`${configDir}/tasks/${conversation}/101.json`, "{ torn");
  w.files.put(`${configDir}/tasks/${conversation}/.highwatermark`, "101");
  const names = Array.from({ length: 500 }, (_, i) => `? ${"d/".repeat(400)}${i}`);
  w.tmux.processes.on("git", (args) => ({
    stdout: args.includes("status") ? ["# branch.head main", ...names, ""].join("\0") : "",
  }));
  await using _ = w.live(checkpoint(w.deps));
  await w.clock.advance(SECOND);
  const saved = await latest(w);
  assert.equal(saved.todos.length, 29, "the last ones that can be read");
  assert.equal(saved.todos.at(-1)?.status, "pending");
  assert.equal(saved.git?.dirtyCount, 500);
  assert.ok(JSON.stringify(saved, null, 1).length < 64 * 1024);
});
