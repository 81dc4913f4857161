import assert from "node:assert/strict";
import { promptDigest, sendPath, typedPrompt, unsendable } from "../lib/claude/sent_prompt.ts";
import type { Fact } from "../lib/model/event.ts";
import { swapOff } from "./model/fixtures.ts";
import type { World } from "./support/daemon_life.ts";
import { boxWith, DIALOG } from "./support/screens.ts";
import { typingWorld as pool } from "./support/typing_world.ts";

const TEXT = "build the shop";

/** As the control plane asks for it. */
async function ask(w: World, text = TEXT, { forMs = 60_000, id = "p1" } = {}): Promise<void> {
  const path = sendPath(w.config, id);
  await w.files.writeAtomic(path, text, 0o600);
  const digest = promptDigest(typedPrompt(text, path));
  const until = w.clock.now() + forMs;
  const of = { session: "s1", send: id, by: "person" as const };
  const fact: Fact = { type: "send.requested", ...of, chars: text.length, digest, until };
  w.store.record(fact);
}

const stage = (w: World) => w.session("s1").send!.stage;
const ended = (w: World) => () => ["accepted", "failed"].includes(stage(w).is);
const why = (w: World) => {
  const now = stage(w);
  return now.is === "failed" ? now.reason : now.is;
};

Deno.test("the sender types a prompt once, and takes the hook's word that it was taken", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender());
  await ask(w);
  await w.until(ended(w));
  assert.equal(stage(w).is, "accepted");
  assert.equal(w.phase("s1"), "working");
  assert.deepEqual([w.keys.times, w.keys.enters], [1, 1]);
  assert.doesNotMatch(JSON.stringify(w.store.events({ limit: 100_000 })), /build the shop/);
  await w.until(() => w.files.text(sendPath(w.config, "p1")) === null);
});

Deno.test("the sender wakes a session that a person has parked, for a prompt", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender(), w.switcher());
  w.store.record({
    ...{ type: "park.requested", swap: "w1", from: "a", by: "person", sessions: ["s1"] },
    reason: { kind: "asked" },
    onDemand: true,
  });
  await w.until(() => w.phase("s1") === "parked" && w.state.runningSwap === null);
  await ask(w);
  await w.until(() => w.agent.starts.length === 2);
  w.tmux.screen("s1", boxWith());
  await w.until(ended(w));
  assert.equal(stage(w).is, "accepted", why(w));
});

Deno.test("the sender types a long line in pieces, each when the one before it is shown", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender());
  const text = "word ".repeat(200).trim();
  const pieces: string[] = [];
  w.keys.typed = (_, piece) => {
    pieces.push(piece);
    w.keys.draft += piece;
    const shown = boxWith(w.keys.draft);
    void w.clock.sleep(1_000).then(() => w.tmux.screen("s1", shown));
  };
  await ask(w, text);
  await w.until(ended(w));
  assert.equal(stage(w).is, "accepted");
  assert.deepEqual(pieces.map((p) => p.length), [400, 400, text.length - 800]);
});

Deno.test("the sender presses Enter again when it was lost, and never types again", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender());
  w.keys.lost = 2;
  await ask(w);
  await w.until(ended(w));
  assert.equal(stage(w).is, "accepted");
  assert.deepEqual([w.keys.times, w.keys.enters], [1, 3]);
});

Deno.test("the sender presses no second Enter while the hook is only late", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender());
  w.keys.enter = () => {
    w.keys.enters++;
    w.tmux.screen("s1", boxWith());
    return Promise.resolve();
  };
  await ask(w);
  await w.until(() => w.keys.enters === 1);
  await w.clock.advance(8_000);
  await w.agent.prompt("s1", TEXT);
  await w.until(ended(w));
  assert.deepEqual([stage(w).is, w.keys.enters], ["accepted", 1]);
});

Deno.test("the sender waits for the end of a turn", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender());
  await w.agent.prompt("s1", "something else");
  await w.until(() => w.phase("s1") === "working");
  await ask(w);
  await w.clock.advance(10_000);
  assert.deepEqual([stage(w).is, w.keys.times], ["waiting", 0]);
  await w.agent.hook("s1", "Stop", {});
  await w.until(ended(w));
  assert.equal(stage(w).is, "accepted");
});

