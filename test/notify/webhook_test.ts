import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import type { WebhookSpec } from "../../lib/model/notify_config.ts";
import { openChannel } from "../../lib/notify/channels/mod.ts";
import { until } from "../support/mod.ts";
import { channelWorld, message, PLANTED, receiver } from "./receiver.ts";

function spec(url: string, more: Partial<WebhookSpec> = {}): WebhookSpec {
  return {
    type: "webhook",
    name: "team",
    address: { url },
    format: "generic",
    body: null,
    secret: null,
    headers: {},
    secretHeaders: {},
    ...more,
  };
}

Deno.test("a generic webhook gets the whole notice as JSON, with the headers of the config", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const file = await w.secret(`Bearer ${PLANTED}`);
  const channel = openChannel(
    spec(`${server.url}/hook?a=1`, {
      headers: { "x-team": "blue" },
      secretHeaders: { authorization: { file } },
    }),
    w.deps,
  );
  assert.deepEqual(await channel.send(message({ count: 3 }, { maybeRepeated: true }), w.signal), {
    is: "sent",
    ref: null,
  });
  const [one] = server.received;
  assert.equal(one!.path, "/hook?a=1");
  assert.equal(one!.headers.get("x-team"), "blue");
  assert.equal(one!.headers.get("authorization"), `Bearer ${PLANTED}`);
  const { key, title, count, maybe_repeated, subject, at } = JSON.parse(one!.body);
  assert.deepEqual([key, title, count, maybe_repeated, subject.session, at], [
    "41:team",
    "ccl-3 is quarantined",
    3,
    true,
    "ccl-3",
    "2026-11-28T14:02:00.000Z",
  ]);
});

for (const kind of ["raw", "whsec_"] as const) {
  Deno.test(`a signed webhook passes the verifier of Standard Webhooks (${kind} secret)`, async () => {
    await using w = await channelWorld();
    await using server = receiver();
    const bytes = new TextEncoder().encode("a secret of twenty-four+");
    const text = kind === "raw" ? new TextDecoder().decode(bytes) : `whsec_${bytes.toBase64()}`;
    const verifier = new Webhook(bytes, { format: "raw" } as never);
    // The verifier looks at the clock of the machine.
    const { monotonic } = w.clock;
    const sleep = (ms: number, signal?: AbortSignal) => w.clock.sleep(ms, signal);
    const deps = { ...w.deps, clock: { monotonic, sleep, now: () => Date.now() } };
    const file = await w.secret(text);
    await openChannel(spec(server.url, { secret: { file } }), deps).send(message(), w.signal);
    const { headers, body } = server.received[0]!;
    const verified = verifier.verify(body, Object.fromEntries(headers)) as { key: string };
    assert.equal(verified.key, "41:team");
    assert.equal(headers.get("webhook-id"), "41:team");
    assert.throws(() => verifier.verify(`${body} `, Object.fromEntries(headers)));
  });
}

const hostile = { title: 'a <b> & "c"', lines: ["@everyone {title} \n x"], todo: null };

Deno.test("Slack gets a text whose own signs are escaped", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const file = await w.secret(`${server.url}/services/${PLANTED}`);
  const channel = openChannel(spec("", { format: "slack", address: { file } }), w.deps);
  await channel.send(message(hostile), w.signal);
  assert.equal(server.received[0]!.path, `/services/${PLANTED}`);
  assert.equal(
    JSON.parse(server.received[0]!.body).text,
    'Critical: a &lt;b&gt; &amp; "c"\n@everyone {title} \n x',
  );
});

Deno.test("Discord pings nobody, and gets no more than it takes", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const channel = openChannel(spec(server.url, { format: "discord" }), w.deps);
  await channel.send(message({ ...hostile, lines: ["😀".repeat(2_000)] }), w.signal);
  const { content, allowed_mentions } = JSON.parse(server.received[0]!.body);
  assert.deepEqual(allowed_mentions, { parse: [] });
  assert.ok(content.length <= 2_000 && content.endsWith("\n…"), String(content.length));
  assert.ok(content.isWellFormed());
});

