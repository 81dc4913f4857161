import assert from "node:assert/strict";
import { RETRY_RESTS_MS } from "../lib/model/retry.ts";
import type { World } from "./support/daemon_life.ts";
import { typingWorld } from "./support/typing_world.ts";

const ERRORS = {
  server: [
    "server_error",
    "API Error: 529 Overloaded. This is a server-side issue, usually temporary.",
  ],
  throttle: [
    "rate_limit",
    "API Error: Server is temporarily limiting requests (not your usage limit) · try again later",
  ],
  other: ["invalid_request", "API Error: 400 prompt is too long"],
} as const;

async function refuse(w: World, kind: keyof typeof ERRORS): Promise<void> {
  const [error, last_assistant_message] = ERRORS[kind];
  await w.agent.hook("s1", "StopFailure", { error, last_assistant_message });
  await w.until(() => w.session("s1").run?.unanswered?.kind === kind);
}

const asked = (w: World) =>
  w.store.events({ limit: 10_000 }).filter((e) => e.type === "send.requested");

for (const kind of ["server", "throttle"] as const) {
  Deno.test(`a session whose request got no answer (${kind}) is asked to go on, after growing rests`, async () => {
    using w = await typingWorld();
    await using _ = w.live(w.watcher(), w.sender());
    await w.agent.prompt("s1", "build the shop");
    for (const [i, restMs] of RETRY_RESTS_MS.entries()) {
      await refuse(w, kind);
      const { refusedAt } = w.session("s1").run!;
      await w.clock.advance(restMs - 2_000);
      assert.equal(asked(w).length, i, "not yet");
      await w.clock.advance(10_000);
      await w.until(() => w.phase("s1") === "working");
      assert.equal(asked(w).length, i + 1);
      assert.ok(w.clock.now() - refusedAt! < restMs + 15_000);
      assert.equal(w.keys.times, i + 1, "typed once");
    }
    await w.agent.hook("s1", "Stop", {});
    await w.clock.advance(3_600_000);
    assert.equal(asked(w).length, RETRY_RESTS_MS.length, "an answer ends it");
    assert.equal(w.session("s1").run?.refusals, 0);
  });
}

Deno.test("a request that was itself at fault is not repeated", async () => {
  using w = await typingWorld();
  await using _ = w.live(w.watcher(), w.sender());
  await w.agent.prompt("s1", "build the shop");
  await refuse(w, "other");
  await w.clock.advance(3_600_000);
  assert.deepEqual(asked(w), []);
});

Deno.test("a draft that a person has begun is not typed over; the session is asked once the box is empty", async () => {
  using w = await typingWorld();
  await using _ = w.live(w.watcher(), w.sender());
  await w.agent.prompt("s1", "build the shop");
  await refuse(w, "server");
  w.keys.draft = "wait, I";
  w.keys.show(w);
  await w.clock.advance(60_000);
  assert.equal(w.keys.times, 0);
  w.keys.draft = "";
  w.keys.show(w);
  await w.until(() => w.phase("s1") === "working");
  assert.equal(w.keys.times, 1);
});

const leave: [string, (w: World) => void][] = [
  ["the daemon is stopping", (w) => {
    w.store.record({ type: "daemon.stop.requested", by: "person", endSessions: false });
  }],
  ["it has left the config", (w) => {
    w.store.record({ type: "config.applied", config: { ...w.config, sessions: [] } });
  }],
  ["its next turn would be paid for past the plan", (w) => {
    const account = w.session("s1").account;
    w.store.record({
      type: "overage.seen",
      account,
      inUse: true,
      enabled: true,
      madeAt: w.clock.now(),
    });
  }],
];
for (const [what, happens] of leave) {
  Deno.test(`a session is not asked to go on, and nothing is written again and again, when ${what}`, async () => {
    using w = await typingWorld();
    await using _ = w.live(w.watcher(), w.sender());
    await w.agent.prompt("s1", "build the shop");
    await refuse(w, "server");
    happens(w);
    const before = w.store.state.seq;
    await w.clock.advance(120_000);
    assert.equal(w.keys.times, 0);
    assert.ok(
      w.store.state.seq - before < 5,
      JSON.stringify(w.store.events({ after: before }).slice(0, 5)),
    );
  });
}

Deno.test("a prompt to go on of which nobody tells whether it was taken is followed by another one only after a rest", async () => {
  using w = await typingWorld();
  await using _ = w.live(w.watcher(), w.sender());
  await w.agent.prompt("s1", "build the shop");
  await refuse(w, "server");
  // Enter empties the box, and no hook tells of it.
  w.keys.enter = () => {
    w.keys.draft = "";
    w.keys.show(w);
    return Promise.resolve();
  };
  await w.until(() => w.session("s1").send?.stage.is === "failed");
  await w.clock.advance(RETRY_RESTS_MS[0]! - 5_000);
  assert.equal(w.keys.times, 1);
  await w.clock.advance(15_000);
  assert.equal(w.keys.times, 2);
});
