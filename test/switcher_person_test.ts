/** What a swap does when a person is at the keyboard of a session, or was. */
import assert from "node:assert/strict";
import { checkpointDir } from "../lib/claude/layout.ts";
import { byUrgency } from "../lib/switcher/order.ts";
import type { Phase, Session } from "../lib/model/state.ts";
import { accountSpec, folded, sessionSpec, started, swapOff } from "./model/fixtures.ts";
import { applied } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";
import { boxWith } from "./support/screens.ts";

const GRACE_MS = 20_000;

/** Session s1 is up and idle under account a, its input box is empty. */
async function pool() {
  const w = await world({
    sessions: [sessionSpec("s1")],
    failover: { quiesceGraceMs: GRACE_MS },
    accounts: [accountSpec("a"), accountSpec("b", { priority: 2 })],
  });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  w.tmux.screen("s1", boxWith());
  return w;
}

const outcome = (w: World) => w.state.swaps.w1!.outcome;
const move = (w: World) => w.state.swaps.w1!.moves.s1!;
const accounts = (w: World) => w.agent.starts.map((s) => s.account);
const near = { kind: "threshold" as const, window: "five_hour" as const, usedPct: 95 };

/** Somebody who looks at s1 presses a key. */
const types = (w: World, draft: string) => {
  w.tmux.attach("s1", 1, w.clock.now());
  w.tmux.screen("s1", boxWith(draft));
};

Deno.test("a swap waits for a person who types, and goes on when the prompt is sent", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  types(w, "fix the");
  w.store.record(swapOff("w1"));
  await w.clock.advance(5_000);
  assert.deepEqual(move(w).finished, ["checkpoint"]);
  types(w, ""); // it was sent
  await w.agent.prompt("s1", "fix the cart");
  await w.clock.advance(5_000);
  assert.deepEqual(move(w).finished, ["checkpoint"], "the turn is waited for");
  await w.agent.hook("s1", "Stop", {});
  await w.until(() => outcome(w).is === "finished");
  assert.equal(move(w).quiesced, "at rest");
  assert.deepEqual(w.events("draft.saved"), []);
});

Deno.test("a swap that a wall forces waits no longer than the grace, and keeps the draft", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  const draft = "fix the cart,\nand say the word sesame";
  types(w, draft);
  w.store.record(swapOff("w1", { reason: { kind: "wall", session: "s1", window: null } }));
  await w.clock.advance(GRACE_MS - 1_000);
  assert.equal(move(w).quiesced, null);
  await w.until(() => outcome(w).is === "finished");
  const [kept] = w.events("draft.saved");
  assert.equal(kept!.chars, draft.length);
  assert.equal(kept!.path, `${checkpointDir(w.config, "s1")}/draft-w1.txt`);
  assert.equal(await w.files.read(kept!.path), `${draft}\n`);
  assert.equal((await w.files.stat(kept!.path))!.mode & 0o777, 0o600);
  assert.equal(w.session("s1").draft!.path, kept!.path);
  assert.doesNotMatch(JSON.stringify(w.store.events({ limit: 100_000 })), /sesame/);
});

Deno.test("a swap at a threshold leaves a session alone in which a person goes on typing", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  w.store.record(swapOff("w1", { reason: near }));
  for (let s = 0; s < GRACE_MS / 1_000 + 2; s++) {
    types(w, "fix the cart ".repeat(s));
    await w.clock.advance(1_000);
  }
  assert.match(JSON.stringify(move(w).outcome), /a person is typing.*put off.*untouched/);
  assert.deepEqual(accounts(w), ["a"]);
  assert.deepEqual(w.events("draft.saved"), [], "nothing of it was lost");
});

Deno.test("a swap does not wait for a draft that nobody looks at, and keeps it", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  w.tmux.screen("s1", boxWith("left behind"));
  const began = w.clock.now();
  w.store.record(swapOff("w1", { reason: near }));
  await w.until(() => outcome(w).is === "finished");
  assert.ok(w.clock.now() - began < 5_000);
  assert.equal(w.events("draft.saved").length, 1);
});

Deno.test("a swap does not wait for somebody who only looks", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  w.tmux.attach("s1", 2, w.clock.now() - 60_000);
  const began = w.clock.now();
  w.store.record(swapOff("w1", { reason: near }));
  await w.until(() => outcome(w).is === "finished");
  assert.ok(w.clock.now() - began < 5_000);
});

Deno.test("a stop that a person asks for keeps the draft too", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher());
  w.tmux.screen("s1", boxWith("left behind"));
  w.store.record({ type: "session.stop.requested", session: "s1", by: "person" });
  await w.until(() => w.phase("s1") === "stopped");
  const { path, chars } = w.session("s1").draft!;
  assert.equal(chars, 11);
  assert.equal(w.files.text(path), "left behind\n");
});

Deno.test("byUrgency() begins with those in trouble and ends with those that wait for an answer", () => {
  const names = ["asks", "idle", "works", "trust", "limited", "permission", "starts", "dead"];
  const phases: Record<string, Phase> = {
    asks: { name: "waiting", for: "human" },
    idle: { name: "idle" },
    works: { name: "working" },
    trust: { name: "waiting", for: "dialog" },
    limited: { name: "limited", window: null },
    permission: { name: "waiting", for: "permission" },
    starts: { name: "starting" },
    dead: { name: "dead", exit: 1 },
  };
  const some = folded(applied(), ...started("s1", "r1")).sessions.s1!;
  const sessions = Object.fromEntries(
    names.map((name): [string, Session] => [name, { ...some, name, phase: phases[name]! }]),
  );
  assert.deepEqual(byUrgency([...names, "unknown"], sessions), [
    ...["limited", "dead", "works", "starts", "idle", "unknown", "asks", "trust", "permission"],
  ]);
});

Deno.test("a session whose sign-in is gone is moved at once by a person's word, and asked to go on", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  await w.agent.prompt("s1", "build");
  const error = "authentication_failed";
  await w.agent.hook("s1", "StopFailure", { error, last_assistant_message: "Not logged in" });
  await w.until(() => w.phase("s1") === "waiting");
  const askedAt = w.clock.now();
  w.store.record(swapOff("w1"));
  await w.until(() => move(w).quiesced !== null);
  assert.ok(w.clock.now() - askedAt < GRACE_MS / 2, `${w.clock.now() - askedAt} ms`);
  await w.until(() => outcome(w).is === "finished");
  assert.equal(w.session("s1").account, "b");
  assert.match(w.agent.last("s1").prompt ?? "", /claude-failover:/);
});
