/**
 * A whole pool of the unmodified Claude Code at the walls of its accounts: six sessions, three accounts. A wall meets
 * the six in the middle of whatever they are doing.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { StatusView } from "../../lib/http/view.ts";
import { diagnosed } from "./support/diagnosis.ts";
import { type Pool, pool } from "./support/pool.ts";
import { SIX, Six } from "./support/six.ts";

const ACCOUNTS = ["A", "B", "C"];

Deno.test("six sessions leave A in whatever state its wall finds them, and go on under B", async () => {
  await using world = await pool({ sessions: SIX, accounts: ACCOUNTS, quiesceGrace: "1s" });
  await diagnosed(world, async () => {
    const six = await Six.start(world);
    await six.begin();
    world.api.account("A").turnsLeft = 0;
    await six.say("wall", "into the wall of A");
    await six.settled("B");
    assert.deepEqual(swapsOf(world), [["A", "B"]]);
    await six.askAll("are you there");
    await six.assertWhole();
    assert.equal(await six.timesRun("tool"), 1);
    assert.equal(await six.timesRun("asks"), 0, "nobody has allowed it");
    assert.deepEqual(world.api.refusedHosts(), []);
  });
});

Deno.test("six sessions that find B full go to C, are parked when C is full too, and go on when it resets", async () => {
  await using world = await pool({ sessions: SIX, accounts: ACCOUNTS, quiesceGrace: "60s" });
  const { api } = world;
  await diagnosed(world, async () => {
    const six = await Six.start(world);
    await six.begin();
    // B is used up from elsewhere, as the first that goes on there finds; three are still at work under A.
    api.account("A").turnsLeft = 0;
    api.account("B").turnsLeft = 0;
    await six.say("wall", "into the wall of A");
    await world.until(({ accounts }) => !!accounts["B"]?.wall, "B's wall is known");
    // Who can do nothing under B does not wait for those that are at work elsewhere.
    await world.until(
      ({ sessions }) =>
        accountsOf(world, "wall").at(-1) === "C" && sessions["wall"]?.phase.name === "idle",
      "the session at B's wall goes on under C",
    );
    await six.letEnd();
    await six.settled("C");
    assert.deepEqual(swapsOf(world), [["A", "B"], ["B", "C"], ["A", "C"]]);
    assert.deepEqual(accountsOf(world, "wall"), ["A", "B", "C"]);
    for (const name of ["tool", "stream", "asks"]) {
      assert.deepEqual(accountsOf(world, name), ["A", "C"], `${name} was never under B`);
    }
    await six.askAll("are you there");
    await six.assertWhole();
    assert.equal(await six.timesRun("tool"), 1);
    assert.equal(await six.timesRun("asks"), 1);

    const resetsAt = secondsAhead(25);
    Object.assign(api.account("C"), { turnsLeft: 0, reset5h: resetsAt });
    await six.sayAll("into the wall of C");
    await six.parked();
    const asked = api.requests().length;
    const { sessions } = JSON.parse(await world.cli("status", "--json")) as StatusView;
    for (const { name, wakesAt } of sessions) assert.equal(wakesAt, resetsAt * 1000, name);
    await six.settled("C");
    const [first] = api.requests(asked);
    assert.ok(first!.at >= resetsAt * 1000, "nobody asked before the reset");
    await six.askAll("and still there");
    await six.assertWhole();
    assert.deepEqual(api.refusedHosts(), []);
  });
});

/** From where to where the policy has swapped. */
function swapsOf(world: Pool): string[][] {
  return world.events().flatMap((event) =>
    event.type === "swap.requested" ? [[event.from, event.to]] : []
  );
}

/** The accounts under which a session was started, in order. */
function accountsOf(world: Pool, session: string): string[] {
  return world.events().flatMap((event) =>
    (event.type === "run.planned" || event.type === "move.planned") && event.session === session
      ? [event.plan.account]
      : []
  );
}

function secondsAhead(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
