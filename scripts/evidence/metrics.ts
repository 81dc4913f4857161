/**
 * Debian's own Prometheus scrapes a real daemon, with the scrape config and the rules that docs/metrics.md shows, while a pool
 * fails over: the queries of that page return what happened.
 *
 * @module
 */
import { makePool } from "../../test/integration/pool.ts";
import { testHome, until } from "../../test/support/mod.ts";
import { duration, type Row, table } from "../bench/row.ts";

const PAGE = new URL("../../docs/metrics.md", import.meta.url);
const SESSIONS = Array.from({ length: 4 }, (_, i) => `ccl-${i}`);
const PATIENT = { timeoutMs: 60_000, everyMs: 250 };

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** The block of the page that begins so. */
async function block(language: string, beginning: string): Promise<string> {
  const page = await Deno.readTextFile(PAGE);
  const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
  const found = blocks.find(([, name, text]) => name === language && text!.startsWith(beginning));
  if (!found) throw new Error(`Cannot find ${beginning} in docs/metrics.md`);
  return found[2]!;
}

async function run(program: string, args: string[], stdin = ""): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} exited with ${code}: ${text}`);
  return text;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Not so: ${what}`);
}

const [port, prometheusPort] = [freePort(), freePort()];
await using home = await testHome();
await using pool = await makePool({
  accounts: ["a", "b"],
  sessions: [],
  work: (root) =>
    `sessions:\n  - { names: ${JSON.stringify(SESSIONS)}, cwd: ${
      JSON.stringify(`${root}/work`)
    }, account: a }\nhttp: { listen: "127.0.0.1:${port}", requests_per_second: 10000 }`,
});
const daemon = pool.daemon();
const areIdleUnder = (account: string) => (state: ReturnType<typeof pool.state>) =>
  SESSIONS.every((name) => {
    const session = state.sessions[name];
    return session?.account === account && session.phase.name === "idle";
  });
await pool.until(areIdleUnder("a"), 60_000);

const token = (await pool.cli("token", "create", "prometheus")).out.trim();
await Deno.writeTextFile(home.path("token"), `${token}\n`, { mode: 0o600 });
const rules = home.path("claude-failover.rules.yml");
await Deno.writeTextFile(rules, await block("yaml", "groups:"));
const scrape = (await block("yaml", "scrape_configs:"))
  .replace("127.0.0.1:4747", `127.0.0.1:${port}`)
  .replace(/credentials_file: .*/, `credentials_file: ${home.path("token")}`);
const configPath = home.path("prometheus.yml");
await Deno.writeTextFile(
  configPath,
  `global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: [${rules}]\n${scrape}`,
);
await run("promtool", ["check", "config", configPath]);
await run("promtool", ["check", "rules", rules]);
const headers = { authorization: `Bearer ${token}` };
const page = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
await run("promtool", ["check", "metrics"], page);

const prometheus = new Deno.Command("prometheus", {
  args: [
    `--config.file=${configPath}`,
    `--storage.tsdb.path=${home.path("tsdb")}`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ],
  stdin: "null",
  stdout: "null",
  stderr: "null",
}).spawn();
const rows: Row[] = [];

interface Sample {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

async function query(promql: string): Promise<Sample[]> {
  const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(promql)}`;
  const response = await fetch(url);
  const { status, data, error } = await response.json();
  check(status === "success", `${promql}: ${error}`);
  return data.result;
}

/** Waits until the query has an answer that is as wanted. */
async function ask(promql: string, wanted: (samples: Sample[]) => boolean): Promise<Sample[]> {
  let last: unknown = null;
  const found = await until(async () => {
    const samples = await query(promql).catch((error) => (last = error.message, [])); // not up yet
    last = samples.length > 0 ? samples : last;
    return wanted(samples) ? samples : null;
  }, { ...PATIENT, what: () => `${promql}: ${JSON.stringify(last)}` });
  const value = found.map(
    ({ metric: { __name__: _, instance: _i, job: _j, ...labels }, value }) => {
      const said = Object.entries(labels).map(([name, text]) => `${name}=${text}`).join(" ");
      return `${said} ${Number(Number(value[1]).toFixed(3))}`.trim();
    },
  );
  const name = promql.length > 64 ? `${promql.slice(0, 63)}…` : promql;
  rows.push({ name, value: value.join(", "), note: "" });
  return found;
}

try {
  const first = (samples: Sample[]) => Number(samples[0]?.value[1]);
  await ask('up{job="claude-failover"}', (s) => first(s) === 1);
  const idle = 'sum by (account) (claude_failover_sessions{state="idle"})';
  await ask(idle, (s) => s[0]?.metric.account === "a" && first(s) === SESSIONS.length);
  const moved = await pool.cli("failover", "--to", "b");
  check(moved.code === 0, moved.err);
  await pool.until(areIdleUnder("b"), 60_000);
  await ask(idle, (s) => s[0]?.metric.account === "b" && first(s) === SESSIONS.length);
  await ask('claude_failover_moves_total{outcome="moved"}', (s) => first(s) === SESSIONS.length);
  await ask(
    "sum by (step) (claude_failover_swap_step_seconds_sum) / sum by (step) (claude_failover_swap_step_seconds_count)",
    (s) => s.length === 6,
  );
  await ask("max(claude_failover_swap_seconds_sum)", (s) => first(s) > 0);
  const queries = [...(await block("promql", "")).matchAll(/^[^#\n].*$/gm)].map(([text]) => text);
  check(queries.length >= 3, "the page shows queries");
  for (const promql of queries) await query(promql); // that it can be asked; what it says hangs on the day
  await ask("process_resident_memory_bytes / 1048576", (s) => first(s) > 0);
  await ask("scrape_duration_seconds", (s) => first(s) > 0);
  await ask("scrape_samples_scraped", (s) => first(s) > 50);
  const startedMs = performance.now();
  for (let i = 0; i < 200; i++) {
    await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text().catch(() => "");
  }
  rows.push({
    name: "one scrape, mean of 200",
    value: duration((performance.now() - startedMs) / 200),
    note: `${page.length} bytes`,
  });
} finally {
  prometheus.kill("SIGTERM");
  await prometheus.status;
}
console.log(table(rows));
await daemon.stop();
