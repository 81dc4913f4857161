/**
 * One port that is a plain HTTP server, an HTTP proxy and all the hosts behind it: `CONNECT host:443` is answered here and then
 * handed, as raw bytes, to our own TLS listener. So nothing that goes through it leaves the machine.
 *
 * Two inner `Deno.serve` listeners do the HTTP; this file only reads the first lines of a connection and pipes. (Deno's
 * node:http has no `connect` upgrade that could feed a TLS server, as of 2.9.)
 *
 * @module
 */
import type { Certificates } from "./certificates.ts";

type Handler = (request: Request) => Response | Promise<Response>;

export interface FrontDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** More than any client sends before its first empty line. */
const MAX_HEAD_BYTES = 64 * 1024;

/** `onTunnel` hears of every CONNECT, and whether its host is one that we answer for. */
export function openFrontDoor(
  { port, certificates, answersFor, handler, onTunnel }: {
    port: number;
    certificates: Certificates;
    answersFor: (host: string) => boolean;
    handler: Handler;
    onTunnel: (host: string, answered: boolean) => void;
  },
): FrontDoor {
  const closing = new AbortController();
  const options = {
    hostname: "127.0.0.1",
    port: 0,
    signal: closing.signal,
    onListen() {},
  };
  const plain = Deno.serve(options, handler);
  const { certPem: cert, keyPem: key } = certificates;
  const tls = Deno.serve({ ...options, cert, key }, handler);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const open = new Set<Deno.Conn>();
  const pipes = new Set<Promise<void>>();

  const join = async (client: Deno.Conn, inner: Deno.NetAddr, first: Uint8Array) => {
    using server = await Deno.connect({ hostname: "127.0.0.1", port: inner.port });
    open.add(server);
    try {
      await writeAll(server, first);
      await Promise.all([pump(client, server), pump(server, client)]);
    } finally {
      open.delete(server);
    }
  };

  const welcome = async (client: Deno.Conn) => {
    const head = await readHead(client);
    if (head === null) return;
    const tunnel = /^CONNECT ([^\s:]+)(?::\d+)? HTTP/.exec(head.text);
    if (tunnel === null) return await join(client, plain.addr, head.bytes);
    const host = tunnel[1]!;
    onTunnel(host, answersFor(host));
    if (!answersFor(host)) return await writeAll(client, ascii("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await writeAll(client, ascii("HTTP/1.1 200 Connection established\r\n\r\n"));
    await join(client, tls.addr, head.bytes.subarray(head.end));
  };

  const accepting = (async () => {
    for await (const client of listener) {
      open.add(client);
      const pipe = welcome(client).catch(ignoreLostConnection).finally(() => {
        open.delete(client);
        shut(client);
        pipes.delete(pipe);
      });
      pipes.add(pipe);
    }
  })();

  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      await accepting;
      closing.abort();
      for (const connection of open) shut(connection);
      await Promise.all([...pipes, plain.finished, tls.finished]);
    },
  };
}

/** What came up to the end of the head, with whatever came behind it; null when the client left before. */
async function readHead(
  client: Deno.Conn,
): Promise<{ bytes: Uint8Array; text: string; end: number } | null> {
  let bytes = new Uint8Array(0);
  while (bytes.length < MAX_HEAD_BYTES) {
    const chunk = new Uint8Array(16 * 1024);
    const count = await client.read(chunk);
    if (count === null) return null;
    const longer = new Uint8Array(bytes.length + count);
    longer.set(bytes);
    longer.set(chunk.subarray(0, count), bytes.length);
    bytes = longer;
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) return { bytes, text, end: end + 4 };
  }
  return null;
}

/** Copies until `from` ends, then tells `to` that nothing more comes. */
async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(32 * 1024);
  try {
    for (let count; (count = await from.read(chunk)) !== null;) {
      await writeAll(to, chunk.subarray(0, count));
    }
    await to.closeWrite();
  } catch (error) {
    // One side is lost: so is the other, or its pump would wait for ever.
    shut(from);
    shut(to);
    ignoreLostConnection(error);
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}

function shut(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** A client may be killed at any byte; that is what most of the tests do to it. */
function ignoreLostConnection(error: unknown): void {
  const lost = [
    Deno.errors.BadResource,
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.Interrupted,
    Deno.errors.NotConnected,
  ];
  if (!lost.some((kind) => error instanceof kind)) throw error;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
