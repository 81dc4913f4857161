/**
 * What people do inside a session of the unmodified Claude Code is respected by a failover, and by the next daemon.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { until } from "../contract/until.ts";
import { assertWhole, conversationOf, turnsOf } from "./support/conversation.ts";
import { diagnosed } from "./support/diagnosis.ts";
import { pool } from "./support/pool.ts";

Deno.test("/clear is followed: the swap afterwards goes on with the new conversation", async () => {
  await using world = await pool({ sessions: ["worker"] });
  await diagnosed(world, async () => {
    const daemon = world.start();
    const { conversation: old } = await daemon.event("run.ready");
    const { seq } = await world.prompt(daemon, "worker", "before the clear");
    const { seq: answered } = await daemon.event("turn.ended", { after: seq });
    await world.type("worker", "/clear");
    const cleared = await daemon.event("run.ready", { after: answered });
    // On a busy machine the registry may tell of it before the hook does.
    assert.ok(["clear", "registry"].includes(cleared.source), cleared.source);
    assert.notEqual(cleared.conversation, old);
    await world.prompt(daemon, "worker", "after the clear");
    await daemon.event("turn.ended", { after: cleared.seq });
    world.api.account("A").turnsLeft = 0;
    await world.prompt(daemon, "worker", "into the wall");
    const { plan, seq: planned } = await daemon.event("move.planned");
    assert.equal(plan.conversation, cleared.conversation);
    await daemon.event("turn.ended", { after: planned });
    assert.equal(conversationOf(world, "worker"), cleared.conversation);
    await assertWhole(world, "worker", ["after the clear", "into the wall"]);
    assert.deepEqual(turnsOf(world, old).map(({ account }) => account), ["A"], "left alone");
  });
});

Deno.test("a session that a person ends by /exit stays ended, in a swap and for the next daemon", async () => {
  await using world = await pool({ sessions: ["worker", "done"] });
  await diagnosed(world, async () => {
    const first = world.start();
    for (const session of ["worker", "done"]) {
      await first.event("run.ready", { session });
      const { seq } = await world.prompt(first, session, "remember the word heron");
      await first.event("turn.ended", { session, after: seq });
    }
    await world.type("done", "/exit");
    await first.event("run.ended", { session: "done" });
    assert.equal(world.state().sessions["done"]!.phase.name, "ended");
    world.api.account("A").turnsLeft = 0;
    await world.prompt(first, "worker", "into the wall");
    await first.event("swap.finished");
    await first.kill();
    const second = world.start();
    const { seq } = await second.event("daemon.started");
    // The next daemon has looked at its sessions by the time it sees one of them at work.
    await world.prompt(second, "worker", "are you there");
    await second.event("turn.ended", { session: "worker", after: seq });
    assert.equal(world.state().sessions["done"]!.phase.name, "ended");
    const plans = world.events().filter((event) =>
      (event.type === "run.planned" || event.type === "move.planned") && event.session === "done"
    );
    assert.equal(plans.length, 1, "it was never started again");
  });
});

Deno.test("a session whose wall ends while no daemon is there is woken by the next one", async () => {
  await using world = await pool({ sessions: ["worker"], accounts: ["A"] });
  await diagnosed(world, async () => {
    const first = world.start();
    await first.event("run.ready");
    const { seq } = await world.prompt(first, "worker", "remember the word heron");
    await first.event("turn.ended", { after: seq });
    const resetsAt = Math.floor(Date.now() / 1000) + 10;
    Object.assign(world.api.account("A"), { turnsLeft: 0, reset5h: resetsAt });
    await world.prompt(first, "worker", "into the wall");
    await first.event("move.parked");
    await first.kill();
    assert.equal(world.state().sessions["worker"]!.phase.name, "parked", "the wall stood so long");
    await until(() => Date.now() > resetsAt * 1000, () => "the reset has not come");
    const second = world.start();
    const { plan, seq: woken } = await second.event("run.planned");
    assert.equal(plan.account, "A");
    await second.event("turn.ended", { after: woken });
    await assertWhole(world, "worker", ["remember the word heron", "into the wall"]);
  });
});
