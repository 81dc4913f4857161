/**
 * What can go wrong between a channel and its service, and what comes of the message; and that no secret gets into a
 * reason, whatever the service says.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ChannelSpec } from "../../lib/model/notify_config.ts";
import type { Channel, Sent } from "../../lib/notify/channel.ts";
import { openChannel } from "../../lib/notify/channels/mod.ts";
import { channelWorld, message, receiver } from "./receiver.ts";

const CANARY = "canary-3f9a7c";
const TOKEN = "7012345678:AAF-canary-3f9a7c-canary-3f9a7c-can";
const SIGNING = `signing-${CANARY}`;

type World = Awaited<ReturnType<typeof channelWorld>>;

/** Each kind of channel that talks to a server, with a secret in each place that may hold one. */
const KINDS = ["telegram", "generic", "slack", "discord", "ntfy", "custom", "loki"] as const;
type Kind = (typeof KINDS)[number];

async function open(w: World, kind: Kind, url: string): Promise<Channel> {
  const place = async (name: string, value: string) => {
    const path = `${w.dir}/${name}`;
    await Deno.writeTextFile(path, value, { mode: 0o600 });
    return { file: path };
  };
  const address = await place("address", `${url}/services/${CANARY}?key=${CANARY}-query`);
  const secretHeaders = { authorization: await place("header", `Bearer ${CANARY}-header`) };
  const http = { name: kind, address, headers: {}, secretHeaders };
  const spec: ChannelSpec = kind === "telegram"
    ? {
      type: kind,
      name: kind,
      token: await place("token", TOKEN),
      chats: [{ chat: "7", topic: null }],
      api: url,
    }
    : kind === "loki"
    ? { type: kind, labels: {}, ...http }
    : {
      type: "webhook",
      format: kind,
      body: { text: "{title}" },
      secret: await place("signing", SIGNING),
      ...http,
    };
  return openChannel(spec, w.deps);
}

function assertNoSecret(sent: unknown) {
  const text = JSON.stringify(sent);
  assert.ok(!text.includes("canary") && !text.includes("7012345678"), text);
}

interface Want {
  readonly is: "retry" | "rejected";
  readonly why: RegExp;
  readonly unsure?: boolean;
}

function assertSent(sent: Sent, { is, why, unsure = false }: Want) {
  assertNoSecret(sent);
  assert.ok(sent.is !== "sent" && sent.is === is, JSON.stringify(sent));
  assert.match(sent.why, why);
  if (sent.is === "retry") assert.equal(sent.unsure, unsure, sent.why);
}

