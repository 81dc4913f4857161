/**
 * A whole pool moved, beside what a plain shell loop needs to stop and start the same scripted agents, as many at once.
 *
 * @module
 */
import { spoolDir } from "../../lib/claude/layout.ts";
import { controlClient } from "../../lib/http/client.ts";
import { controlSocket } from "../../lib/http/socket.ts";
import type { State } from "../../lib/model/state.ts";
import { systemNet } from "../../lib/ports/real.ts";
import { makePool, type Pool } from "../../test/integration/pool.ts";
import { duration, ratio, type Row } from "./row.ts";

const SESSIONS = 20;
/** How many start up at a time, here and there. */
const AT_ONCE = 4;
const ROUNDS = 3;
const PATIENCE_MS = 120_000;

const NAMES = Array.from({ length: SESSIONS }, (_, i) => `ccl-${i}`);

export async function bench(): Promise<Row[]> {
  await using pool = await makePool({
    accounts: ["a", "b"],
    sessions: NAMES,
    failover: `  boots_at_once: ${AT_ONCE}`,
  });
  const daemon = pool.program();
  const all = (fits: (session: State["sessions"][string]) => boolean) => (s: State) =>
    NAMES.every((name) => s.sessions[name] !== undefined && fits(s.sessions[name]));
  await pool.until(all((s) => s.phase.name === "idle"), PATIENCE_MS);
  for (const name of NAMES) await pool.prompt(name, "Remember the word heron. @@text I will");
  await pool.until(all((s) => s.run?.proven === true), PATIENCE_MS);
  const moved: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [from, to] = round % 2 === 0 ? ["a", "b"] as const : ["b", "a"] as const;
    moved.push(await move(pool, from, to));
  }
  await daemon.stop(); // the loop has the machine for itself
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) plain.push(await stopAndStartAll(pool));
  const [ours, base] = [median(moved), median(plain)];
  return [
    {
      name: `stop and start ${SESSIONS} by a shell loop`,
      value: duration(base),
      note: `the yardstick; ${AT_ONCE} at a time: kill, respawn-pane, its SessionStart`,
    },
    {
      name: `${SESSIONS} sessions moved`,
      value: duration(ours),
      note: `${ratio(ours, base)} the time (${AT_ONCE} boots at a time); journaled, saved, linked`,
    },
  ];
}

/** Milliseconds from the request to the last session's word that it is up. */
async function move(pool: Pool, from: string, to: string): Promise<number> {
  using client = controlClient(systemNet, controlSocket(pool.config));
  const startedAt = Date.now();
  const { swap } = await client.failover({ from, to });
  const { swaps } = await pool.until(
    (s) => s.swaps[swap!] !== undefined && s.swaps[swap!]!.outcome.is !== "running",
    PATIENCE_MS,
  );
  const { outcome, moves } = swaps[swap!]!;
  const failed = Object.values(moves).filter((m) => m.outcome.is !== "moved");
  if (outcome.is !== "finished" || failed.length > 0) throw new Error(JSON.stringify(failed));
  return outcome.at - startedAt;
}

/** For each: end it, wait until it is gone, start it again in its pane, wait until it reports itself. */
const LOOP = `
tmux="tmux -N -S $1" at_once=$2
one='
  set -- $1
  pane=$1 pid=$2 script=$3 spool=$4
  rm -f "$spool"/*.SessionStart.edge.json
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
  until $TMUX_COMMAND respawn-pane -t "$pane" -- sh "$script" 2>/dev/null; do sleep 0.01; done
  until ls "$spool" | grep -q SessionStart; do sleep 0.01; done
'
TMUX_COMMAND=$tmux xargs -d '\\n' -n 1 -P "$at_once" sh -c "$one" one
`;

async function stopAndStartAll(pool: Pool): Promise<number> {
  const { sessions } = pool.state();
  const panes = await pool.tmux.panes();
  const lines = NAMES.map((name) => {
    const { plan, pane } = sessions[name]!.run!;
    const { pid, startCommand } = panes.find((p) => p.id === pane)!;
    const script = startCommand.split(" ").at(-1)!.replaceAll('"', "");
    return `${pane} ${pid} ${script} ${spoolDir(pool.config, plan.id)}\n`;
  });
  const { socket } = pool.config.tmux;
  const path = "path" in socket ? socket.path : socket.name;
  const startedMs = performance.now();
  const child = new Deno.Command("sh", {
    args: ["-c", LOOP, "loop", path, String(AT_ONCE)],
    env: { TMUX: "" },
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.join("")));
  await writer.close();
  const { success } = await child.status;
  if (!success) throw new Error("Cannot stop and start them by hand");
  return performance.now() - startedMs;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
