/**
 * The control plane under load: the status of 200 sessions beside a bare Hono handler on the same loopback, the fan-out of events to
 * many streams, and how long the policy's decision takes meanwhile. Uses `wrk` where it is installed.
 *
 * @module
 */
import { Hono } from "hono";
import { decide } from "../../lib/model/decide.ts";
import type { Fact } from "../../lib/model/event.ts";
import { config, NOON, running, session, started } from "../../test/http/fixture.ts";
import { type Served, served } from "../../test/http/served.ts";
import { duration, ratio, type Row } from "./row.ts";

const SESSIONS = 200;
const LOAD_MS = 3_000;
const CONNECTIONS = 16;
const STREAMS = 200;
const EVENTS = 100;

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function bench(): Promise<Row[]> {
  await using w = await served({ facts: pool() });
  const headers = { authorization: `Bearer ${await w.token("read")}` };
  const bareServer = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    new Hono().get("/", (c) => c.json({ ok: true })).fetch,
  );
  const bare = await loaded(`http://127.0.0.1:${bareServer.addr.port}/`, {});
  const daemon = await loaded(`${w.url}/v1/daemon`, headers);
  const status = await loaded(`${w.url}/v1/status`, headers);
  await bareServer.shutdown();
  const alone = await decisions(w);
  const under = decisions(w, LOAD_MS);
  await loaded(`${w.url}/v1/status`, headers);
  const busy = await under;
  const fan = await fanOut(w, headers);
  const load = (name: string, { perSecond, p50Ms, p99Ms }: Load): Row => ({
    name,
    value: `${perSecond.toFixed(0)} /s`,
    note: `p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}, ${ratio(p50Ms, bare.p50Ms)} of bare`,
  });
  return [
    load("a bare Hono handler", bare),
    load("GET /v1/daemon, with a token", daemon),
    load(`GET /v1/status, ${SESSIONS} sessions`, status),
    {
      name: "a decision, alone",
      value: duration(alone.p50Ms),
      note: `p99 ${duration(alone.p99Ms)}`,
    },
    {
      name: "a decision, under that load",
      value: duration(busy.p50Ms),
      note:
        `p99 ${duration(busy.p99Ms)}, ${ratio(busy.p50Ms, alone.p50Ms)}; its turn comes after ` +
        `${duration(busy.lateP50Ms)} (p99 ${duration(busy.lateP99Ms)})`,
    },
    {
      name: `an event at ${STREAMS} streams`,
      value: duration(fan.p50Ms),
      note: `the last of them; p99 ${duration(fan.p99Ms)}, clients in the same process`,
    },
  ];
}

/** How long `decide` takes, and how late its turn of the event loop comes. */
async function decisions({ store }: Served, forMs = 500) {
  const took: number[] = [];
  const late: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end;) {
    const dueMs = performance.now() + 5;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const startMs = performance.now();
    decide(store.state, NOON);
    took.push(performance.now() - startMs);
    late.push(startMs - dueMs);
  }
  return {
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
    lateP50Ms: quantile(late, 0.5),
    lateP99Ms: quantile(late, 0.99),
  };
}

async function loaded(url: string, headers: Record<string, string>): Promise<Load> {
  try {
    return await byWrk(url, headers);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return await byFetch(url, headers);
  }
}

async function byWrk(url: string, headers: Record<string, string>): Promise<Load> {
  const given = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const seconds = `${LOAD_MS / 1_000}s`;
  const { stdout } = await new Deno.Command("wrk", {
    args: ["-t1", `-c${CONNECTIONS}`, `-d${seconds}`, "--latency", ...given, url],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (/Non-2xx/.test(text)) throw new Error(`Not all were answered: ${text}`);
  const ms = (percent: string) => {
    const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(text)!;
    return Number(value) * { us: 0.001, ms: 1, s: 1_000 }[unit as "us" | "ms" | "s"];
  };
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)![1]);
  return { perSecond, p50Ms: ms("50"), p99Ms: ms("99") };
}

/** In our own process, so slower than what it measures could be. */
async function byFetch(url: string, headers: Record<string, string>): Promise<Load> {
  const took: number[] = [];
  const endMs = performance.now() + LOAD_MS;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() < endMs) {
      const startMs = performance.now();
      await (await fetch(url, { headers })).arrayBuffer();
      took.push(performance.now() - startMs);
    }
  }));
  const perSecond = took.length / LOAD_MS * 1_000;
  return { perSecond, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

/** From the record of an event until the last of all streams has it. */
async function fanOut(w: Served, headers: Record<string, string>) {
  let opened = 0;
  let got = 0;
  const streams = Array.from({ length: STREAMS }, async () => {
    const response = await fetch(`${w.url}/v1/events/stream`, { headers });
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      if (part.startsWith(":")) opened++;
      got += part.match(/^id: /gm)?.length ?? 0;
    }
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  while (opened < STREAMS) await turn();
  const took: number[] = [];
  for (let i = 1; i <= EVENTS; i++) {
    const startMs = performance.now();
    w.control.record({ type: "turn.ended", session: "ccl-0", run: `gone-${i}` });
    while (got < i * STREAMS) await turn();
    took.push(performance.now() - startMs);
  }
  await w.closeServers(); // which ends the streams
  await Promise.all(streams);
  return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

function pool(): Fact[] {
  const names = Array.from({ length: SESSIONS }, (_, i) => `ccl-${i}`);
  const sessions = names.map((name) => session(name));
  return [started(), { type: "config.applied", config: config({ sessions }) }, ...running(names)];
}