Deno.test("ntfy is published to as JSON, at the root of its server", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const channel = openChannel(spec(`${server.url}/sub/alerts`, { format: "ntfy" }), w.deps);
  await channel.send(message(), w.signal);
  const { path, body } = server.received[0]!;
  assert.equal(path, "/sub");
  const { topic, title, priority, tags, message: text } = JSON.parse(body);
  assert.deepEqual([topic, title, priority, tags], [
    "alerts",
    "Critical: ccl-3 is quarantined",
    5,
    ["critical"],
  ]);
  assert.match(text, /^Its process ended .*\nTo do: claude-failover session start ccl-3$/);
});

Deno.test("a template of one's own is filled text by text, and nothing in a notice breaks its JSON", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const body = {
    msg: { text: "{severity}: {title}", n: 3 },
    list: ["{session}", "{ x }"],
    z: null,
  };
  const channel = openChannel(spec(server.url, { format: "custom", body }), w.deps);
  await channel.send(message({ title: '"}], {session} \\' }), w.signal);
  assert.deepEqual(JSON.parse(server.received[0]!.body), {
    msg: { text: 'critical: Critical: "}], {session} \\', n: 3 },
    list: ["ccl-3", "{ x }"],
    z: null,
  });
});

Deno.test("a template may hold the secret, which signs nothing then and is in no reason", async () => {
  await using w = await channelWorld();
  await using server = receiver(({ body }) => new Response(`bad: ${body}`, { status: 400 }));
  const body = { routing_key: "{secret}", payload: { summary: "{title}" } };
  const secret = { file: await w.secret(PLANTED) };
  const channel = openChannel(spec(server.url, { format: "custom", body, secret }), w.deps);
  const sent = await channel.send(message({ title: "{secret}" }), w.signal);
  const { headers, body: got } = server.received[0]!;
  assert.deepEqual(JSON.parse(got), {
    routing_key: PLANTED,
    payload: { summary: "Critical: {secret}" },
  });
  assert.equal(headers.get("webhook-signature"), null);
  assert.ok(sent.is === "rejected" && sent.why.includes("[secret]"), JSON.stringify(sent));
  assert.ok(!sent.why.includes(PLANTED));
});

const respond = (status: number, headers: Record<string, string> = {}, body = "") => () =>
  new Response(body === "" && status === 204 ? null : body, { status, headers });

const ANSWERS: [string, () => Response, Record<string, unknown>][] = [
  ["200", respond(200), { is: "sent" }],
  ["204", respond(204), { is: "sent" }],
  ["429 without a time", respond(429), { is: "retry", afterMs: null, unsure: false }],
  ["429 in seconds", respond(429, { "retry-after": "7" }), { is: "retry", afterMs: 7_000 }],
  [
    "503 with a date",
    respond(503, { "retry-after": "Sat, 28 Nov 2026 14:03:00 GMT" }),
    { is: "retry", afterMs: 60_000 },
  ],
  [
    "429 for ever",
    respond(429, { "retry-after": "9".repeat(400) }),
    { is: "retry", afterMs: 86_400_000 },
  ],
  [
    "429 until the past",
    respond(429, { "retry-after": "Sat, 28 Nov 2020 14:03:00 GMT" }),
    { is: "retry", afterMs: 0 },
  ],
  ["429 with nonsense", respond(429, { "retry-after": "soon" }), { is: "retry", afterMs: null }],
  ["500", respond(500), { is: "retry", unsure: true }],
  ["401", respond(401), { is: "retry", unsure: false }],
  ["404", respond(404), { is: "retry", unsure: false }],
  ["400", respond(400), { is: "rejected" }],
  ["413", respond(413), { is: "rejected" }],
  ["a redirect", respond(302, { location: "https://example.org/" }), { is: "retry" }],
  ["an endless answer", () => new Response(endless()), { is: "sent" }],
];
for (const [name, answer, want] of ANSWERS) {
  Deno.test(`a webhook is answered with ${name}`, async () => {
    await using w = await channelWorld();
    await using server = receiver(answer);
    const sent = await openChannel(spec(server.url), w.deps).send(message(), w.signal);
    assert.deepEqual({ ...sent, ...want }, sent);
    assert.equal(server.received.length, 1);
  });
}

Deno.test("Discord says in its answer how long to wait", async () => {
  await using w = await channelWorld();
  await using server = receiver(respond(429, {}, '{"message":"...","retry_after":0.35}'));
  const channel = openChannel(spec(server.url, { format: "discord" }), w.deps);
  const sent = await channel.send(message(), w.signal);
  assert.ok(sent.is === "retry" && sent.afterMs === 350, JSON.stringify(sent));
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(4_096)) });
}