const HINDRANCES: Record<string, [(w: World) => void, RegExp]> = {
  "a dialog": [(w) => w.tmux.screen("s1", DIALOG), /its input box is not on the screen/],
  "an unsent draft": [(w) => w.tmux.screen("s1", boxWith("half a")), /an unsent draft/],
  "shell mode": [(w) => w.tmux.screen("s1", boxWith().replace("❯", "!")), /shell mode/],
  "a person at its keyboard": [
    (w) => w.tmux.attach("s1", 1, w.clock.now() + 5_000),
    /a person is at its keyboard/,
  ],
  "a stop that was asked for": [
    (w) => w.store.record({ type: "session.stop.requested", session: "s1", by: "person" }),
    /its stop was asked for|it is stop/,
  ],
};

for (const [what, [happens, reason]] of Object.entries(HINDRANCES)) {
  Deno.test(`the sender types nothing into ${what}, and says so in the end`, async () => {
    using w = await pool();
    await ask(w, TEXT, { forMs: 3_000 });
    happens(w);
    await using _ = w.live(w.watcher(), w.sender());
    await w.until(ended(w));
    assert.match(why(w), reason);
    assert.equal(w.keys.times, 0);
  });
}

Deno.test("the sender never sends a box that shows more than it typed", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender());
  w.keys.typed = (_, text) => {
    w.keys.times++;
    w.tmux.screen("s1", boxWith(`a person was quicker ${text}`));
  };
  await ask(w);
  await w.until(ended(w));
  assert.match(why(w), /does not show just this text, so it was not sent/);
  assert.deepEqual([w.keys.times, w.keys.enters], [1, 0]);
});

Deno.test("the sender goes on after a crash without typing again", async (t) => {
  const cases = {
    "after the text": ["accepted", 1],
    "after Enter": ["accepted", 1],
    "in the text": ["failed", 0],
    "before the text": ["failed", 0],
  } as const;
  for (const [crash, [is, enters]] of Object.entries(cases)) {
    await t.step(crash, async () => {
      using w = await pool();
      await ask(w);
      if (crash === "before the text") {
        const run = w.session("s1").run!.plan.id;
        w.store.record({ type: "send.typing", session: "s1", send: "p1", run });
      } else {
        w.keys.crash = crash as typeof w.keys.crash;
        await using _ = w.live(w.sender());
        await w.until(() => w.events("worker.failed").length > 0);
      }
      w.keys.crash = null;
      const before = w.keys.times;
      await using _ = w.live(w.watcher(), w.sender());
      await w.until(ended(w));
      assert.equal(stage(w).is, is);
      assert.deepEqual([w.keys.times, w.keys.enters], [before, enters]);
      if (is === "failed") assert.match(why(w), /the daemon ended in the middle of typing it/);
    });
  }
});

Deno.test("a move waits until a prompt that is being typed has been taken", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.sender(), w.switcher());
  w.keys.lost = 1;
  await ask(w);
  await w.until(() => stage(w).is === "typing");
  w.store.record(swapOff("w1"));
  await w.clock.advance(1_000);
  assert.equal(w.state.swaps.w1!.moves.s1!.quiesced, null);
  await w.until(() => stage(w).is === "accepted");
  await w.agent.hook("s1", "Stop", {});
  await w.until(() => w.state.swaps.w1!.outcome.is === "finished");
});

Deno.test("the sender gives up what was being typed into a run that has ended", async () => {
  using w = await pool();
  await ask(w);
  const run = w.session("s1").run!.plan.id;
  w.store.record({ type: "send.typing", session: "s1", send: "p1", run });
  w.tmux.end("s1", 1);
  await using _ = w.live(w.watcher());
  await w.until(() => w.session("s1").run!.plan.id !== run);
  await using _2 = w.live(w.sender());
  await w.until(ended(w));
  assert.match(why(w), /its run ended/);
  assert.equal(w.keys.times, 0);
});

Deno.test("typedPrompt() types what the input box takes as it is, and has the rest read", () => {
  const typed = [
    "build the shop",
    "fix 3 bugs, and mail ada@example.com",
    "été ✓",
    "x".repeat(1_500),
  ];
  for (const text of typed) assert.equal(typedPrompt(` ${text}\n`, "/f"), text);
  const read = ["a\nb", "tab\there", "x".repeat(1_501), "look at @src/x", "# note", "?", "end\\"];
  for (const text of [...read, "/etc/hosts is wrong"]) {
    assert.match(typedPrompt(text, "/s/p1.txt"), /^Read the file \/s\/p1\.txt now/, text);
  }
});

Deno.test("unsendable() refuses what no hook would tell of", () => {
  for (const text of ["", "  \n", "/compact", "/clear now", "!ls", " !ls"]) {
    assert.notEqual(unsendable(text), null, text);
  }
  for (const text of ["go on", "/etc/hosts is wrong", "a\nb"]) assert.equal(unsendable(text), null);
});
