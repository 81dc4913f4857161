/**
 * What the daemon costs when nothing happens, and how long a look at it takes: memory and processor over a minute
 * with ten idle sessions, and `status` as a process.
 *
 * @module
 */
import { makePool } from "../../test/integration/pool.ts";
import { programWords } from "../../test/support/program.ts";
import { duration, type Row, table } from "../bench/row.ts";

const SESSIONS = 10;
const SETTLE_MS = 5_000;
const WATCH_MS = 60_000;
const LOOKS = 20;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processor time of a process in ms (proc(5): utime and stime, in ticks of 10 ms), its ended children too. */
function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]) * 10, 0);
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]) / 1024;
}

async function look(configPath: string, ...args: string[]): Promise<number> {
  const startedMs = performance.now();
  const [program, ...words] = programWords(...args);
  const { success, stderr } = await new Deno.Command(program, {
    args: words,
    env: { CLAUDE_FAILOVER_CONFIG: configPath, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return performance.now() - startedMs;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const sessions = Array.from({ length: SESSIONS }, (_, i) => `ccl-${i}`);
await using pool = await makePool({ accounts: ["a", "b"], sessions });
const daemon = pool.program();
const idle = (name: string) => (s: ReturnType<typeof pool.state>) =>
  s.sessions[name]?.phase.name === "idle";
await pool.until((s) => sessions.every((name) => idle(name)(s)), 60_000);
await sleep(SETTLE_MS);
const before = cpuMs(daemon.pid);
await sleep(WATCH_MS);
const usedMs = cpuMs(daemon.pid) - before;
const rows: Row[] = [
  {
    name: "daemon, resident",
    value: `${rssMb(daemon.pid).toFixed(0)} MB`,
    note: `${SESSIONS} idle sessions`,
  },
  {
    name: "daemon, processor",
    value: `${(usedMs / WATCH_MS * 100).toFixed(2)} %`,
    note: `of one core, ${usedMs} ms in ${WATCH_MS / 1_000} s`,
  },
];
for (const args of [["version"], ["status"], ["status", "--json"], ["session", "list"]]) {
  const times: number[] = [];
  for (let i = 0; i < LOOKS; i++) times.push(await look(pool.configPath, ...args));
  rows.push({
    name: `\`${args.join(" ")}\` as a process`,
    value: duration(median(times)),
    note: `median of ${LOOKS}`,
  });
}
console.log(table(rows));
await daemon.stop();