Deno.test("a service that hangs is left after 20 s, and the message may have arrived", async () => {
  await using w = await channelWorld();
  const hang = Promise.withResolvers<Response>();
  await using server = receiver(() => hang.promise);
  const sending = openChannel(spec(server.url), w.deps).send(message(), w.signal);
  await until(() => server.received.length > 0);
  await w.clock.advance(20_000);
  const sent = await sending;
  assert.ok(sent.is === "retry" && sent.unsure, JSON.stringify(sent));
  assert.match(sent.why, /has not answered within 20 s$/);
  hang.resolve(new Response());
});

Deno.test("an abort ends a sending at once", async () => {
  await using w = await channelWorld();
  const hang = Promise.withResolvers<Response>();
  await using server = receiver(() => hang.promise);
  const stop = new AbortController();
  const sending = openChannel(spec(server.url), w.deps).send(message(), stop.signal);
  await until(() => server.received.length > 0);
  stop.abort(new Error("stopping"));
  await assert.rejects(sending, /stopping/);
  hang.resolve(new Response());
});

const UNREACHABLE: [string, string, RegExp, boolean][] = [
  ["nobody listens", "http://127.0.0.1:47123/", /^nobody listens at 127\.0\.0\.1:47123$/, false],
  ["no such name", "https://no-such-host.invalid/", /^there is no address for .* \(DNS\)$/, false],
];
for (const [name, url, why, unsure] of UNREACHABLE) {
  Deno.test(`a webhook cannot be reached: ${name}`, async () => {
    await using w = await channelWorld();
    const file = await w.secret(`${url}${PLANTED}`);
    const channel = openChannel(spec("", { address: { file } }), w.deps);
    const sent = await channel.send(message(), w.signal);
    assert.ok(sent.is === "retry" && sent.unsure === unsure, JSON.stringify(sent));
    assert.match(sent.why, why);
    assert.ok(!JSON.stringify(sent).includes(PLANTED));
  });
}

Deno.test("a connection that is cut in the middle of the answer may have taken the message", async () => {
  await using w = await channelWorld();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cutting = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(4_096));
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-le"));
    connection.close();
  })();
  const channel = openChannel(spec(`http://127.0.0.1:${listener.addr.port}/`), w.deps);
  const sent = await channel.send(message(), w.signal);
  assert.ok(sent.is === "retry" && sent.unsure, JSON.stringify(sent));
  await cutting;
  listener.close();
});

Deno.test("a receiver that speaks no TLS, or cannot prove who it is, gets nothing", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const url = server.url.replace("http:", "https:");
  const sent = await openChannel(spec(url), w.deps).send(message(), w.signal);
  assert.ok(sent.is === "retry" && !sent.unsure, JSON.stringify(sent));
  assert.match(sent.why, /TLS|cannot reach/);
});

Deno.test("a reason holds no value of a secret address's query, which an answer repeats alone", async () => {
  await using w = await channelWorld();
  await using server = receiver(() => new Response(`no such tk: ${PLANTED}/x`, { status: 403 }));
  const file = await w.secret(`${server.url}/push?u=1&tk=${PLANTED}%2Fx`);
  const sent = await openChannel(spec("", { address: { file } }), w.deps).send(message(), w.signal);
  assert.ok(sent.is === "retry" && sent.why.endsWith("[secret]"), JSON.stringify(sent));
});

Deno.test("a secret that cannot be had keeps the message, and says why without the secret", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const open = await w.secret(PLANTED, 0o644);
  for (
    const [secret, why] of [
      [{ file: open }, /open to other users \(mode 0644\)/],
      [{ file: `${w.dir}/none` }, /there is no file/],
      [{ file: w.dir }, /is no file/],
      [{ env: "CF_NONE" }, /\$CF_NONE is not set/],
    ] as const
  ) {
    const sent = await openChannel(spec(server.url, { secret }), w.deps).send(message(), w.signal);
    assert.ok(sent.is === "retry", JSON.stringify(sent));
    assert.match(sent.why, why);
    assert.ok(!sent.why.includes(PLANTED));
  }
  assert.equal(server.received.length, 0);
});
