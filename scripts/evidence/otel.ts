/**
 * What OpenTelemetry gives through Deno's own support (OTEL_DENO), with no code of ours: a pool's daemon tells a receiver of ours,
 * which prints what came, and looks whether a token is in it. What it costs is beside it.
 *
 * @module
 */
import { makePool } from "../../test/integration/pool.ts";
import { until } from "../../test/support/mod.ts";
import { type Row, table } from "../bench/row.ts";

const REQUESTS = 200;

interface Received {
  readonly spans: Map<string, number>;
  readonly attributes: Set<string>;
  readonly metrics: Set<string>;
  logs: number;
  bytes: number;
  text: string;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Every object below that has this key, with its value. */
function* withKey(value: unknown, key: string): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, key)) yield value as Record<string, unknown>;
  for (const part of Object.values(value)) yield* withKey(part, key);
}

const received: Received = {
  spans: new Map(),
  attributes: new Set(),
  metrics: new Set(),
  logs: 0,
  bytes: 0,
  text: "",
};
await using receiver = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  async (request) => {
    const text = await request.text();
    const told = JSON.parse(text);
    received.bytes += text.length;
    received.text += text;
    for (const { name } of withKey(told, "spanId")) {
      if (typeof name === "string") received.spans.set(name, (received.spans.get(name) ?? 0) + 1);
    }
    for (const { metrics } of withKey(told, "metrics")) {
      for (const { name } of metrics as { name: string }[]) received.metrics.add(name);
    }
    for (const { spans } of withKey(told, "spans")) {
      for (const { attributes } of spans as { attributes: { key: string }[] }[]) {
        for (const { key } of attributes) received.attributes.add(key);
      }
    }
    for (const { logRecords } of withKey(told, "logRecords")) {
      received.logs += (logRecords as unknown[]).length;
    }
    return Response.json({});
  },
);

function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]) / 1_024;
}

/** A daemon with this environment, asked some things: what it took. */
async function measured(env: Record<string, string>): Promise<{ cpu: number; rss: number }> {
  const port = freePort();
  await using pool = await makePool({
    accounts: ["a", "b"],
    sessions: [],
    work: (root) =>
      `sessions:\n  - { names: [ccl-0, ccl-1], cwd: ${
        JSON.stringify(`${root}/work`)
      }, account: a }\nhttp: { listen: "127.0.0.1:${port}", requests_per_second: 10000 }`,
  });
  const daemon = pool.program(env);
  await pool.until((s) => s.sessions["ccl-1"]?.phase.name === "idle", 60_000);
  const token = (await pool.cli("token", "create", "otel", "--scope", "read")).out.trim();
  const headers = { authorization: `Bearer ${token}` };
  for (let i = 0; i < REQUESTS; i++) {
    await (await fetch(`http://127.0.0.1:${port}/v1/status`, { headers })).text();
  }
  const took = { cpu: cpuMs(daemon.pid), rss: rssMb(daemon.pid) };
  if (Object.keys(env).length > 0) {
    await until(() => (received.spans.get("GET") ?? 0) >= REQUESTS && received.metrics.size > 0, {
      timeoutMs: 30_000,
      what: () => JSON.stringify([...received.spans]),
    });
    if (received.text.includes(token)) throw new Error("Not so: no token is told");
  }
  await daemon.stop();
  return took;
}

const without = await measured({});
const { port } = receiver.addr;
const told = await measured({
  OTEL_DENO: "true",
  OTEL_SERVICE_NAME: "claude-failover",
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  OTEL_METRIC_EXPORT_INTERVAL: "1000",
});
const list = (names: Iterable<string>) => [...names].sort().join(", ");
const rows: Row[] = [
  { name: "spans", value: [...received.spans].map(([name, n]) => `${n} ${name}`).join(", ") },
  { name: "their attributes", value: list(received.attributes) },
  { name: "metrics", value: list(received.metrics) },
  { name: "log records", value: String(received.logs) },
  { name: "told", value: `${(received.bytes / 1_024).toFixed(0)} KiB` },
  {
    name: "processor time",
    value: `${without.cpu} ms without, ${told.cpu} ms with`,
    note: `start, two sessions, ${REQUESTS} requests`,
  },
  { name: "memory", value: `${without.rss.toFixed(0)} MB without, ${told.rss.toFixed(0)} MB with` },
];
console.log(table(rows));