/** A TCP server that answers each connection in its own way. */
function rawServer(serve: (connection: Deno.Conn) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await serve(connection).catch(() => {});
      try {
        connection.close();
      } catch {
        // It is closed already.
      }
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function answering(connection: Deno.Conn, answer: string): Promise<void> {
  await connection.read(new Uint8Array(65_536));
  await connection.write(new TextEncoder().encode(answer));
}

async function certificate(dir: string): Promise<{ cert: string; key: string }> {
  const { success, stderr } = await new Deno.Command("openssl", {
    // deno-fmt-ignore
    args: ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout", `${dir}/key.pem`, "-out", `${dir}/cert.pem`],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const [cert, key] = await Promise.all(
    ["cert", "key"].map((name) => Deno.readTextFile(`${dir}/${name}.pem`)),
  );
  return { cert: cert!, key: key! };
}

for (const kind of KINDS) {
  Deno.test(`${kind}: nobody listens`, async () => {
    await using w = await channelWorld();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${listener.addr.port}`;
    listener.close();
    const channel = await open(w, kind, url);
    const why = /^nobody listens at 127\.0\.0\.1:\d+$/;
    assertSent(await channel.send(message(), w.signal), { is: "retry", why });
  });

  Deno.test(`${kind}: no address for its name`, async () => {
    await using w = await channelWorld();
    const channel = await open(w, kind, "https://no-such-host.invalid");
    const why = /^there is no address for no-such-host\.invalid \(DNS\)$/;
    assertSent(await channel.send(message(), w.signal), { is: "retry", why });
  });

  Deno.test(`${kind}: a certificate that nobody has vouched for, and no TLS at all`, async () => {
    await using w = await channelWorld();
    const pem = await certificate(w.dir);
    let requests = 0;
    const options = {
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
      onError: () => new Response(),
    };
    await using server = Deno.serve({ ...options, ...pem }, () => {
      requests++;
      return new Response();
    });
    const sealed = await open(w, kind, `https://localhost:${server.addr.port}`);
    const why = /^localhost:\d+ cannot prove who it is \(TLS\)$/;
    assertSent(await sealed.send(message(), w.signal), { is: "retry", why });
    assert.equal(requests, 0);

    await using plain = rawServer((connection) =>
      answering(connection, "HTTP/1.1 400 Bad\r\n\r\n")
    );
    const open2 = await open(w, kind, `https://127.0.0.1:${plain.port}`);
    assertSent(await open2.send(message(), w.signal), {
      is: "retry",
      why: /\(TLS\)|^cannot reach/,
    });
  });

  Deno.test(`${kind}: it takes the message and never answers`, async () => {
    await using w = await channelWorld();
    const asked = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    await using server = rawServer(async (connection) => {
      await connection.read(new Uint8Array(65_536));
      asked.resolve();
      await over.promise;
    });
    const channel = await open(w, kind, `http://127.0.0.1:${server.port}`);
    const sending = channel.send(message(), w.signal);
    await asked.promise;
    await w.clock.advance(20_000);
    const why = /^127\.0\.0\.1:\d+ has not answered within 20 s$/;
    assertSent(await sending, { is: "retry", why, unsure: true });
    over.resolve();
  });

  for (
    const [name, answer] of [
      ["before an answer", ""],
      ["in the middle of its head", "HTTP/1.1 200 OK\r\ncontent-le"],
      ["in the middle of its body", 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"ok":tr'],
      ["after something that is no HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
    ] as const
  ) {
    Deno.test(`${kind}: the connection ends ${name}`, async () => {
      await using w = await channelWorld();
      await using server = rawServer((connection) => answering(connection, answer));
      const channel = await open(w, kind, `http://127.0.0.1:${server.port}`);
      const why =
        /^(the connection to )?127\.0\.0\.1:\d+ (ended without an answer|answers with .*)$/;
      assertSent(await channel.send(message(), w.signal), { is: "retry", why, unsure: true });
    });
  }

  Deno.test(`${kind}: a service that says all of the request again tells no secret`, async () => {
    await using w = await channelWorld();
    await using server = receiver(({ path, headers, body }) => {
      const description = [path, ...[...headers].flat(), body].join(" ").slice(0, 190);
      const all = { ok: false, error_code: 400, description, path, headers: [...headers] };
      return new Response(kind === "telegram" ? JSON.stringify(all) : description, { status: 400 });
    });
    const channel = await open(w, kind, server.url);
    assertSent(await channel.send(message(), w.signal), { is: "rejected", why: /\[secret\]/ });
    const { path, headers } = server.received[0]!;
    assert.ok(`${path} ${[...headers]}`.includes("canary"), "it was sent with the secrets");
  });

  Deno.test(`${kind}: busy, broken and back again`, async () => {
    await using w = await channelWorld();
    let status = 429;
    await using server = receiver(() => {
      const headers = { "retry-after": "9" };
      const parameters = { retry_after: 9 };
      const body = status === 200
        ? { ok: true, result: { message_id: 1 } }
        : { ok: false, error_code: status, description: "busy", parameters, retry_after: 9 };
      return Response.json(body, { status, headers });
    });
    const channel = await open(w, kind, server.url);
    const busy = await channel.send(message(), w.signal);
    assert.ok(busy.is === "retry" && busy.afterMs === 9_000 && !busy.unsure, JSON.stringify(busy));
    assert.ok(!busy.refused);
    // Of a gateway nobody can say whether the service behind it has anything against the message.
    for (
      const [code, isRefused] of [[500, true], [501, true], [502, false], [504, false]] as const
    ) {
      status = code;
      const broken = await channel.send(message(), w.signal);
      assert.ok(broken.is === "retry" && broken.unsure, JSON.stringify(broken));
      assert.equal(broken.refused ?? false, isRefused, `${code}`);
    }
    status = 200;
    assert.equal((await channel.send(message(), w.signal)).is, "sent");
    assert.equal(server.received.length, 6);
  });
}

Deno.test("a signing secret that is no base64, and a header of two lines, keep the message and are not told", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  const channel = await open(w, "generic", server.url);
  await Deno.writeTextFile(`${w.dir}/signing`, `whsec_!${CANARY}`);
  const why = /^its signing secret is no base64 after whsec_$/;
  assertSent(await channel.send(message(), w.signal), { is: "retry", why });
  await Deno.writeTextFile(`${w.dir}/signing`, SIGNING);
  await Deno.writeTextFile(`${w.dir}/header`, `Bearer ${CANARY}\nx-evil: 1`);
  const lines = /\/header holds more than one line, or other characters than plain ASCII$/;
  assertSent(await channel.send(message(), w.signal), { is: "retry", why: lines });
  assert.equal(server.received.length, 0);
});

Deno.test("an address in a file is held to the same rules as one in the config", async () => {
  await using w = await channelWorld();
  for (
    const [url, why] of [
      ["http://example.org", /^the address in .*\/address must be https: anybody on the way can/],
      ["ftp://example.org", /must be an http or https address$/],
      [`https://ada:${CANARY}@example.org`, /must not hold a name or password$/],
    ] as const
  ) {
    const channel = await open(w, "generic", url);
    assertSent(await channel.send(message(), w.signal), { is: "retry", why });
  }
});

Deno.test("a secret that belongs to another user is not read", async () => {
  await using w = await channelWorld();
  const channel = openChannel(
    {
      type: "telegram",
      name: "phone",
      token: { file: await w.secret(TOKEN) },
      chats: [{ chat: "7", topic: null }],
      api: "https://no-such-host.invalid",
    },
    { ...w.deps, processes: { ...w.deps.processes, uid: () => w.deps.processes.uid()! + 1 } },
  );
  const why = /secret belongs to another user \(uid \d+\)$/;
  assertSent(await channel.send(message(), w.signal), { is: "retry", why });
});
