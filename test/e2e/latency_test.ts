/**
 * How long a failover takes with the real Claude Code, as figures to print: nothing is asserted about time.
 * Runs only when asked: `CLAUDE_FAILOVER_LATENCY_RUNS=20 deno task test:e2e --filter latency`, or `deno task evidence latency`.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { Event } from "../../lib/model/event.ts";
import { until } from "../support/mod.ts";
import { type Pool, pool } from "./support/pool.ts";
import type { Program } from "./support/program.ts";

const RUNS = Number(Deno.env.get("CLAUDE_FAILOVER_LATENCY_RUNS") ?? "0");

/** Milliseconds of one failover. */
interface Sample {
  /** From Claude Code's limit hook to its hook for the marked prompt under the other account. */
  readonly whole: number;
  /** Claude Code, from the signal until its process was seen gone. */
  readonly stop: number;
  /** Claude Code, from its start in the pane to the prompt's hook. */
  readonly boot: number;
}

Deno.test({
  name: `latency of ${RUNS} failovers of one session`,
  ignore: RUNS === 0,
  async fn() {
    await using world = await pool({ sessions: ["worker"] });
    const daemon = world.start();
    await daemon.event("run.ready", { session: "worker" });
    const { seq } = await world.prompt(daemon, "worker", "remember the word heron");
    await daemon.event("turn.ended", { session: "worker", after: seq });
    const samples: Sample[] = [];
    for (let run = 0; run < RUNS; run++) {
      samples.push(await failover(world, daemon, run % 2 === 0 ? ["A", "B"] : ["B", "A"]));
    }
    print(samples);
    assert.equal(samples.length, RUNS);
  },
});

async function failover(
  world: Pool,
  daemon: Program,
  [from, to]: [string, string],
): Promise<Sample> {
  const { api } = world;
  api.account(to).mode = "ok";
  // The wall of the run before must be over: to wait for that is not what is measured.
  const wall = daemon.events.findLast((e) => e.type === "quota.wall" && e.account === to);
  const overAt = wall?.type === "quota.wall" ? wall.resetsAt ?? 0 : 0;
  await until(() => Date.now() > overAt, { what: () => `the wall of ${to} stands` });
  api.account(from).mode = "limit";
  api.account(from).reset5h = Math.floor(Date.now() / 1000) + 2;
  const place = daemon.place();
  await world.prompt(daemon, "worker", `go on after ${place}`);
  const failed = await daemon.event("turn.failed", { session: "worker", after: place });
  const planned = await daemon.event("move.planned", { session: "worker", after: failed.seq });
  const ended = await daemon.event("turn.ended", { session: "worker", after: planned.seq });
  await daemon.event("swap.finished", { after: failed.seq });
  const events = daemon.events.filter((e) => e.seq >= failed.seq && e.seq <= ended.seq);
  const at = (type: Event["type"]) => events.find((e) => e.type === type)!.at;
  const accepted = events.find((e) => e.type === "prompt.accepted" && e.mark === planned.plan.mark);
  assert.ok(accepted?.type === "prompt.accepted", "the marked prompt was taken");
  return {
    whole: accepted.seenAt - failed.seenAt,
    stop: at("run.ended") - at("run.stopping"),
    boot: accepted.seenAt - at("run.launched"),
  };
}

function print(samples: readonly Sample[]): void {
  const rows: [string, (s: Sample) => number][] = [
    ["limit -> marked prompt accepted", (s) => s.whole],
    ["  Claude Code, to stop", (s) => s.stop],
    ["  Claude Code, to start and take the prompt", (s) => s.boot],
    ["  ours: all the rest", (s) => s.whole - s.stop - s.boot],
  ];
  console.log(
    `\n${samples.length} failovers, ms`.padEnd(48),
    "p50".padStart(7),
    "p95".padStart(7),
    "max".padStart(7),
  );
  for (const [name, value] of rows) {
    const sorted = samples.map(value).toSorted((a, b) => a - b);
    const rank = (p: number) => Math.round(sorted[Math.ceil(p * sorted.length) - 1]!);
    const cells = [rank(0.5), rank(0.95), rank(1)].map((ms) => String(ms).padStart(7));
    console.log(name.padEnd(47), ...cells);
  }
}
