/**
 * Where the control plane listens beside its socket, and who may be let in there.
 *
 * @module
 */
import type { HttpSpec } from "../model/config.ts";
import { expandPath } from "./paths.ts";
import { type Fault, type Finding, quote } from "./problem.ts";
import type { Draft, YamlConfig } from "./schema.ts";

interface Address {
  /** IPv6 without its brackets. */
  readonly hostname: string;
  readonly port: number;
}

export function listenFault(text: string): Fault | null {
  const address = parseListen(text);
  if (address && address.port >= 1 && address.port <= 65_535) return null;
  return {
    what: `must be HOST:PORT, not ${quote(text)}`,
    hint: "for example 127.0.0.1:4747",
  };
}

export function hostFault(text: string): Fault | null {
  if (/^(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.test(text)) return null;
  return { what: `must be a host's name, with a port or without, not ${quote(text)}`, hint: null };
}

/** Other machines can knock there, so what is said must be sealed. A token is needed on TCP in any case. */
export function* listensSafely({ http }: Draft): Iterable<Finding> {
  const address = typeof http?.listen === "string" ? parseListen(http.listen) : null;
  if (!address || isLoopback(address.hostname) || "tls" in http!) return;
  yield {
    path: ["http", "listen"],
    what: `${address.hostname} can be reached from other machines, and http.tls is missing`,
    hint: "listen on 127.0.0.1, or name a certificate: http.tls: { cert: FILE, key: FILE }",
  };
}

export function buildHttp(http: YamlConfig["http"], home: string): HttpSpec {
  const { listen, tls, hosts, requests_per_second: requestsPerSecond } = http;
  return {
    listen: listen === undefined ? null : parseListen(listen),
    tls: tls ? { cert: expandPath(tls.cert, home), key: expandPath(tls.key, home) } : null,
    hosts,
    requestsPerSecond,
  };
}

function parseListen(text: string): Address | null {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(text) ?? [];
  return host ? { hostname: host.replace(/^\[|\]$/g, ""), port: Number(port) } : null;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
