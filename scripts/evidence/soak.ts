/**
 * A pool at work for a long time under one life of the daemon: prompts and moves back and forth without a pause, and what
 * the daemon holds meanwhile. It fails when memory or open files grow, or a conversation is lost.
 *
 *     SOAK_MINUTES=30 deno task evidence soak
 *
 * @module
 */
import { makePool } from "../../test/integration/pool.ts";
import { type Row, table } from "../bench/row.ts";

const MINUTES = Number(Deno.env.get("SOAK_MINUTES") ?? 10);
const SESSIONS = 6;
const LOOK_MS = 5_000;
/** The first part is for what is loaded and compiled once. */
const WARM_UP = 1 / 4;
/** Of the last quarter against the second one. */
const MOST_GROWTH = 1.2;
const MOST_MORE_FILES = 10;

interface Look {
  readonly atMs: number;
  readonly rssMb: number;
  readonly files: number;
  readonly cpuMs: number;
  readonly journalKb: number;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function lookAt(pid: number, journal: string): Look {
  const read = (name: string) => Deno.readTextFileSync(`/proc/${pid}/${name}`);
  const fields = read("stat").split(") ").at(-1)!.split(" ");
  return {
    atMs: performance.now(),
    rssMb: Number(/VmRSS:\s+(\d+)/.exec(read("status"))?.[1]) / 1024,
    files: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
    journalKb: Deno.statSync(journal).size / 1024,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const sessions = Array.from({ length: SESSIONS }, (_, i) => `ccl-${i}`);
await using pool = await makePool({ accounts: ["a", "b"], sessions });
const daemon = pool.daemon();
const isIdle = (state: ReturnType<typeof pool.state>) =>
  sessions.every((name) => state.sessions[name]?.phase.name === "idle");
const before = (await pool.until(isIdle, 60_000)).sessions;
const conversations = sessions.map((name) => before[name]!.conversation);

const looks: Look[] = [];
const until = performance.now() + MINUTES * 60_000;
let swaps = 0;
let prompts = 0;
let nextLookMs = 0;
let said = 0;
while (performance.now() < until) {
  for (const name of sessions) {
    await pool.prompt(name, `Say number ${++prompts}. @@text it is ${prompts}`);
  }
  const to = swaps % 2 === 0 ? "b" : "a";
  const moved = await pool.cli("failover", "--to", to);
  if (moved.code !== 0) throw new Error(moved.err || moved.out);
  swaps++;
  await pool.until(isIdle, 60_000);
  if (performance.now() >= nextLookMs) {
    looks.push(lookAt(daemon.pid, `${pool.config.paths.stateDir}/journal.db`));
    nextLookMs = performance.now() + LOOK_MS;
  }
  const minute = Math.floor(looks.length * LOOK_MS / 60_000);
  if (minute > said) {
    said = minute;
    const { rssMb, files } = looks.at(-1)!;
    console.log(`  ${minute} min: ${swaps} swaps, ${rssMb.toFixed(0)} MB, ${files} files`);
  }
  await sleep(100);
}

const part = (from: number, to: number) =>
  looks.slice(Math.floor(looks.length * from), Math.ceil(looks.length * to));
const [early, late] = [part(WARM_UP, 2 * WARM_UP), part(1 - WARM_UP, 1)];
const of = (key: "rssMb" | "files") => [early, late].map((l) => median(l.map((one) => one[key])));
const [[rss0, rss1], [files0, files1]] = [of("rssMb"), of("files")] as [number[], number[]];
const [first, last] = [looks[0]!, looks.at(-1)!];
const cpuPct = (last.cpuMs - first.cpuMs) / (last.atMs - first.atMs) * 100;
const after = pool.state().sessions;
const kept = sessions.every((name, i) => after[name]?.conversation === conversations[i]);
const failures = pool.events().filter((e) =>
  e.type === "worker.failed" || e.type === "swap.failed"
);
const rows: Row[] = [
  { name: "swaps", value: String(swaps), note: `${SESSIONS} sessions each, ${prompts} prompts` },
  {
    name: "resident",
    value: `${rss0!.toFixed(0)} → ${rss1!.toFixed(0)} MB`,
    note: "second to last quarter",
  },
  { name: "open files", value: `${files0} → ${files1}`, note: "likewise" },
  { name: "processor", value: `${cpuPct.toFixed(1)} %`, note: "of one core" },
  { name: "journal", value: `${last.journalKb.toFixed(0)} KB`, note: `${pool.state().seq} events` },
  { name: "conversations kept", value: kept ? "all" : "NOT ALL", note: "" },
  { name: "failed workers or swaps", value: String(failures.length), note: "" },
];
console.log(table(rows));
await daemon.stop();
const grows = rss1! > rss0! * MOST_GROWTH || files1! > files0! + MOST_MORE_FILES;
if (grows || !kept || failures.length > 0) {
  console.error("It does not hold.");
  Deno.exitCode = 1; // an exit would leave the pool behind
}
