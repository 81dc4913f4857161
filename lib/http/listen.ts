/**
 * Where the control plane listens: the unix socket, and TCP where the config says so.
 *
 * @module
 */
import type { Config, HttpSpec } from "../model/config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Net, Server, TcpAddress } from "../ports/net.ts";
import { controlApp, type McpMount } from "./app.ts";
import type { Control } from "./control.ts";
import { front, type FrontOptions } from "./front.ts";
import { Once } from "./once.ts";
import { Rate } from "./rate.ts";
import { controlSocket } from "./socket.ts";
import { tokenKeeper, tokensPath } from "./tokens.ts";

export interface ListenDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly files: Files;
  readonly net: Net;
  readonly mcp: McpMount;
}

/** Wrong tokens of one address: so many at once, then one in ten seconds. */
const GUESSES = { perSecond: 0.1, burst: 10 };

/** Serves everywhere, or nowhere: what cannot be listened on throws. */
export async function listen(control: Control, deps: ListenDeps): Promise<Server> {
  const { config, clock, files, net } = deps;
  const path = tokensPath(config);
  const shared: Omit<FrontOptions, "tcp"> = {
    app: controlApp(control, deps.mcp),
    tokens: tokenKeeper({ files, path, now: clock.now, monotonic: clock.monotonic }),
    once: new Once(control),
    now: clock.monotonic,
    pause: control.pause,
  };
  const socket = await net.serve(controlSocket(config), front({ ...shared, tcp: null }));
  const http = config.http?.listen ? config.http : null;
  if (!http) return socket;
  try {
    const tcp = await listenTcp(http, shared, deps);
    return { close: async () => void await Promise.all([socket.close(), tcp.close()]) };
  } catch (error) {
    await socket.close();
    throw error;
  }
}

async function listenTcp(
  { listen, tls, hosts, requestsPerSecond }: HttpSpec,
  shared: Omit<FrontOptions, "tcp">,
  { files, net }: ListenDeps,
): Promise<Server> {
  const { hostname, port } = listen!;
  const sealed: TcpAddress["tls"] = tls
    ? { cert: await readPem(files, tls.cert), key: await readKey(files, tls.key) }
    : undefined;
  const handler = front({
    ...shared,
    tcp: {
      hosts: namesOf(hostname, port, hosts),
      scheme: tls ? "https" : "http",
      rate: new Rate({ perSecond: requestsPerSecond, burst: 2 * requestsPerSecond }),
      guesses: new Rate(GUESSES),
    },
  });
  return await net.serveTcp({ hostname, port, tls: sealed }, handler);
}

/** What `Host` may say. A name of the config without a port is reached by ours. */
function namesOf(hostname: string, port: number, hosts: readonly string[]): ReadonlySet<string> {
  const own = hostname.includes(":") ? `[${hostname}]` : hostname;
  const all = [own, "localhost", "127.0.0.1", "[::1]", ...hosts];
  return new Set(all.map((name) => (/:\d+$/.test(name) ? name : `${name}:${port}`).toLowerCase()));
}

async function readPem(files: Files, path: string): Promise<string> {
  const text = await files.read(path);
  if (text !== null) return text;
  throw new Error(`Cannot listen with TLS: there is no file ${path}`);
}

async function readKey(files: Files, path: string): Promise<string> {
  const text = await readPem(files, path);
  const info = await files.stat(await files.realPath(path) ?? path);
  if (info && (info.mode & 0o077) === 0) return text;
  throw new Error(`Cannot listen with TLS: others may read the key ${path}; chmod 600 it`);
}
