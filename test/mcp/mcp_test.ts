/** The MCP server as the protocol's own client sees it, over HTTP with tokens of each scope, over a store in memory. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Scope } from "../../lib/http/caller.ts";
import { TOOLS } from "../../lib/mcp/server.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Fact } from "../../lib/model/event.ts";
import { type Served, served } from "../http/served.ts";
import { midday } from "../http/setup.ts";

async function connected(w: Served, scope: Scope): Promise<Client & AsyncDisposable> {
  const headers = { authorization: `Bearer ${await w.token(scope)}` };
  const client = new Client({ name: "test", version: "1" });
  const url = new URL(`${w.url}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

interface Called {
  readonly isError: boolean;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- what it is is what the test is about
  readonly result: any;
}

async function call(client: Client, name: string, args: object = {}): Promise<Called> {
  const { isError = false, content, structuredContent } = await client.callTool({
    name,
    arguments: { ...args },
  });
  const [first] = content as { type: string; text: string }[];
  return { isError, text: first!.text, result: structuredContent };
}

const LOOKS = [
  "status",
  "quota",
  "explain",
  "sessions",
  "tasks",
  "task",
  "events",
  "notices",
  "request",
];
const ACTS = ["failover", "pause", "resume", "account_check", "task_add"];

Deno.test("a token lists the tools that its scope reaches, and no other", async () => {
  await using w = await served();
  for (const [scope, names] of [["read", LOOKS], ["operate", [...LOOKS, ...ACTS]]] as const) {
    await using client = await connected(w, scope);
    equal((await client.listTools()).tools.map(({ name }) => name), names);
  }
});

Deno.test("each tool says what it is, what it takes and answers, and whether it changes anything", async () => {
  await using w = await served();
  await using client = await connected(w, "admin");
  const { tools } = await client.listTools();
  equal(tools.length, TOOLS.length);
  for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
    ok(title && description && description.length > 40, name);
    equal([inputSchema.type, inputSchema.additionalProperties], ["object", false], name);
    equal(outputSchema?.type, "object", name);
    equal(annotations?.readOnlyHint, LOOKS.includes(name), name);
    equal(annotations?.destructiveHint, name === "failover", name);
    equal(annotations?.openWorldHint, false, name);
  }
});

Deno.test("a read token that calls a changing tool all the same changes nothing", async () => {
  await using w = await served();
  await using client = await connected(w, "read");
  const before = w.store.state.seq;
  for (const name of ACTS) {
    await rejects(client.callTool({ name, arguments: {} }), /not found/);
  }
  equal(w.store.state.seq, before);
});

Deno.test("status is short however large the pool, and sessions come filtered", async () => {
  await using w = await served();
  await using client = await connected(w, "read");
  const { result } = await call(client, "status");
  equal(result.sessions, { idle: 3 });
  equal(result.accounts.map((a: { id: string }) => a.id), ["work", "spare"]);
  equal((await call(client, "quota")).result.accounts[0].windows[0].usedPct, 61.4);
  const one = await call(client, "sessions", { name: "ccl-1" });
  equal([one.result.total, one.result.sessions[0].name], [1, "ccl-1"]);
  const some = await call(client, "sessions", { account: "work", state: "idle", limit: 2 });
  equal([some.result.total, some.result.sessions.length], [3, 2]);
  equal((await call(client, "sessions", { state: "dead" })).result, { sessions: [], total: 0 });
});

Deno.test("the text of an answer is the JSON of its structure, for clients that read only that", async () => {
  await using w = await served();
  await using client = await connected(w, "read");
  const { text, result } = await call(client, "status");
  equal(JSON.parse(text), result);
});

Deno.test("failover says first what would happen, and does it when told to, with a line in the journal", async () => {
  await using w = await served();
  await using client = await connected(w, "operate");
  const before = w.store.state.seq;
  const plan = await call(client, "failover", { to: "spare" });
  equal([plan.result.swap, plan.result.plan.sessions], [null, ["ccl-0", "ccl-1"]]);
  equal(plan.result.plan.left[0].session, "ccl-2");
  equal(w.store.state.seq, before, "a plan leaves nothing in the journal");
  const done = await call(client, "failover", { from: "work", to: "spare", dryRun: false });
  equal(w.store.state.runningSwap, done.result.swap);
  const [event] = w.store.events({ after: done.result.seq - 1, limit: 1 });
  match(event!.via!, /^[0-9a-f]{8}$/, "with the token that asked");
  equal((await call(client, "request", { seq: done.result.seq })).result.outcome.is, "pending");
  const why = await call(client, "explain", { swap: "last" });
  equal([why.result.swap.id, why.result.swap.to], [done.result.swap, "spare"]);
});

Deno.test("pause and resume stop and start moves, or tasks", async () => {
  await using w = await served();
  await using client = await connected(w, "operate");
  await call(client, "pause", { reason: "a release is on" });
  equal(w.store.state.frozen?.reason, "a release is on");
  await call(client, "pause", { what: "tasks" });
  equal(w.store.state.dispatchPaused?.by, "person");
  await call(client, "resume", { what: "tasks" });
  await call(client, "resume");
  equal([w.store.state.frozen, w.store.state.dispatchPaused], [null, null]);
});

Deno.test("events go on from where one was, and hold no config and no grounds", async () => {
  await using w = await served();
  await using client = await connected(w, "operate");
  const latest = await call(client, "events", { limit: 2 });
  const { seq } = w.store.state;
  equal(latest.result.events.map((e: { seq: number }) => e.seq), [seq - 1, seq]);
  equal([latest.result.next, latest.result.first], [null, 1]);
  const all = await call(client, "events", { since: 0, limit: 2 });
  equal([all.result.events[1].type, all.result.events[1].config], ["config.applied", undefined]);
  equal(all.result.next, 2);
  await call(client, "failover", { to: "spare", dryRun: false });
  const { result } = await call(client, "events", { since: seq });
  equal([result.events[0].type, result.events[0].grounds], ["swap.requested", undefined]);
});

Deno.test("tasks are listed and shown, with what they wait for", async () => {
  const spec = emptySpec("Mend it");
  const found: Fact = {
    type: "task.found",
    task: "t1",
    project: "shop",
    file: "t1.md",
    ref: "t1",
    digest: "d",
    spec,
    ignored: [],
  };
  await using w = await served({ facts: [...midday(), found] });
  await using client = await connected(w, "read");
  equal((await call(client, "tasks")).result.tasks[0].title, "Mend it");
  equal((await call(client, "tasks", { project: "other" })).result.tasks, []);
  equal((await call(client, "task", { task: "t1" })).result.task.id, "t1");
});

Deno.test("account_check looks now, and the journal says what was found and who asked", async () => {
  await using w = await served();
  await using client = await connected(w, "operate");
  w.control.problems = ["nobody is signed in", { cwd: "/home/ada/shop", what: "not trusted" }];
  const { result } = await call(client, "account_check", { account: "spare" });
  equal(result.check.problems, ["nobody is signed in"]);
  equal(result.check.folders, [{ cwd: "/home/ada/shop", what: "not trusted" }]);
  const [event] = w.store.events({ after: result.seq - 1, limit: 1 });
  equal([event!.type, event!.via?.length], ["account.checked", 8]);
  const unknown = await call(client, "account_check", { account: "__proto__" });
  equal(unknown.text, "Cannot do account_check: no account __proto__ in the config");
});

Deno.test("task_add puts a task into the inbox, with a line in the journal, or says why not", async () => {
  await using w = await served();
  await using client = await connected(w, "operate");
  const wish = { project: "shop", text: "Mend the lock", title: "lock", priority: 80 };
  const { result } = await call(client, "task_add", wish);
  equal([result.project, result.file], ["shop", "lock.md"]);
  match(
    w.control.inbox.get("lock.md")!,
    /^---\ntitle: "lock"\npriority: 80\n---\n\nMend the lock$/,
  );
  const [event] = w.store.events({ after: result.seq - 1, limit: 1 });
  equal([event!.type, event!.via?.length], ["task.add.requested", 8]);
  equal((await call(client, "request", { seq: result.seq })).result.outcome.is, "pending");
  const refused = await call(client, "task_add", { project: "shop", text: "---\nmodel: x\n---\n" });
  match(refused.text, /^Cannot do task_add: /);
  const unknown = await call(client, "task_add", { project: "no", text: "x" });
  equal(unknown.text, "Cannot do task_add: no project no in the config");
  equal(w.control.inbox.size, 1);
});

Deno.test("what cannot be done is a tool's error in plain words", async () => {
  await using w = await served();
  await using client = await connected(w, "operate");
  const said = async (name: string, args: object) => {
    const { isError, text } = await call(client, name, args);
    equal(isError, true, name);
    return text;
  };
  equal(
    await said("failover", { to: "nobody" }),
    "Cannot do failover: no account nobody in the config",
  );
  equal(await said("task", { task: "x" }), "Cannot do task: no task x");
  equal(await said("explain", { swap: "last" }), "Cannot do explain: there was no swap yet");
  equal(
    await said("request", { seq: 1 }),
    "Cannot do request: event 1 (daemon.started) is no request",
  );
  match(await said("resume", {}), /^Cannot do resume: /);
  match(await said("failover", { dryrun: false }), /dryrun/, "a misspelt argument is no default");
  match(await said("events", { limit: 10_000 }), /limit/);
});

Deno.test("status and the last decisions are resources", async () => {
  await using w = await served();
  await using client = await connected(w, "read");
  const { resources } = await client.listResources();
  equal(resources.map(({ uri }) => uri), [
    "claude-failover://status",
    "claude-failover://decisions",
  ]);
  const read = async (uri: string) => {
    const { contents: [first] } = await client.readResource({ uri });
    return JSON.parse((first as { text: string }).text);
  };
  equal((await read("claude-failover://status")).sessions.length, 3);
  const { now, swaps } = await read("claude-failover://decisions");
  equal([now.swap, swaps], [null, []]);
});

Deno.test("nothing is kept between requests: no session, no stream, no subscription", async () => {
  await using w = await served();
  const authorization = `Bearer ${await w.token("admin")}`;
  const accept = "application/json, text/event-stream";
  for (const method of ["GET", "DELETE"]) {
    const headers = { authorization, accept: "text/event-stream" };
    const { status, body } = await fetch(`${w.url}/mcp`, { method, headers });
    equal(status, 405);
    await body?.cancel();
  }
  const post = async (message: object, more: Record<string, string> = {}) => {
    const headers = { authorization, accept, "content-type": "application/json", ...more };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, ...message });
    const response = await fetch(`${w.url}/mcp`, { method: "POST", headers, body });
    equal(response.headers.get("mcp-session-id"), null);
    return await response.text();
  };
  match(await post({ method: "tools/list" }), /"status"/);
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const notifications = { toolsListChanged: true };
  const listen = { method: "subscriptions/listen", params: { _meta, notifications } };
  const modern = {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "subscriptions/listen",
  };
  match(await post(listen, modern), /Subscription limit reached/);
});

Deno.test("a revoked token ends with its next request", async () => {
  await using w = await served();
  const token = await w.token("read");
  const headers = { authorization: `Bearer ${token}` };
  const client = new Client({ name: "test", version: "1" });
  const url = new URL(`${w.url}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  await w.revoke(token);
  await rejects(client.callTool({ name: "status", arguments: {} }));
  await client.close();
});

Deno.test("200 clients that never read their answers hold little, and keep nobody out", async () => {
  await using w = await served();
  const token = await w.token("read");
  const body =
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"sessions","arguments":{}}}`;
  const asks = new TextEncoder().encode(
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${w.port}\r\nAuthorization: Bearer ${token}\r\n` +
      "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n" +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  await using client = await connected(w, "read");
  await client.listTools(); // what is loaded once is not counted
  const rssBefore = Deno.memoryUsage().rss;
  const deaf = await Promise.all(Array.from({ length: 200 }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: w.port });
    await connection.write(asks);
    return connection;
  }));
  equal((await call(client, "status")).isError, false);
  const grownMb = (Deno.memoryUsage().rss - rssBefore) / 2 ** 20;
  ok(grownMb < 150, `${grownMb} MB`);
  for (const connection of deaf) connection.close();
});

Deno.test("docs/mcp.md names each tool and the scope that it needs", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/mcp.md", import.meta.url));
  const rows = page.split("\n").filter((line) => /^\| `/.test(line));
  for (const { name, scope } of TOOLS) {
    const row = rows.find((line) => line.split("|")[1]!.includes(`\`${name}\``));
    equal(row?.split("|")[2]?.trim(), scope, name);
  }
});
