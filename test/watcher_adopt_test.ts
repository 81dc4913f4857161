import assert from "node:assert/strict";
import { sessionSpec } from "./model/fixtures.ts";
import { world } from "./support/daemon_life.ts";

const CONVERSATION = "0b9c7a52-6f0e-4f0a-9d56-1c2f3a4b5c6d";
const ONE = { sessions: [sessionSpec("s1", { conversation: CONVERSATION })] };

/** A pool whose config names the conversation of a session that a person runs by hand. */
async function setup() {
  const w = await world(ONE);
  const configDir = w.config.accounts[0]!.configDir;
  const byHand = w.tmux.processes.spawn();
  const entry = `${configDir}/sessions/${byHand.pid}.json`;
  return {
    w,
    /** Something was said in it. */
    share: () =>
      w.files.put(
        `${w.config.share.projectsDir}/-src-shop/${CONVERSATION}.jsonl`,
        `${JSON.stringify({ type: "user", message: { role: "user", content: "hello" } })}\n`,
      ),
    open: () =>
      w.files.put(entry, JSON.stringify({ pid: byHand.pid, sessionId: CONVERSATION, cwd: "/x" })),
    leave: () => w.tmux.processes.exit(byHand, 0),
    whyNot: () => w.events("run.closing").at(-1)?.reason,
    [Symbol.dispose]: () => w[Symbol.dispose](),
  };
}

Deno.test("the watcher takes over a conversation of the config once its old process is gone, and not before", async () => {
  using pool = await setup();
  const { w } = pool;
  pool.share();
  pool.open();
  await using _ = w.live(w.watcher());
  await w.until(() => pool.whyNot() !== undefined);
  assert.match(pool.whyNot()!, /process \d+ has it open under a/);
  await w.clock.advance(60_000);
  assert.equal(w.agent.starts.length, 0);
  assert.equal(w.phase("s1"), "dead");
  pool.leave();
  await w.clock.advance(10 * 60_000);
  await w.until(() => w.phase("s1") === "idle");
  assert.deepEqual(w.agent.starts.map((s) => [s.how, s.conversation]), [
    ["--resume", CONVERSATION],
  ]);
});

Deno.test("the watcher begins no conversation under the id of one that is not in the shared folder yet", async () => {
  using pool = await setup();
  const { w } = pool;
  pool.leave();
  await using _ = w.live(w.watcher());
  await w.until(() => pool.whyNot() !== undefined);
  assert.match(pool.whyNot()!, /there is no conversation 0b9c7a52-.*claude-failover share/);
  assert.equal(w.agent.starts.length, 0);
  pool.share();
  await w.clock.advance(10 * 60_000);
  await w.until(() => w.phase("s1") === "idle");
  assert.deepEqual(w.agent.starts.map((s) => s.how), ["--resume"]);
});
