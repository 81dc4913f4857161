import assert from "node:assert/strict";
import { checkpointPath, LATEST } from "../lib/claude/checkpoint_file.ts";
import { checkpointDir, lockPath, locksDir } from "../lib/claude/layout.ts";
import { removeLeftovers } from "../lib/watcher/leftovers.ts";
import { sessionSpec, started, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const HOUR = 3_600_000;

/** Session s1 in conversation-1 under run r1, and what has gathered beside it. */
async function aged(): Promise<World> {
  const w = await world({ sessions: [sessionSpec("s1")] });
  w.store.record(...started("s1", "r1", { mark: "m", checkpoint: "move-0" }));
  for (let i = 0; i < 10; i++) {
    w.files.put(checkpointPath(w.config, "s1", `move-${i}`), "{}");
    await w.clock.advance(1_000);
  }
  w.files.put(checkpointPath(w.config, "s1", LATEST), "{}");
  return w;
}

const tidy = (w: World) =>
  removeLeftovers({ state: () => w.state } as Parameters<typeof removeLeftovers>[0], w.deps);

Deno.test("removeLeftovers() keeps the newest checkpoints of a session, and those in use", async () => {
  using w = await aged();
  w.store.record(swapOff("move-1"));
  await tidy(w);
  const left = (await w.files.list(checkpointDir(w.config, "s1"))).map(({ name }) => name);
  const newest = [5, 6, 7, 8, 9].map((i) => `move-${i}.json`);
  assert.deepEqual(left.sort(), ["latest.json", "move-0.json", "move-1.json", ...newest]);
});

Deno.test("removeLeftovers() removes the locks of conversations that nobody has, and none that is held", async () => {
  using w = await aged();
  const conversations = ["conversation-1", "held", "gone", "young"];
  for (const id of conversations.slice(0, 3)) w.files.put(lockPath(w.config, id), "");
  await w.clock.advance(2 * HOUR);
  w.files.put(lockPath(w.config, "young"), "");
  using _held = await w.files.lock(lockPath(w.config, "held"));
  await tidy(w);
  const left = (await w.files.list(locksDir(w.config))).map(({ name }) => name);
  assert.deepEqual(left, ["conversation-1.lock", "held.lock", "young.lock"]);
  using again = await w.files.lock(lockPath(w.config, "young"));
  assert.ok(again, "and holds none itself");
});
