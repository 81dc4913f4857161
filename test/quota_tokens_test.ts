/**
 * What sessions use, charged to the account they ran under.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { quota } from "../lib/quota/mod.ts";
import { sessionSpec, started } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { finds } from "./support/preflights.ts";

const MINUTE = 60_000;
const TRANSCRIPT = "/home/ada/.claude-shared/projects/x/c.jsonl";

async function pool(): Promise<World> {
  const w = await world({ sessions: [sessionSpec("s1")] });
  begins(w, "r1", "a");
  return w;
}

function begins(w: World, run: string, account: string): void {
  w.store.record(...started("s1", run, { account }), {
    ...{ type: "run.ready", session: "s1", run, conversation: "conversation-1" },
    ...{ source: "resume", transcript: TRANSCRIPT },
  });
}

function worker(w: World) {
  return quota({ ...w.deps, preflight: () => finds() });
}

let text = "";
function says(w: World, id: string, output: number, path = TRANSCRIPT): void {
  const line = JSON.stringify({
    type: "assistant",
    timestamp: new Date(w.clock.now()).toISOString(),
    message: { id, model: "claude-opus-5-5", usage: { input_tokens: 1, output_tokens: output } },
  });
  const before = path === TRANSCRIPT ? text : "";
  w.files.put(path, `${before}${line}\n`);
  if (path === TRANSCRIPT) text = `${before}${line}\n`;
}

const counted = (w: World) =>
  w.events("usage.counted").map((
    { account, tokens, messages },
  ) => [account, tokens.output, messages]);

Deno.test("quota counts what sessions and their subagents use, once a minute and only when there was use", async () => {
  text = "";
  using w = await pool();
  await using _ = w.live(worker(w));
  await w.clock.advance(1_000);
  for (const id of ["m1", "m2", "m3"]) {
    says(w, id, 10);
    await w.clock.advance(5_000);
  }
  says(w, "sub", 7, TRANSCRIPT.replace(".jsonl", "/subagents/agent-1.jsonl"));
  await w.clock.advance(10 * MINUTE);
  assert.deepEqual(counted(w), [["a", 37, 4]]);
  assert.equal(w.state.accounts.a!.tokens!.length, 1);
});

Deno.test("quota charges each answer to the account that its session ran under when it was made", async () => {
  text = "";
  using w = await pool();
  await using _ = w.live(worker(w));
  await w.clock.advance(2_000);
  says(w, "m1", 10);
  await w.clock.advance(5_000);
  w.store.record({ type: "run.ended", session: "s1", run: "r1", exit: 0 });
  await w.clock.advance(5_000);
  begins(w, "r2", "b");
  await w.clock.advance(5_000);
  says(w, "m2", 20);
  await w.clock.advance(3 * MINUTE);
  assert.deepEqual(counted(w), [["a", 10, 1], ["b", 20, 1]]);
});

Deno.test("quota counts nothing again after a restart, nor what a conversation used before it was ours", async () => {
  text = "";
  using w = await world({ sessions: [sessionSpec("s1")] });
  says(w, "old", 99);
  await w.clock.advance(MINUTE);
  begins(w, "r1", "a");
  for (let i = 0; i < 4; i++) {
    await w.clock.advance(1_000);
    says(w, `m${i}`, 10);
    await using _ = w.live(worker(w));
    await w.clock.advance(2 * MINUTE);
  }
  assert.deepEqual(counted(w), Array(4).fill(["a", 10, 1]));
});
