/**
 * A task from the inbox to its result, done by the unmodified Claude Code.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { until } from "../contract/until.ts";
import { type Pool, pool } from "./support/pool.ts";

Deno.test("claude takes a task, and says itself that it is done, without asking anybody for leave", async () => {
  const careful = { name: "careful", permissionMode: "default" } as const;
  await using world = await pool({ sessions: [careful], tasks: true });
  const daemon = world.start();
  await daemon.event("run.ready");
  await drop(
    world,
    "basket.md",
    `# Fill it
@@bash claude-failover task done --note "one apple is in"
`,
  );
  const { task } = await daemon.event("task.found");
  await daemon.event("task.closed");

  const result = await Deno.readTextFile(join(queue(world), "done", "basket.result.md"));
  assert.match(result, /^end: "done"$/m);
  assert.match(result, /^said_by: "agent"$/m);
  assert.match(result, /> one apple is in/);
  assert.deepEqual(await names(world, "inbox"), []);
  assert.deepEqual(world.events().filter(({ type }) => type === "question.asked"), []);
  assert.doesNotMatch(JSON.stringify(world.events()), /one apple/, "no note in the journal");
  assert.match(await world.cli("task", "show", task), /done/);
  assert.equal(await daemon.stop(), 0);
});

Deno.test("claude's task goes on under B when a limit cuts it in a tool call, and its result says so", async () => {
  await using world = await pool({
    sessions: ["worker", "other"],
    tasks: true,
    quiesceGrace: "1s",
  });
  const { api, cwd } = world;
  const daemon = world.start();
  await daemon.event("run.ready", { session: "worker" });
  await daemon.event("run.ready", { session: "other" });
  await drop(
    world,
    "basket.md",
    `@@bash echo apple >> basket; timeout 60 tail -f /dev/null
`,
  );
  const { session } = await daemon.event("task.assigned");
  await until(() => existing(join(cwd, "basket")), () => "the tool does not run");

  api.account("A").mode = "limit";
  const free = session === "worker" ? "other" : "worker";
  await world.prompt(daemon, free, "count the fruit");
  await daemon.event("swap.finished");
  // What was cut is gone on with, then claude is asked what became of the task, and ends it.
  await daemon.event("task.closed", { withinMs: 60_000 });

  const result = await Deno.readTextFile(join(queue(world), "done", "basket.result.md"));
  assert.match(result, /^swaps_survived: 1$/m);
  assert.match(result, /^attempts: 1$/m);
  assert.match(result, /^accounts: \["A","B"\]$/m);
  assert.match(result, /^tokens_in: [1-9]\d*$/m);
  assert.match(result, /^tokens_out: [1-9]\d*$/m);
  assert.match(result, /It lived through 1 move to another account/);
  assert.equal(await Deno.readTextFile(join(cwd, "basket")), "apple\n");
  const { conversation } = world.state().sessions[session]!;
  const given = api.turns("B", conversation!).flatMap(({ said }) => said).map(({ text }) => text);
  assert.ok(given.some((text) => text.includes("its result was not recorded")), "told of the cut");
  assert.equal(await daemon.stop(), 0);
});

const queue = ({ cwd }: Pool) => join(cwd, ".agent-queue");

async function drop(world: Pool, name: string, text: string): Promise<void> {
  await Deno.writeTextFile(join(queue(world), "inbox", name), text);
}

async function names(world: Pool, folder: string): Promise<string[]> {
  const found = await Array.fromAsync(Deno.readDir(join(queue(world), folder)));
  return found.map(({ name }) => name).sort();
}

async function existing(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
