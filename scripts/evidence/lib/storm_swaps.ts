/**
 * How long real swaps take (a real tmux, the scripted agent, a daemon that is a process of its own) in a storm of events, with and
 * without a notifier that has to tell of them, and without a storm; in turns, so that what else the machine does falls on all.
 *
 * @module
 */
import { dirname } from "node:path";
import { controlClient } from "../../../lib/http/client.ts";
import { controlSocket } from "../../../lib/http/socket.ts";
import { systemNet } from "../../../lib/ports/real.ts";
import { makePool, type Pool } from "../../../test/integration/pool.ts";
import type { Row } from "../../bench/row.ts";

const SESSIONS = ["ccl-0", "ccl-1", "ccl-2", "ccl-3"];
const ROUNDS = 10;
const PATIENCE_MS = 60_000;
/** Of the median with the notifier to that without, in the storm. */
const MOST_RATIO = 1.4;

const CHANNELS = `notify:
  channels:
    - { name: log, type: file, path: ~/notices.jsonl }
    - { name: quick, type: exec, command: ["/bin/true"] }
    - { name: dead, type: exec, command: ["/bin/sleep", "3600"] }
`;

interface World extends AsyncDisposable {
  readonly name: string;
  /** Of each swap, milliseconds. */
  readonly tookMs: number[];
  swap(): Promise<void>;
  /** How many notices the file has. */
  told(): Promise<number>;
}

async function world(name: string, { channels, events }: {
  readonly channels: boolean;
  readonly events: number;
}): Promise<World> {
  const pool = await makePool({
    accounts: ["a", "b"],
    sessions: SESSIONS,
    more: channels ? CHANNELS : "",
  });
  const daemon = pool.daemon({ storm: events });
  const all = (is: "idle" | "proven") => isAll(pool, is);
  await all("idle");
  for (const session of SESSIONS) {
    await pool.prompt(session, "Remember the word heron. @@text I will");
  }
  await all("proven");
  const tookMs: number[] = [];
  return {
    name,
    tookMs,
    async swap() {
      const [from, to] = tookMs.length % 2 === 0 ? ["a", "b"] as const : ["b", "a"] as const;
      tookMs.push(await move(pool, from, to));
    },
    async told() {
      const text = await Deno.readTextFile(`${dirname(pool.configPath)}/notices.jsonl`).catch(() =>
        ""
      );
      return text.split("\n").length - 1;
    },
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await pool[Symbol.asyncDispose]();
    },
  };
}

async function isAll(pool: Pool, wanted: "idle" | "proven"): Promise<void> {
  await pool.until((s) =>
    SESSIONS.every((name) => {
      const session = s.sessions[name];
      return wanted === "idle" ? session?.phase.name === "idle" : session?.run?.proven === true;
    }), PATIENCE_MS);
}

/** From the request to the end, by the journal. */
async function move(pool: Pool, from: string, to: string): Promise<number> {
  using client = controlClient(systemNet, controlSocket(pool.config));
  const before = pool.state().seq;
  const { swap } = await client.failover({ from, to });
  const { swaps } = await pool.until(
    (s) => s.swaps[swap!] !== undefined && s.swaps[swap!]!.outcome.is !== "running",
    PATIENCE_MS,
  );
  const { outcome, moves } = swaps[swap!]!;
  const isMoved = Object.values(moves).every((m) => m.outcome.is === "moved");
  if (outcome.is !== "finished" || !isMoved) throw new Error(JSON.stringify(swaps[swap!]));
  const asked = pool.events().find((e) => e.seq > before && e.type === "swap.requested")!;
  // The storm is over before the next one, also for who tells of it.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  return outcome.at - asked.at;
}

/** The rows, and what does not hold. */
export async function stormSwaps(
  events: number,
): Promise<{ readonly rows: Row[]; readonly fails: string[] }> {
  await using quiet = await world("without a storm", { channels: true, events: 0 });
  await using bare = await world("in the storm, no notifier", { channels: false, events });
  await using told = await world("in the storm, with it", { channels: true, events });
  const worlds = [quiet, bare, told];
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) for (const one of worlds) await one.swap();
  const [still, base, ours] = worlds.map(({ tookMs }) => sorted(tookMs.slice(1)));
  const ratio = middle(ours!) / middle(base!);
  const load = Deno.loadavg()[0]!.toFixed(1);
  const rows = worlds.map(({ name }, i): Row => {
    const took = [still!, base!, ours!][i]!;
    const times = i === 0
      ? ""
      : `; ${(middle(took) / middle(still!)).toFixed(2)} times the quiet one`;
    return {
      name: `${SESSIONS.length} sessions moved ${name}`,
      value: `${Math.round(middle(took))} ms`,
      note: `median of ${ROUNDS}, from ${took[0]} to ${took.at(-1)}${times}`,
    };
  });
  const count = await told.told();
  rows.push({
    name: "what the notifier adds to a swap in the storm",
    value: `${ratio.toFixed(2)} times`,
    note: `load of the machine ${load}; ${count} notices in the file`,
  });
  const fails = [
    ratio <= MOST_RATIO ? null : `a swap takes ${ratio.toFixed(2)} times as long with the notifier`,
    count > 0 ? null : "the file has no notice",
  ].filter((fail) => fail !== null);
  return { rows, fails };
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function middle(values: readonly number[]): number {
  return values[Math.floor(values.length / 2)]!;
}
