/** Where the control plane listens: the socket always, TCP as the config says, and nowhere when a part of it fails. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { listen } from "../../lib/http/listen.ts";
import { controlSocket } from "../../lib/http/socket.ts";
import { makeToken, tokensPath, writeTokens } from "../../lib/http/tokens.ts";
import { mcpMount } from "../../lib/mcp/mount.ts";
import type { HttpSpec } from "../../lib/model/config.ts";
import { NotListeningError } from "../../lib/ports/net.ts";
import { systemClock } from "../../lib/ports/clock.ts";
import { systemFiles, systemNet } from "../../lib/ports/real.ts";
import { testHome } from "../support/mod.ts";
import { config } from "./fixture.ts";
import { setup } from "./setup.ts";

/** A port that was free just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function place(http: (path: (name: string) => string) => Partial<HttpSpec>) {
  const home = await testHome();
  const world = setup();
  const spec = { tls: null, hosts: [], requestsPerSecond: 50, listen: null };
  const paths = { stateDir: home.path("state"), runtimeDir: home.path("run") };
  const made = config({ paths, http: { ...spec, ...http(home.path) } });
  await Deno.mkdir(paths.runtimeDir, { mode: 0o700 });
  const deps = {
    config: made,
    clock: systemClock,
    files: systemFiles,
    net: systemNet,
    mcp: mcpMount("test"),
  };
  return {
    home,
    config: made,
    listen: () => listen(world.control, deps),
    async [Symbol.asyncDispose]() {
      world[Symbol.dispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

Deno.test("listen() serves TLS with the files of the config, and refuses a key that others may read", async () => {
  const port = freePort();
  await using w = await place((path) => ({
    listen: { hostname: "127.0.0.1", port },
    tls: { cert: path("cert.pem"), key: path("key.pem") },
  }));
  const { cert, key } = w.config.http!.tls!;
  const made = await new Deno.Command("openssl", {
    args: ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
      .concat(["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"])
      .concat(["-addext", "basicConstraints=critical,CA:FALSE"])
      .concat(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]),
    stderr: "null",
  }).output();
  ok(made.success);
  await Deno.chmod(key, 0o644);
  await rejects(w.listen(), /others may read the key/);
  const wire = systemNet.client(controlSocket(w.config));
  await rejects(wire.fetch("http://x/v1/status"), NotListeningError);
  wire.close();

  await Deno.chmod(key, 0o600);
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const wish = { name: "t", scope: "read" as const, expiresAt: null, now: Date.now(), random };
  const { token, text } = makeToken(wish);
  await writeTokens(systemFiles, tokensPath(w.config), [token]);
  const server = await w.listen();
  const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(cert)] });
  try {
    for (const host of ["127.0.0.1", "localhost"]) {
      const response = await fetch(`https://${host}:${port}/v1/daemon`, {
        client,
        headers: { authorization: `Bearer ${text}` },
      });
      equal(response.status, 200, host);
      match(await response.text(), /"phase":"up"/);
    }
  } finally {
    client.close();
    await server.close();
  }
});

Deno.test("listen() leaves the socket free again when the port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using w = await place(() => ({
    listen: { hostname: "127.0.0.1", port: taken.addr.port },
  }));
  await rejects(w.listen(), /somebody listens there already/);
  await rejects(Deno.lstat(controlSocket(w.config)), Deno.errors.NotFound);
});
