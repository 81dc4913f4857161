/**
 * The unmodified Claude Code as a client of the MCP server: what docs/mcp.md promises an agent in a session.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { until } from "../contract/until.ts";
import { type Pool, pool } from "./support/pool.ts";
import { conversationOf } from "./support/conversation.ts";

/** As `claude mcp add` writes it. */
const stdio = (...args: string[]) => ({
  type: "stdio",
  command: "claude-failover",
  args: ["mcp", ...args],
});

/** What tools have answered in the session's conversation, in order. */
function answers({ api, state }: Pool, session: string): string[] {
  const conversation = conversationOf({ state }, session);
  const turns = api.requests().filter((e) => e.isTurn && e.conversation === conversation);
  return (turns.at(-1)?.said ?? []).filter(({ by }) => by === "tool").map(({ text }) => text);
}

async function answered(world: Pool, count: number): Promise<string[]> {
  return await until(
    () => {
      const all = answers(world, "worker");
      return all.length >= count ? all : null;
    },
    () => `${count} answers of tools: ${JSON.stringify(answers(world, "worker"))}`,
    60_000,
  );
}

Deno.test("claude looks at its pool over stdio, and is offered nothing that changes it", async () => {
  await using world = await pool({
    sessions: ["worker", "other"],
    mcpServers: { "claude-failover": stdio() },
  });
  const daemon = world.start();
  for (const session of ["worker", "other"]) await daemon.event("run.ready", { session });
  await world.prompt(
    daemon,
    "worker",
    [
      "How are we?",
      "@@tool mcp__claude-failover__status {}",
      '@@tool mcp__claude-failover__sessions {"name":"other"}',
      '@@tool mcp__claude-failover__failover {"to":"B","dryRun":false}',
      "@@text done",
    ].join("\n"),
  );
  const [status, sessions, failover] = await answered(world, 3);
  const { accounts, sessions: counts } = JSON.parse(status!);
  assert.deepEqual(accounts.map(({ id }: { id: string }) => id), ["A", "B"]);
  assert.equal(counts.working, 1, "it is at work itself");
  assert.equal(JSON.parse(sessions!).sessions[0].account, "A");
  assert.match(failover!, /No such tool|not found/i);
  assert.equal(world.state().runningSwap, null);
  assert.equal(await daemon.stop(), 0);
});

Deno.test("claude with an operate token moves its own pool, and goes on under the other account", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await using world = await pool({
    sessions: ["worker"],
    listen: `127.0.0.1:${port}`,
    mcpServers: {},
    env: { NO_PROXY: "127.0.0.1" }, // the local API is the proxy of these tests
  });
  const token = (await world.cli("token", "create", "agent", "--scope", "operate")).trim();
  const http = {
    type: "http",
    url: `http://127.0.0.1:${port}/mcp`,
    headers: { Authorization: `Bearer ${token}` },
  };
  const servers = { mcpServers: { "claude-failover": http } };
  await Deno.writeTextFile(world.home.path("mcp.json"), JSON.stringify(servers));
  const daemon = world.start();
  await daemon.event("run.ready", { session: "worker" });
  await world.prompt(
    daemon,
    "worker",
    [
      "Go to B.",
      '@@tool mcp__claude-failover__failover {"to":"B"}',
      '@@tool mcp__claude-failover__failover {"to":"B","dryRun":false}',
      "@@text asked for it",
    ].join("\n"),
  );
  const [plan, done] = await answered(world, 2);
  assert.equal(JSON.parse(plan!).swap, null);
  assert.deepEqual(JSON.parse(plan!).plan.sessions, ["worker"]);
  await daemon.event("swap.finished");
  assert.equal(world.state().sessions.worker!.account, "B");
  const asked = world.events().find(({ seq }) => seq === JSON.parse(done!).seq);
  assert.deepEqual([asked?.type, asked?.via], ["swap.requested", token.split("_")[1]]);
  await world.prompt(daemon, "worker", "Still there?\n@@tool mcp__claude-failover__status {}");
  const last = (await answered(world, 3)).at(-1)!;
  assert.equal(JSON.parse(last).swap.moves.moved, 1);
  assert.equal(await daemon.stop(), 0);
});
