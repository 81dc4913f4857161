/**
 * The door of the control plane: what is looked at before a request reaches a route.
 *
 * On the unix socket whoever may open it is the owner. On TCP other people's programs, and web pages in the owner's own browser, can
 * knock as well; so there the host must be ours (against DNS rebinding), no other site may have sent it, a token must be
 * shown, and nobody may take more than a share.
 *
 * @module
 */
import { type AppEnv, type Caller, OWNER } from "./caller.ts";
import { isOpen } from "./health/routes.ts";
import { shellFile } from "./dashboard/shell.ts";
import type { Once } from "./once.ts";
import { notFound, Problem, problemOf } from "./problem.ts";
import type { Rate } from "./rate.ts";
import { readBody } from "./read_body.ts";
import { bearerOf, type TokenKeeper } from "./tokens.ts";
import { OWN_VIAS, VIA_HEADER } from "./via.ts";

export interface Tcp {
  /** Under which we are reached, in lower case, with the port. */
  readonly hosts: ReadonlySet<string>;
  readonly scheme: "http" | "https";
  /** Of each token. */
  readonly rate: Rate;
  /** Of wrong tokens, by address. */
  readonly guesses: Rate;
}

export interface FrontOptions {
  readonly app: {
    fetch(request: Request, env: AppEnv["Bindings"]): Response | Promise<Response>;
  };
  readonly tokens: TokenKeeper;
  readonly once: Once;
  /** Null: the unix socket. */
  readonly tcp: Tcp | null;
  /** Monotonic milliseconds. */
  now(): number;
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const METHODS = new Set(["GET", "HEAD", "POST", "DELETE", "OPTIONS"]);

/** Headers that every answer gets; one that sets its own keeps it. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** What a listener calls; `peer` is the address of a TCP client. */
export function front(
  options: FrontOptions,
): (request: Request, peer: string | null) => Promise<Response> {
  return async (request, peer) => {
    let response: Response;
    try {
      response = await admit(request, peer, options);
    } catch (error) {
      response = problemOf(error).toResponse();
    }
    return withHeaders(response);
  };
}

async function admit(
  request: Request,
  peer: string | null,
  { app, tokens, once, tcp, now, pause }: FrontOptions,
): Promise<Response> {
  if (!METHODS.has(request.method)) throw notFound(`no route takes ${request.method}`);
  const path = plainPath(request);
  if (tcp) {
    mustBeHere(request, tcp);
    mustBeOurs(request);
  }
  const shell = shellFile(request.method, path);
  if (shell) return shell;
  if (isOpen(request.method, path)) {
    if (tcp) take(tcp.rate, `open ${peer}`, now());
    return await app.fetch(new Request(request.url, { method: request.method }), {});
  }
  const caller = await callerFor(request, peer, { tokens, tcp, now });
  if (tcp) take(tcp.rate, caller.token ?? "", now());
  const body = await readBody(request, pause);
  // Not a copy with its signal: Deno 2.9.6 aborts that one after a good answer too, and warns of it.
  const { method, headers } = request;
  const inner = new Request(request.url, { method, headers, body });
  return await once.answer(
    { request: inner, path, body, caller },
    (key) => app.fetch(inner, { caller, once: key }),
  );
}

/** Against names of routes in another spelling, which a check elsewhere may read differently. */
function plainPath(request: Request): string {
  const { pathname, search } = new URL(request.url);
  if (/\/\/|\\|%(?:00|2e|2f|5c)|[^\x21-\x7e]/i.test(pathname)) {
    throw new Problem("bad-request", "the path must be plain: no //, no escaped dot, slash or NUL");
  }
  return pathname + search;
}

/** A page that has bound its own name to our address is told that we are not it. */
function mustBeHere(request: Request, { hosts, scheme }: Tcp): void {
  const url = new URL(request.url);
  // The request line may name another host than the header does; a browser's HTTP/2 has no such header.
  for (const host of [url.host, request.headers.get("host") ?? url.host]) {
    const named = /:\d+$/.test(host) ? host : `${host}:${scheme === "https" ? 443 : 80}`;
    if (!hosts.has(named.toLowerCase())) {
      throw new Problem("wrong-host", "this is not reached by that name");
    }
  }
}

/** A browser says where a request comes from; programs say nothing. */
function mustBeOurs(request: Request): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  if (origin !== null && origin !== new URL(request.url).origin) {
    throw new Problem("forbidden", "requests of other origins are not answered");
  }
  if (site !== null && site !== "same-origin" && site !== "none") {
    throw new Problem("forbidden", "requests of other sites are not answered");
  }
}

async function callerFor(
  request: Request,
  peer: string | null,
  { tokens, tcp, now }: Pick<FrontOptions, "tokens" | "tcp" | "now">,
): Promise<Caller> {
  const shown = bearerOf(request);
  if (shown === null && tcp === null) return ownerBy(request); // a token on the socket binds to its scope there too
  const found = shown === null ? "a token is needed" : await tokens.find(shown);
  if (typeof found !== "string") return found;
  if (tcp) take(tcp.guesses, peer ?? "", now());
  throw new Problem("unauthorized", found, {
    headers: { "www-authenticate": 'Bearer realm="claude-failover"' },
  });
}

function ownerBy(request: Request): Caller {
  const via = OWN_VIAS.find((known) => known === request.headers.get(VIA_HEADER));
  return via ? { ...OWNER, via } : OWNER;
}

function take(rate: Rate, who: string, now: number): void {
  const waitMs = rate.take(who, now);
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1_000);
  throw new Problem("too-many", `again in ${seconds} s`, {
    headers: { "retry-after": String(seconds) },
  });
}

function withHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
