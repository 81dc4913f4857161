/** What every `Net` must do; below it, what only a real socket can show. */
import assert from "node:assert/strict";
import { AddressInUseError, type Net, NotListeningError } from "../../lib/ports/net.ts";
import { systemNet } from "../../lib/ports/real.ts";
import { FakeNet } from "../fakes/net.ts";
import { testHome, until } from "../support/mod.ts";

async function netContract(t: Deno.TestContext, net: Net, path: string) {
  const client = net.client(path);
  const url = "http://claude-failover/v1/x?y=1";

  await t.step("fetch() throws NotListeningError when nobody listens", async () => {
    await assert.rejects(client.fetch(url), NotListeningError);
  });

  await t.step("serve() answers requests, and refuses a second server", async () => {
    const server = await net.serve(path, async (request) => {
      const { pathname, search } = new URL(request.url);
      const text = `${request.method} ${pathname}${search} ${await request.text()}`;
      return new Response(text, { status: 201, headers: { "x-one": "1" } });
    });
    const response = await client.fetch(url, { method: "POST", body: "body" });
    assert.deepEqual([response.status, response.headers.get("x-one")], [201, "1"]);
    assert.equal(await response.text(), "POST /v1/x?y=1 body");
    await assert.rejects(net.serve(path, () => new Response()), AddressInUseError);
    assert.equal(await (await client.fetch(new URL(url))).text(), "GET /v1/x?y=1 ");
    await server.close();
    await assert.rejects(client.fetch(url), NotListeningError);
  });

  await t.step("a client goes on with the next server", async () => {
    const server = await net.serve(path, () => new Response("next"));
    assert.equal(await (await client.fetch(url)).text(), "next");
    await server.close();
  });

  await t.step("close() ends an open event stream", async () => {
    let cancelled = false;
    const server = await net.serve(path, () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
        cancel: () => {
          cancelled = true;
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const response = await client.fetch(url);
    const reader = response.body!.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "data: 1\n\n");
    await server.close();
    assert.equal((await reader.read()).done, true);
    assert.equal(cancelled, true);
  });

  await t.step("a client that aborts its request breaks the body and ends its source", async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    const server = await net.serve(path, () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
        cancel: () => resolve(),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const gone = new AbortController();
    const reader = (await client.fetch(url, { signal: gone.signal })).body!.getReader();
    await reader.read();
    gone.abort();
    await assert.rejects(reader.read(), { name: "AbortError" });
    await cancelled;
    await server.close();
  });

  await t.step("close() lets an answer out that is on its way", async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const server = await net.serve(path, async () => {
      begun.resolve();
      await finish.promise;
      return new Response("x".repeat(1 << 20));
    });
    const text = client.fetch(url).then((response) => response.text());
    await begun.promise;
    const closed = server.close();
    finish.resolve();
    assert.equal((await text).length, 1 << 20);
    await closed;
  });

  client.close();
}

Deno.test("FakeNet keeps the net contract", (t) => netContract(t, new FakeNet(), "/run/control"));

Deno.test("systemNet keeps the net contract", async (t) => {
  await using home = await testHome();
  await netContract(t, systemNet, home.path("control"));
});

/** Both sides of TCP; the real one through `fetch`. */
async function tcpContract(net: Net) {
  const server = await net.serveTcp({ hostname: "127.0.0.1", port: 0 }, () => new Response());
  const taken = { hostname: "127.0.0.1", port: server.port };
  await assert.rejects(net.serveTcp(taken, () => new Response()), AddressInUseError);
  await server.close();
  await (await net.serveTcp(taken, () => new Response())).close();
}

/** The kernel may have given the port to another test meanwhile: then with another one. */
async function tcpContractSomewhere(net: Net, tries = 5): Promise<void> {
  try {
    await tcpContract(net);
  } catch (error) {
    if (!(error instanceof AddressInUseError) || tries === 1) throw error;
    await tcpContractSomewhere(net, tries - 1);
  }
}

