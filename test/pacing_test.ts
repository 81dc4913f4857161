/** Sessions boot so many at a time, whoever starts them. */
import assert from "node:assert/strict";
import { sessionSpec, swapOff } from "./model/fixtures.ts";
import { world } from "./support/daemon_life.ts";

const MOVED = ["s1", "s2", "s3"];
const RESTARTED = ["s4", "s5", "s6"];

/** The most sessions that booted at once while a swap moved three and three others were dead. */
async function mostAtOnce(loadPerCore: number): Promise<number> {
  const names = [...MOVED, ...RESTARTED];
  const failover = { bootsAtOnce: 2, slowBootsAboveLoad: 4, bootTimeoutMs: 60_000 };
  using w = await world({ sessions: names.map((name) => sessionSpec(name)), failover });
  {
    await using _ = w.live(w.watcher());
    await w.until(() => names.every((name) => w.phase(name) === "idle"));
  }
  for (const name of RESTARTED) w.tmux.end(name, 1);
  // It takes three seconds from the launch until a session reports itself.
  const { onCall } = w.tmux;
  w.tmux.onCall = (call) => {
    if (call.kind === "launch") void w.clock.sleep(3_000).then(() => onCall!(call));
  };
  w.tmux.processes.loadPerCore = loadPerCore;
  w.store.record(swapOff("w1", { by: "person", sessions: MOVED }));
  await using _ = w.live(w.watcher(), w.switcher());
  let most = 0;
  await w.until(() => {
    const booting = names.filter((name) => w.phase(name) === "starting").length;
    most = Math.max(most, booting);
    return w.state.runningSwap === null && names.every((name) => w.phase(name) === "idle");
  });
  for (const name of MOVED) assert.equal(w.session(name).account, "b");
  await w.clock.advance(5_000);
  return most;
}

Deno.test("moves and restarts share the places to boot, and a busy host has one of them", async () => {
  assert.equal(await mostAtOnce(0), 2);
  assert.equal(await mostAtOnce(4.1), 1);
});
