/** A session that ends between a prompt's hook and its line in the transcript: the prompt is not lost. */
import assert from "node:assert/strict";
import { swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const REQUEST = "rename the shop to bazaar";

async function idle(): Promise<World> {
  const w = await world({ failover: { quiesceGraceMs: 1_000 } });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  return w;
}

/** s1 takes the prompt, and dies before it has written it down. */
async function dieTaking(w: World, prompt: string): Promise<void> {
  await w.agent.take("s1", prompt);
  await w.until(() => w.phase("s1") === "working");
  await w.clock.advance(20);
  w.tmux.end("s1", 129);
}

const isAsked = (w: World) => Boolean(w.session("s1").run?.markAcceptedAt);

Deno.test("a session that dies with its first prompt unwritten begins anew with it", async () => {
  using w = await idle();
  await using _ = w.live(w.watcher());
  await dieTaking(w, REQUEST);
  await w.until(() => isAsked(w));
  const { how, prompt } = w.agent.last("s1");
  assert.equal(how, "--session-id", "there is no conversation to resume");
  assert.ok(prompt!.includes(REQUEST), prompt!);
  assert.deepEqual(w.agent.ledger.wrongs, []);
});

Deno.test("a session that dies with a later prompt unwritten is resumed and given it, once", async () => {
  using w = await idle();
  await using _ = w.live(w.watcher());
  await w.agent.prompt("s1", "look around");
  await w.agent.hook("s1", "Stop", {});
  await w.until(() => w.phase("s1") === "idle");
  await dieTaking(w, REQUEST);
  await w.until(() => isAsked(w));
  const { how, prompt } = w.agent.last("s1");
  assert.equal(how, "--resume");
  assert.ok(prompt!.includes(REQUEST), prompt!);
  assert.ok(!prompt!.includes("look around"));

  await w.clock.advance(20);
  w.tmux.end("s1", 129); // the request is in the conversation by now
  const { length } = w.agent.starts;
  await w.until(() => w.agent.starts.length > length && isAsked(w));
  assert.ok(!w.agent.last("s1").prompt!.includes(REQUEST));
  assert.deepEqual(w.agent.ledger.wrongs, []);
});

Deno.test("a swap that stops a session with its prompt unwritten gives it on the other side", async () => {
  using w = await idle();
  await using _ = w.live(w.watcher(), w.switcher());
  await w.agent.take("s1", REQUEST);
  await w.until(() => w.phase("s1") === "working");
  w.store.record(swapOff("w1"));
  await w.until(() => w.state.runningSwap === null);
  await w.until(() => isAsked(w));
  const { account, prompt } = w.agent.last("s1");
  assert.equal(account, "b");
  assert.equal(prompt!.split(REQUEST).length, 2);
});