Deno.test("FakeNet and systemNet keep the contract of TCP", async () => {
  await tcpContract(new FakeNet());
  await tcpContractSomewhere(systemNet);
});

// -- What only the real one can show --

Deno.test("serveTcp() says who asks, and ends an open event stream when it closes", async () => {
  const server = await systemNet.serveTcp({ hostname: "127.0.0.1", port: 0 }, (_request, peer) => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${peer}\n\n`)),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  const text = response.text();
  await server.close();
  assert.equal(await text, "data: 127.0.0.1\n\n");
});

Deno.test("close() does not wait for a client that was answered before it sent all of its body", async () => {
  const server = await systemNet.serveTcp({ hostname: "127.0.0.1", port: 0 }, () => new Response());
  using client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab";
  await client.write(new TextEncoder().encode(head));
  assert.ok(await client.read(new Uint8Array(512)));
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("late"), 5_000);
  assert.equal(await Promise.race([server.close(), late]), undefined);
  clearTimeout(timer);
});

Deno.test("serve() makes a socket for its owner alone, and takes it away", async () => {
  await using home = await testHome();
  const path = home.path("control");
  const server = await systemNet.serve(path, () => new Response());
  const { isSocket, mode } = await Deno.lstat(path);
  assert.deepEqual([isSocket, mode! & 0o777], [true, 0o600]);
  await server.close();
  await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test("serve() replaces a socket whose server died, and no other file", async () => {
  await using home = await testHome();
  const path = home.path("control");
  const script =
    `Deno.serve({ path: Deno.args[0], onListen() { Deno.kill(Deno.pid, "SIGKILL") } }, () => {})`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", script, path], stderr: "null" })
    .output();
  assert.ok((await Deno.lstat(path)).isSocket);
  const server = await systemNet.serve(path, () => new Response("new"));
  const client = systemNet.client(path);
  assert.equal(await (await client.fetch("http://x/")).text(), "new");
  client.close();
  await server.close();

  await Deno.writeTextFile(path, "precious");
  await assert.rejects(systemNet.serve(path, () => new Response()), /a file that is no socket/);
  assert.equal(await Deno.readTextFile(path), "precious");
});

Deno.test("close() does not wait for a handler that never answers", async () => {
  await using home = await testHome();
  const path = home.path("control");
  const begun = Promise.withResolvers<void>();
  const server = await systemNet.serve(path, () => {
    begun.resolve();
    return new Promise(() => {});
  });
  const client = systemNet.client(path);
  const answer = client.fetch("http://x/").catch((error) => error);
  await begun.promise;
  const start = performance.now();
  await server.close();
  assert.ok(performance.now() - start < 3_000);
  assert.ok(await answer instanceof NotListeningError);
  client.close();
});

Deno.test("fetch() takes a server that goes away before it answers for none", async () => {
  await using home = await testHome();
  for (const takes of [false, true]) {
    const path = home.path(`control-${takes}`);
    const listener = Deno.listen({ transport: "unix", path });
    const client = systemNet.client(path);
    const answer = client.fetch("http://x/").catch((error) => error);
    if (takes) (await listener.accept()).close();
    // One that is not taken waits in the kernel's queue as soon as the client has connected.
    else await until(async () => await isConnected(path) ? true : null);
    listener.close();
    assert.ok(await answer instanceof NotListeningError, `${takes}: ${await answer}`);
    client.close();
  }
});

/** Whether a client hangs on the socket, by the kernel's table. */
async function isConnected(path: string): Promise<boolean> {
  const rows = (await Deno.readTextFile("/proc/net/unix")).split("\n");
  return rows.filter((row) => row.endsWith(` ${path}`)).length > 1;
}

Deno.test("a path that is too long for a socket is refused in words", async () => {
  const path = `/${"x".repeat(200)}`;
  const words = /Cannot use the socket .*: its path has 201 bytes, the system takes 10[37]/;
  await assert.rejects(systemNet.serve(path, () => new Response()), words);
  assert.throws(() => systemNet.client(path), words);
});
