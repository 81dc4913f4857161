/** `failover.idle: on_demand`: idle sessions are ended by a swap, and come up where there is room once they are needed. */
import assert from "node:assert/strict";
import { dispatcher } from "../lib/dispatcher/mod.ts";
import type { Worker } from "../lib/runtime/worker.ts";
import { sessionSpec, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { Keyboard } from "./support/keyboard.ts";

const MINUTE = 60_000;
const SHOP = "/home/ada/shop";
const INBOX = `${SHOP}/.agent-queue/inbox`;

/** s1 hits the limit of account a while s2 is idle. */
async function pool(failover: NonNullable<Parameters<typeof world>[0]>["failover"] = {}) {
  const names = ["s1", "s2"];
  const w = await world({
    projects: [{ id: "shop", path: SHOP, accounts: ["a", "b", "c"] }],
    sessions: names.map((name) => sessionSpec(name, { project: "shop", cwd: SHOP })),
    failover: { idle: "on_demand", ...failover },
  });
  const keys = new Keyboard(w);
  await using _ = w.live(w.watcher());
  await w.until(() => names.every((name) => w.phase(name) === "idle"));
  await w.agent.prompt("s1", "build");
  await w.agent.limit("s1");
  await w.until(() => w.phase("s1") === "limited");
  w.store.record({
    type: "quota.wall",
    account: "a",
    session: "s1",
    window: "five_hour",
    resetsAt: w.clock.now() + 60 * MINUTE,
    transcript: null,
    evidence: [],
  });
  return Object.assign(w, { keys });
}

const starts = (w: World, name: string) =>
  w.agent.starts.filter((s) => s.session === name).map((s) => s.account);
const rests = (w: World) => () => w.phase("s2") === "parked" && w.state.runningSwap === null;

Deno.test("an idle session rests until its start is asked for, and then comes up where there is room", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  const { conversation } = w.session("s2");
  await w.until(rests(w));
  assert.deepEqual([starts(w, "s1"), starts(w, "s2")], [["a", "b"], ["a"]]);
  assert.equal(Object.values(w.state.swaps)[0]!.outcome.is, "finished");
  await w.clock.advance(90 * MINUTE);
  assert.deepEqual(starts(w, "s2"), ["a"], "also after the reset");

  w.store.record({ type: "session.start.requested", session: "s2", by: "person" });
  await w.until(() => w.phase("s2") === "idle");
  assert.equal(w.session("s2").conversation, conversation);
  assert.equal(w.agent.last("s2").prompt, null);
  assert.equal(starts(w, "s2").length, 2);
});

Deno.test("an idle session is moved at once when a person asks for the swap, or with idle: relaunch", async () => {
  for (const [idle, by] of [["on_demand", "person"], ["relaunch", "policy"]] as const) {
    using w = await pool({ idle, mode: by === "person" ? "off" : "auto" });
    await using _ = w.live(w.watcher(), w.switcher());
    if (by === "person") {
      w.store.record(swapOff("w1", { by, sessions: ["s1", "s2"] }));
    }
    await w.until(() => w.phase("s2") === "idle" && w.session("s2").account === "b");
    assert.deepEqual(starts(w, "s2"), ["a", "b"]);
  }
});

Deno.test("a resting session is left alone by the next daemon, wherever the one before died", async () => {
  const types = ["move.parking", "run.stopping", "move.parked"] as const;
  for (const type of types) {
    using w = await pool();
    {
      await using _ = w.live(w.watcher(), w.switcher());
      await w.until(() => w.events(type).length > 0);
    }
    await using _ = w.live(w.watcher(), w.switcher());
    await w.until(rests(w));
    await w.clock.advance(5 * MINUTE);
    assert.deepEqual([type, starts(w, "s2")], [type, ["a"]]);
  }
});

Deno.test("a resting session is started for a prompt that is sent to it, and for a task", async () => {
  using w = await pool();
  const owner = { id: "us", host: "a-host", stateDir: "/state", pid: 1 };
  const tasks: Worker = dispatcher({ ...w.deps, owner: () => Promise.resolve(owner) });
  await using _ = w.live(w.watcher(), w.switcher(), tasks);
  await w.until(rests(w));
  await w.until(() => w.phase("s1") === "working"); // so that s2 is the one to be started
  await w.files.writeAtomic(`${INBOX}/fix.md`, "Fix the login.\n");
  await w.until(() => Object.values(w.state.tasks).some(({ place }) => place.at === "running"));
  const [task] = Object.values(w.state.tasks);
  const { place } = task!;
  assert.deepEqual(place.at === "running" && [place.session, place.account], ["s2", "b"]);
  assert.deepEqual(starts(w, "s2"), ["a", "b"]);
});
