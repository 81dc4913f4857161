/** `session park`: a person lets a session rest, which comes up again when it is needed and not before. */
import assert from "node:assert/strict";
import { checkedFact } from "../lib/model/preflight.ts";
import { type World, world } from "./support/daemon_life.ts";
import { finds } from "./support/preflights.ts";

const MINUTE = 60_000;
const GRACE_MS = 5 * MINUTE;

async function pool(): Promise<World> {
  const w = await world({ failover: { quiesceGraceMs: GRACE_MS } });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  return w;
}

function park(w: World, swap = "w1"): void {
  w.store.record({
    ...{ type: "park.requested", swap, from: "a", by: "person", sessions: ["s1"] },
    reason: { kind: "asked" },
    onDemand: true,
  });
}

async function parkAtWork(w: World): Promise<void> {
  await w.agent.prompt("s1", "build");
  await w.until(() => w.phase("s1") === "working");
  park(w);
}

const isParked = (w: World) => () => w.phase("s1") === "parked" && w.state.runningSwap === null;
const starts = (w: World) => w.agent.starts.filter((s) => s.session === "s1").length;
const wake = (w: World) =>
  w.store.record({ type: "session.start.requested", session: "s1", by: "person" });

Deno.test("an idle session that a person parks rests until its start is asked for, a full account or not", async () => {
  using w = await pool();
  const { conversation } = w.session("s1");
  // Nobody needs to be signed in to rest.
  await using _ = w.live(w.watcher(), w.switcher(() => finds("it is signed out")));
  park(w);
  await w.until(isParked(w));
  const { requestedAt, moves } = w.state.swaps.w1!;
  assert.ok(moves.s1!.times.checkpoint!.startedAt - requestedAt < 1_000, "begun at once");
  await w.clock.advance(300 * MINUTE);
  assert.deepEqual([w.phase("s1"), starts(w)], ["parked", 1]);
  wake(w);
  await w.until(() => w.phase("s1") === "idle");
  assert.equal(w.session("s1").conversation, conversation);
  assert.deepEqual([starts(w), w.agent.last("s1").prompt], [2, null]);
});

Deno.test("one at work is parked when its turn has ended", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  await parkAtWork(w);
  await w.clock.advance(GRACE_MS / 2);
  assert.equal(w.phase("s1"), "working");
  await w.agent.hook("s1", "Stop", {});
  await w.until(isParked(w));
  assert.equal(w.state.swaps.w1!.moves.s1!.quiesced, "at rest");
});

Deno.test("one whose turn outlasts the grace rests all the same, and is asked to go on once it is woken", async () => {
  using w = await pool();
  await using _ = w.live(w.watcher(), w.switcher());
  await parkAtWork(w);
  await w.clock.advance(GRACE_MS + MINUTE);
  await w.until(isParked(w));
  await w.clock.advance(60 * MINUTE);
  assert.deepEqual([w.phase("s1"), starts(w)], ["parked", 1]);
  wake(w);
  await w.until(() => starts(w) === 2);
  assert.match(w.agent.last("s1").prompt ?? "", /claude-failover:/);
});

Deno.test("a parked session rests under the next daemon too, wherever the one before died", async () => {
  for (const type of ["park.requested", "run.stopping", "move.parked"] as const) {
    using w = await pool();
    {
      await using _ = w.live(w.watcher(), w.switcher());
      park(w);
      await w.until(() => w.events(type).length > 0);
    }
    await using _ = w.live(w.watcher(), w.switcher());
    await w.until(isParked(w), () => type);
    await w.clock.advance(5 * MINUTE);
    assert.deepEqual([type, starts(w)], [type, 1]);
  }
});

Deno.test("what does not run, is held or being moved cannot be parked", async () => {
  using w = await pool();
  const refusal = () => w.events("request.refused").at(-1)?.reason;
  w.store.record({ type: "session.hold.requested", session: "s1", by: "person", reason: "a demo" });
  park(w);
  assert.equal(refusal(), "s1 is held: a demo");
  w.store.record({ type: "session.unhold.requested", session: "s1", by: "person" });
  w.store.record({ type: "config.applied", config: { ...w.config, sessions: [] } });
  park(w);
  assert.equal(refusal(), "s1 is no longer in the config, so nothing could wake it");
  const [spec] = w.config.sessions;
  const held = [{ ...spec!, neverMove: true }];
  w.store.record({ type: "config.applied", config: { ...w.config, sessions: held } });
  park(w);
  assert.equal(refusal(), "s1 is held (never_move)");
  w.store.record({ type: "config.applied", config: w.config });
  w.store.record(checkedFact("b", await finds("it is signed out")));
  await using _ = w.live(w.watcher(), w.switcher());
  park(w);
  await w.until(isParked(w));
  park(w, "w2");
  assert.equal(refusal(), "s1 is parked");
});
