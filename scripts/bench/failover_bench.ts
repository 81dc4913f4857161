/**
 * A whole failover of one session, from the limit to the prompt under the other account, beside what a plain shell
 * loop needs to stop and start the same scripted agent with the same prompt.
 *
 * @module
 */
import { spoolDir } from "../../lib/claude/layout.ts";
import type { Event } from "../../lib/model/event.ts";
import { isThere } from "../../test/support/mod.ts";
import { makePool, type Pool } from "../../test/integration/pool.ts";
import { duration, ratio, type Row } from "./row.ts";

const RUNS = 8;
const SESSION = "ccl-0";

export async function bench(): Promise<Row[]> {
  await using pool = await makePool({ accounts: ["a", "b"], sessions: [SESSION] });
  const daemon = pool.daemon();
  await pool.until((s) => s.sessions[SESSION]?.phase.name === "idle");
  await pool.prompt(SESSION, "Remember the word heron. @@text I will");
  await pool.until((s) => s.sessions[SESSION]?.run?.proven === true);
  const moved: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    moved.push(await failover(pool, run % 2 === 0 ? ["a", "b"] : ["b", "a"]));
  }
  await daemon.stop();
  const plain: number[] = [];
  for (let run = 0; run < RUNS; run++) plain.push(await stopAndStart(pool));
  const [ours, base] = [median(moved), median(plain)];
  return [
    {
      name: "stop and start by hand",
      value: duration(base),
      note: "the yardstick; kill, respawn-pane, its prompt taken",
    },
    {
      name: "failover of one session",
      value: duration(ours),
      note: `${ratio(ours, base)} the time; seen, decided, journaled, saved, linked`,
    },
  ];
}

/** Milliseconds between the two hooks. */
async function failover(pool: Pool, [from, to]: [string, string]): Promise<number> {
  await pool.account(to, { five_hour_pct: 10 });
  const resetsAt = Math.floor(Date.now() / 1000) + 2;
  await pool.account(from, { five_hour_pct: 100, five_hour_resets_at: resetsAt });
  const before = pool.events().length;
  await pool.prompt(SESSION, "Go on. @@text done");
  const arrived = await pool.until((s) =>
    s.runningSwap === null && s.sessions[SESSION]?.account === to &&
    s.sessions[SESSION].run?.proven === true
  );
  const { mark } = arrived.sessions[SESSION]!.run!.plan;
  const events = pool.events().slice(before);
  const seen = (fits: (e: Event) => boolean) => {
    const event = events.find(fits);
    return event && "seenAt" in event ? event.seenAt : NaN;
  };
  // The way back must be free before the next one.
  await pool.until(() => Date.now() > resetsAt * 1000);
  return seen((e) => e.type === "prompt.accepted" && e.mark === mark) -
    seen((e) => e.type === "turn.failed");
}

/** What a script would do, as quickly as it can. */
async function stopAndStart(pool: Pool): Promise<number> {
  const run = pool.state().sessions[SESSION]!.run!;
  const spool = spoolDir(pool.config, run.plan.id);
  const pane = (await pool.tmux.panes()).find((p) => p.session === SESSION)!;
  for await (const { name } of Deno.readDir(spool)) await Deno.remove(`${spool}/${name}`);
  const startedMs = performance.now();
  Deno.kill(pane.pid, "SIGTERM");
  await poll(() => !isThere(pane.pid));
  await poll(async () => (await pool.tmux.panes()).find((p) => p.id === pane.id)!.dead);
  const [sh, script] = pane.startCommand.split(" ");
  await pool.tmux.launch(SESSION, {
    cwd: `${pool.config.paths.stateDir}/../work`,
    argv: [sh!, script!],
  });
  await poll(async () => {
    const names = await Array.fromAsync(Deno.readDir(spool), (entry) => entry.name);
    return names.some((name) => name.includes("UserPromptSubmit"));
  });
  return performance.now() - startedMs;
}

async function poll(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!await done()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
