/** What comes of everything that somebody may try at the TCP port, against the real listener. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { until } from "../support/mod.ts";
import { ATTACKS, statusLine, talk } from "./attacks.ts";
import { type Served, served } from "./served.ts";

Deno.test("each attack gets its answer, changes nothing and breaks nothing", async (t) => {
  await using w = await served();
  const before = w.store.state.seq;
  for (const { name, status, try: attempt } of ATTACKS) {
    await t.step(name, async () => equal(await attempt(w), status));
  }
  const written = w.store.events({ after: before }).map(({ type }) => type);
  equal(written.filter((type) => type !== "request.refused"), []);
  equal((await status(w)).status, 200);
});

Deno.test("no answer to another site can be read by it, or be framed or kept", async () => {
  await using w = await served();
  const { headers } = await status(w);
  equal(headers.get("access-control-allow-origin"), null);
  equal(headers.get("cache-control"), "no-store");
  equal(headers.get("x-content-type-options"), "nosniff");
  match(headers.get("content-security-policy")!, /frame-ancestors 'none'/);
});

Deno.test("what comes in a path does not come out as a header", async () => {
  await using w = await served();
  const token = await w.token("read");
  const head = `Host: 127.0.0.1:${w.port}\r\nAuthorization: Bearer ${token}\r\n`;
  const answer = await talk(w.port, `GET /v1/x%0d%0aX-Evil:1 HTTP/1.1\r\n${head}\r\n`);
  ok(!/^x-evil/im.test(answer.split("\r\n\r\n")[0]!), answer);
});

Deno.test("a revoked token ends the stream that was opened with it", async () => {
  await using w = await served();
  const token = await w.token("read");
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${w.url}/v1/events/stream`, { headers });
  const text = response.text();
  await w.revoke(token);
  w.control.record({ type: "freeze.requested", by: "person", reason: "x" });
  match(await text, /^: claude-failover\n\n/);
});

Deno.test("too many requests of one token are told when to come again, and others are served", async () => {
  await using w = await served({ rate: { perSecond: 0.5, burst: 3 } });
  const authorization = `Bearer ${await w.token("read")}`;
  const ask = () => fetch(`${w.url}/v1/daemon`, { headers: { authorization } });
  const answers = [await ask(), await ask(), await ask(), await ask()];
  equal(answers.map((a) => a.status), [200, 200, 200, 429]);
  equal(answers[3]!.headers.get("retry-after"), "2");
  for (const { body } of answers) await body?.cancel();
  equal((await status(w)).status, 200);
});

Deno.test("who guesses tokens is slowed down, and who has one is not", async () => {
  await using w = await served({ guesses: { perSecond: 0.1, burst: 5 } });
  const codes: number[] = [];
  for (let i = 0; i < 7; i++) {
    const headers = { authorization: `Bearer cf_0000000${i}_x` };
    const { status, body } = await fetch(`${w.url}/v1/status`, { headers });
    codes.push(status);
    await body?.cancel();
  }
  equal(codes, [401, 401, 401, 401, 401, 429, 429]);
  equal((await status(w)).status, 200);
});

Deno.test("who asks for /healthz too often is slowed down", async () => {
  await using w = await served({ rate: { perSecond: 0.5, burst: 3 } });
  const codes: number[] = [];
  for (let i = 0; i < 4; i++) {
    const { status, body } = await fetch(`${w.url}/healthz`);
    codes.push(status);
    await body?.cancel();
  }
  equal(codes, [200, 200, 200, 429]);
  equal((await status(w)).status, 200);
});

Deno.test("a body that does not come is given up, and one that breaks off too", async () => {
  await using w = await served({ hurry: 100 });
  const token = await w.token("operate");
  const head = `POST /v1/freeze HTTP/1.1\r\nHost: 127.0.0.1:${w.port}\r\n` +
    `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
  equal(statusLine(await talk(w.port, `${head}{"reason`)), 408);
  const broken = await Deno.connect({ hostname: "127.0.0.1", port: w.port });
  await broken.write(new TextEncoder().encode(`${head}{"rea`));
  broken.close();
  equal((await status(w)).status, 200);
  equal(w.store.state.frozen, null);
});

Deno.test("500 connections that never finish their headers keep nobody out", async () => {
  await using w = await served();
  const half = new TextEncoder().encode("GET /v1/status HTTP/1.1\r\nHost: 127");
  const slow = await Promise.all(Array.from({ length: 500 }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: w.port });
    await connection.write(half);
    return connection;
  }));
  equal((await status(w)).status, 200);
  for (const connection of slow) connection.close();
});

Deno.test("1,000 streams get each event, leave the daemon its breath, and all end when it stops", async () => {
  await using w = await served();
  const authorization = `Bearer ${await w.token("read")}`;
  const rssBefore = Deno.memoryUsage().rss;
  const seen: number[] = [];
  const streams = Array.from({ length: 1_000 }, async (_, i) => {
    const response = await fetch(`${w.url}/v1/events/stream`, { headers: { authorization } });
    equal(response.status, 200);
    let text = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      seen[i] = text.match(/^id: /gm)?.length ?? 0;
    }
  });
  // Were one to break off, the test would say what it waited for, not that nobody caught it.
  const ended = Promise.allSettled(streams);
  const patient = { timeoutMs: 60_000 };
  await until(() => w.waiting.size === 1 && Object.keys(seen).length === 1_000, patient);
  for (let i = 0; i < 10; i++) {
    w.control.record({ type: "turn.ended", session: "ccl-0", run: `gone-${i}` });
  }
  equal((await status(w)).status, 200);
  await until(() => seen.length === 1_000 && seen.every((count) => count === 10), patient);
  const grownMb = (Deno.memoryUsage().rss - rssBefore) / 2 ** 20;
  ok(grownMb < 600, `${grownMb} MB, clients included`);
  await w.closeServers();
  equal((await ended).filter(({ status }) => status === "rejected"), []);
});

async function status(w: Served): Promise<Response> {
  const headers = { authorization: `Bearer ${await w.token("read")}` };
  const response = await fetch(`${w.url}/v1/status`, { headers });
  await response.arrayBuffer();
  return response;
}
