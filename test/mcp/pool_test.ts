/** Every tool, called by the protocol's own client against a pool that runs, over both transports. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { TOOLS } from "../../lib/mcp/server.ts";
import type { State } from "../../lib/model/state.ts";
import { inboxDir } from "../../lib/queue/layout.ts";
import { until } from "../support/mod.ts";
import { makePool, type Pool } from "../integration/pool.ts";

const SESSIONS = ["ccl-0", "ccl-1"];

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function work(port: number) {
  return (root: string) => `
projects: [{ id: shop, path: ${root}/work }]
sessions: [{ names: [ccl-0, ccl-1], project: shop, account: a }]
notify: { channels: [{ name: log, type: file, path: ${root}/notices.jsonl }] }
http: { listen: "127.0.0.1:${port}" }`;
}

/** Each tool once, in an order that makes sense; what it answers must fit its schema, which the client checks. */
async function callEachTool(client: Client, pool: Pool, [from, to]: [string, string]) {
  const called = new Set<string>();
  // deno-lint-ignore no-explicit-any -- as the wire has it
  const call = async (name: string, args: object = {}): Promise<any> => {
    called.add(name);
    const answer = await client.callTool({ name, arguments: { ...args } });
    equal(answer.isError ?? false, false, `${name}: ${JSON.stringify(answer.content)}`);
    return answer.structuredContent;
  };
  await client.listTools(); // it learns the schemas
  const { seq, sessions } = await call("status");
  equal(sessions, { idle: 2 });
  ok((await call("quota")).accounts.length === 2);
  equal((await call("sessions", { account: from })).total, 2);
  await call("pause", { what: "tasks", reason: "a test" });
  const [project] = pool.config.projects;
  const wish = { project: "shop", text: "Mend it", title: to, after: ["never"] };
  const added = await call("task_add", wish);
  equal((await call("request", { seq: added.seq, waitMs: 20_000 })).outcome.is, "done");
  const text = await Deno.readTextFile(`${inboxDir(project!)}/${added.file}`);
  match(text, /Mend it$/);
  const { tasks: [first] } = await call("tasks", { project: "shop", limit: 1 });
  ok((await call("task", { task: first.id })).waits.length > 0);
  await call("resume", { what: "tasks" });
  equal((await call("account_check", { account: to })).check.problems, []);
  await call("explain");
  const plan = await call("failover", { to });
  equal([plan.swap, plan.plan.from, plan.plan.to], [null, from, to]);
  const done = await call("failover", { to, dryRun: false });
  const isThere = (s: State) =>
    SESSIONS.every((name) => s.sessions[name]?.account === to) && s.runningSwap === null;
  await pool.until(isThere, 60_000);
  equal((await call("request", { seq: done.seq, waitMs: 5_000 })).outcome.is, "done");
  equal((await call("explain", { swap: done.swap })).swap.to, to);
  await until(async () => {
    const { messages } = await call("notices");
    const told = messages.find(({ kind }: { kind: string }) => kind === "failover.done");
    return told?.stage === "sent" && told.seqs.first > done.seq || null;
  }, { timeoutMs: 20_000, what: () => "the failover was not told" });
  const { events } = await call("events", { since: seq, limit: 100 });
  ok(events.some(({ type }: { type: string }) => type === "swap.requested"));
  return { called, seq: done.seq as number };
}

Deno.test({
  name:
    "the protocol's own client lists and calls every tool of a running pool, over HTTP and over stdio",
  // The client's timers: it lets a server that it has told to end have two seconds.
  sanitizeOps: false,
  sanitizeResources: false,
}, async (t) => {
  const port = freePort();
  await using pool = await makePool({ accounts: ["a", "b"], sessions: [], work: work(port) });
  const daemon = pool.daemon();
  await pool.until(
    (s) => SESSIONS.every((name) => s.sessions[name]?.phase.name === "idle"),
    60_000,
  );
  const names = TOOLS.map(({ name }) => name).sort();

  await t.step("over HTTP with a token", async () => {
    const token = (await pool.cli("token", "create", "agent", "--scope", "operate")).out.trim();
    const client = new Client({ name: "test", version: "1" });
    const headers = { authorization: `Bearer ${token}` };
    const url = new URL(`http://127.0.0.1:${port}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    const { called, seq } = await callEachTool(client, pool, ["a", "b"]);
    equal([...called].sort(), names);
    equal(pool.events().find((event) => event.seq === seq)?.via, token.split("_")[1]);
    await client.close();
  });

  const overStdio = async (...args: string[]) => {
    const client = new Client({ name: "test", version: "1" });
    const transport = new StdioClientTransport({
      ...pool.command("mcp", ...args),
      stderr: "inherit",
    });
    await client.connect(transport);
    return client;
  };

  await t.step("over stdio, as the owner", async () => {
    const client = await overStdio("--scope", "operate");
    const { called, seq } = await callEachTool(client, pool, ["b", "a"]);
    equal([...called].sort(), names);
    equal(pool.events().find((event) => event.seq === seq)?.via, "mcp");
    await client.close();
  });

  await t.step(
    "over stdio it only looks unless it is told otherwise, and outlives the daemon",
    async () => {
      const client = await overStdio();
      const { tools } = await client.listTools();
      equal(tools.filter(({ annotations }) => !annotations?.readOnlyHint), []);
      equal((await client.callTool({ name: "status", arguments: {} })).isError ?? false, false);
      await daemon.stop();
      const lost = await client.callTool({ name: "status", arguments: {} });
      match(JSON.stringify(lost), /Cannot do status: no daemon is running; a person can start it/);
      pool.daemon();
      await until(async () => {
        return !(await client.callTool({ name: "status", arguments: {} })).isError;
      }, { timeoutMs: 15_000 });
      await client.close();
    },
  );
});
