/**
 * While sessions, tmux server, daemon and accounts die, each task is done once or lies in `failed/` with its story.
 *
 * `deno task evidence task_storm` makes it large; `STORM_SEED` picks other deaths. The same seed strikes at the same moments; what it
 * strikes is up to the machine.
 */
import assert from "node:assert/strict";
import { makeStorm } from "./storm.ts";
import { audit } from "./storm_audit.ts";

const number = (name: string, or: number) => Number(Deno.env.get(name) ?? or);

Deno.test("each task is done once or has its story, whatever dies in between", async () => {
  await using storm = await makeStorm({
    seed: number("STORM_SEED", 20261128),
    tasks: number("STORM_TASKS", 16),
    projects: number("STORM_PROJECTS", 2),
    sessions: number("STORM_SESSIONS", 6),
    lastsMs: number("STORM_SECONDS", 8) * 1_000,
    deathEveryMs: number("STORM_DEATH_EVERY_MS", 800),
    refusals: number("STORM_REFUSALS", 0) > 0,
  });
  await storm.rage();
  await storm.settle(90_000);
  const { faults, counts } = await audit(storm);
  const width = Math.max(...counts.map(([what]) => what.length));
  console.log(counts.map(([what, n]) => `${what.padEnd(width)}  ${n}`).join("\n"));
  if (faults.length > 0) {
    const path = await Deno.makeTempFile({ prefix: "cf-storm-", suffix: ".jsonl" });
    await Deno.writeTextFile(path, storm.pool.events().map((e) => JSON.stringify(e)).join("\n"));
    console.log(`the journal is kept in ${path}`);
  }
  assert.deepEqual(faults, []);
});
