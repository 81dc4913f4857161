/**
 * What somebody may try who can reach the TCP port, each with the answer it must get.
 *
 * @module
 */
import type { Served } from "./served.ts";

export interface Attack {
  readonly name: string;
  /** 0: the connection is closed without an answer. */
  readonly status: number;
  try(w: Served): Promise<number>;
}

const json = { "content-type": "application/json" };

const sse = { accept: "text/event-stream" };
const LIST_TOOLS = `{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}`;
const CALL_FAILOVER =
  `{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "failover", "arguments": {"dryRun": false}}}`;

function rpc(
  scope: "read" | "admin",
  body: string,
  more: Record<string, string> = {},
): Attack["try"] {
  const headers = { ...json, accept: "application/json, text/event-stream", ...more };
  return asked(scope, "/mcp", { method: "POST", headers, body });
}

/** With a token of that scope, through `fetch`. */
function asked(
  scope: "read" | "operate" | "admin",
  path: string,
  init: RequestInit = {},
): Attack["try"] {
  return async (w) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${await w.token(scope)}`);
    return await statusOf(fetch(`${w.url}${path}`, { ...init, headers }));
  };
}

function posted(scope: "read" | "operate" | "admin", path: string, body = "{}"): Attack["try"] {
  return asked(scope, path, { method: "POST", headers: json, body });
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

/** The bytes as they stand; `TOKEN` and `PORT` are filled in. */
function sent(text: string): Attack["try"] {
  return async (w) => {
    const token = await w.token("read");
    const raw = text.replaceAll("TOKEN", token).replaceAll("PORT", String(w.port));
    return statusLine(await talk(w.port, raw));
  };
}

export function statusLine(answer: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** Says that, and hears what comes until the connection ends or 2 s have passed. */
export async function talk(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text)).catch(() => {});
  const heard: Uint8Array<ArrayBuffer>[] = [];
  const timer = setTimeout(() => connection.close(), 2_000);
  try {
    for await (const part of connection.readable) {
      heard.push(part.slice());
      if (/\r\n\r\n/.test(new TextDecoder().decode(part))) break;
    }
  } catch {
    // It was closed: what was heard is the answer.
  } finally {
    clearTimeout(timer);
  }
  return await new Blob(heard).text();
}

const HEAD = "Host: 127.0.0.1:PORT\r\nAuthorization: Bearer TOKEN\r\nConnection: close\r\n";
const BIG = "x".repeat(2 << 20);

export const ATTACKS: readonly Attack[] = [
  // who asks
  { name: "no token", status: 401, try: (w) => statusOf(fetch(`${w.url}/v1/status`)) },
  {
    name: "an unknown route without a token",
    status: 401,
    try: (w) => statusOf(fetch(`${w.url}/x`)),
  },
  ...["", "Bearer", "Bearer x", "Basic YTpi", "bearer cf_00000000_x"].map((authorization) => ({
    name: `Authorization: ${authorization || "(empty)"}`,
    status: 401,
    try: (w: Served) => statusOf(fetch(`${w.url}/v1/status`, { headers: { authorization } })),
  })),
  {
    name: "the id of a token with another secret",
    status: 401,
    async try(w) {
      const authorization = `Bearer ${(await w.token("admin")).slice(0, -1)}~`;
      return await statusOf(fetch(`${w.url}/v1/status`, { headers: { authorization } }));
    },
  },
  {
    name: "a revoked token",
    status: 401,
    async try(w) {
      const token = await w.token("admin");
      await w.revoke(token);
      const headers = { authorization: `Bearer ${token}` };
      return await statusOf(fetch(`${w.url}/v1/status`, { headers }));
    },
  },
  {
    name: "an expired token",
    status: 401,
    async try(w) {
      const token = await w.token("admin", { expiresAt: Date.now() - 1 });
      const headers = { authorization: `Bearer ${token}` };
      return await statusOf(fetch(`${w.url}/v1/status`, { headers }));
    },
  },
  { name: "read asks for a freeze", status: 403, try: posted("read", "/v1/freeze") },
  { name: "read asks for a swap's dry run", status: 403, try: posted("read", "/v1/swaps") },
  { name: "read sees a screen", status: 403, try: asked("read", "/v1/sessions/ccl-0/capture") },
  { name: "operate stops the daemon", status: 403, try: posted("operate", "/v1/daemon/stop") },
  { name: "operate reloads", status: 403, try: posted("operate", "/v1/config/reload") },
  // health and metrics
  ...["/metrics", "/readyz", "/metrics/", "/healthz/x", "/healthz?x", "/HEALTHZ"].map((path) => ({
    name: `${path} without a token`,
    status: 401,
    try: (w: Served) => statusOf(fetch(`${w.url}${path}`)),
  })),
  {
    name: "/healthz without a token",
    status: 200,
    try: (w) => statusOf(fetch(`${w.url}/healthz`)),
  },
  {
    name: "POST /healthz without a token",
    status: 401,
    try: (w) => statusOf(fetch(`${w.url}/healthz`, { method: "POST", body: BIG })),
  },
  {
    name: "/healthz by another name",
    status: 421,
    try: sent("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
  },
  ...["/healthz", "/metrics"].map((path) => ({
    name: `${path} from another site`,
    status: 403,
    try: asked("read", path, { headers: { origin: "https://evil.example" } }),
  })),
  { name: "POST /metrics", status: 404, try: posted("admin", "/metrics") },
  // the protocol for agents
  { name: "/mcp without a token", status: 401, try: (w) => statusOf(fetch(`${w.url}/mcp`)) },
  {
    name: "POST /mcp without a token",
    status: 401,
    try: (w) =>
      statusOf(fetch(`${w.url}/mcp`, { method: "POST", headers: json, body: LIST_TOOLS })),
  },
  { name: "/mcp lists its tools", status: 200, try: rpc("read", LIST_TOOLS) },
  {
    name: "/mcp from another site",
    status: 403,
    try: rpc("admin", LIST_TOOLS, { origin: "https://evil.example" }),
  },
  {
    name: "/mcp by another name",
    status: 421,
    try: sent(
      `POST /mcp HTTP/1.1\r\n${HEAD.replace("127.0.0.1:PORT", "evil.example")}` +
        `Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    ),
  },
  { name: "GET /mcp for a stream", status: 405, try: asked("admin", "/mcp", { headers: sse }) },
  {
    name: "DELETE of an MCP session",
    status: 405,
    try: asked("admin", "/mcp", { method: "DELETE", headers: { "mcp-session-id": "x" } }),
  },
  { name: "half of a JSON to /mcp", status: 400, try: rpc("admin", `{"jsonrpc":`) },
  { name: "100,000 nested lists to /mcp", status: 400, try: rpc("admin", "[".repeat(1e5)) },
  { name: "2 MiB to /mcp", status: 413, try: rpc("admin", BIG) },
  { name: "a batch to /mcp", status: 400, try: rpc("admin", `[${LIST_TOOLS}, ${LIST_TOOLS}]`) },
  {
    name: "a form's POST to /mcp",
    status: 415,
    try: rpc("admin", "{}", { "content-type": "text/plain" }),
  },
  { name: "read calls failover, which it has not", status: 200, try: rpc("read", CALL_FAILOVER) },
  {
    name: "/mcp/ and its tools as paths",
    status: 404,
    try: asked("admin", "/mcp/failover", { method: "POST", headers: json, body: "{}" }),
  },
  // from where
  ...["evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil:PORT"].map(
    (host) => ({
      name: `Host: ${host}`,
      status: 421,
      try: sent(`GET /v1/status HTTP/1.1\r\n${HEAD.replace("127.0.0.1:PORT", host)}\r\n`),
    }),
  ),
  {
    name: "no Host, which a browser always sends",
    status: 200,
    try: sent("GET /v1/status HTTP/1.0\r\nAuthorization: Bearer TOKEN\r\n\r\n"),
  },
  {
    name: "two Hosts",
    status: 400,
    try: sent(`GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n${HEAD}\r\n`),
  },
  {
    name: "another host in the request line",
    status: 421,
    try: sent(`GET http://evil.example/v1/status HTTP/1.1\r\n${HEAD}\r\n`),
  },
  ...["https://evil.example", "null", "http://127.0.0.1", "http://localhost.evil"].map((
    origin,
  ) => ({
    name: `Origin: ${origin}`,
    status: 403,
    try: asked("admin", "/v1/status", { headers: { origin } }),
  })),
  ...["cross-site", "same-site"].map((site) => ({
    name: `Sec-Fetch-Site: ${site}`,
    status: 403,
    try: sent(`GET /v1/status HTTP/1.1\r\n${HEAD}Sec-Fetch-Site: ${site}\r\n\r\n`),
  })),
  {
    name: "a preflight of another origin",
    status: 403,
    try: asked("admin", "/v1/freeze", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    }),
  },
  {
    name: "a form's POST (text/plain)",
    status: 400,
    try: asked("admin", "/v1/freeze", { method: "POST", body: "{}" }),
  },
  // bodies
  { name: "a body of 2 MiB", status: 413, try: posted("admin", "/v1/freeze", BIG) },
  {
    name: "a body of 2 MiB in chunks, of no said length",
    status: 413,
    try: asked("admin", "/v1/freeze", {
      method: "POST",
      headers: json,
      body: new Blob([BIG]).stream(),
    }),
  },
  { name: "half of a JSON", status: 400, try: posted("admin", "/v1/freeze", `{"reason": "`) },
  { name: "no body", status: 400, try: posted("admin", "/v1/freeze", "") },
  { name: "a list", status: 400, try: posted("admin", "/v1/freeze", "[]") },
  {
    name: "100,000 nested lists",
    status: 400,
    try: posted("admin", "/v1/freeze", "[".repeat(1e5)),
  },
  { name: "an unknown field", status: 400, try: posted("admin", "/v1/freeze", `{"why": "x"}`) },
  {
    name: "__proto__ as a field",
    status: 400,
    try: posted("admin", "/v1/freeze", `{"__proto__": {"reason": "x"}}`),
  },
  {
    name: "__proto__ as an account",
    status: 404,
    try: posted("admin", "/v1/swaps", `{"to": "__proto__"}`),
  },
  // paths
  ...["__proto__", "constructor", "toString"].flatMap((name) => [
    { name: `session ${name}`, status: 404, try: asked("admin", `/v1/sessions/${name}`) },
    { name: `swap ${name}`, status: 404, try: asked("admin", `/v1/swaps/${name}`) },
    { name: `decision ${name}`, status: 404, try: asked("admin", `/v1/decisions/${name}`) },
    { name: `task ${name}`, status: 404, try: asked("admin", `/v1/tasks/${name}`) },
    { name: `account ${name}`, status: 404, try: asked("admin", `/v1/accounts/${name}`) },
  ]),
  ...[
    "//v1/status",
    "/v1//status",
    "/v1/sessions/..%2f..%2fetc",
    "/v1/sessions/..%5c..",
    "/v1/sessions/%00",
    "/v1/sessions/a%00b",
  ].map((path) => ({
    name: `GET ${path}`,
    status: 400,
    try: sent(`GET ${path} HTTP/1.1\r\n${HEAD}\r\n`),
  })),
  {
    name: "GET /v1/x/../../etc/passwd",
    status: 404,
    try: sent(`GET /v1/x/../../etc/passwd HTTP/1.1\r\n${HEAD}\r\n`),
  },
  // The URL's own normal form comes first, so what is checked is what is answered.
  ...[["/v1/%2e%2e/v1/status", 200], ["/v1/sessions/%2e%2e/x", 404]].map(([path, status]) => ({
    name: `GET ${path}`,
    status: status as number,
    try: sent(`GET ${path} HTTP/1.1\r\n${HEAD}\r\n`),
  })),
  {
    name: "the same without a token",
    status: 401,
    try: sent("GET /v1/%2e%2e/v1/status HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"),
  },
  {
    name: "GET /V1/STATUS",
    status: 404,
    try: asked("admin", "/V1/STATUS"),
  },
  // headers
  {
    name: "CR LF in the path",
    status: 404,
    try: sent(`GET /v1/status%0d%0aX-Evil:%201 HTTP/1.1\r\n${HEAD}\r\n`),
  },
  {
    name: "a bare LF in a header",
    status: 404,
    try: sent(`GET /v1/sessions/evil HTTP/1.1\r\n${HEAD}Idempotency-Key: a\nX-Evil: 1\r\n\r\n`),
  },
  {
    name: "a NUL in a header",
    status: 400,
    try: sent(`GET /v1/status HTTP/1.1\r\n${HEAD}X-Evil: a\0b\r\n\r\n`),
  },
  {
    name: "a header of 1 MiB",
    status: 400,
    try: sent(`GET /v1/status HTTP/1.1\r\n${HEAD}X-Evil: ${"x".repeat(1 << 20)}\r\n\r\n`),
  },
  {
    name: "both lengths (smuggling)",
    status: 400,
    try: sent(
      `POST /v1/freeze HTTP/1.1\r\n${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}`,
    ),
  },
  {
    name: "an Idempotency-Key of 10,000 characters",
    status: 400,
    try: asked("admin", "/v1/thaw", {
      method: "POST",
      headers: { "idempotency-key": "k".repeat(10_000) },
    }),
  },
  {
    name: "GET with a body, which is let lie",
    status: 200,
    try: sent(`GET /v1/status HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`),
  },
  { name: "TRACE", status: 404, try: sent(`TRACE /v1/status HTTP/1.1\r\n${HEAD}\r\n`) },
  { name: "no HTTP at all", status: 400, try: sent("\x16\x03\x01\x02\x00\x01hello\r\n\r\n") },
];
