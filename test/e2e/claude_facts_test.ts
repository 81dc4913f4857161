/**
 * What we rely on in Claude Code, asked of Claude Code itself. A new version that breaks one of these breaks us.
 *
 * @module
 */
import { agentContract } from "../contract/agent_contract.ts";
import { agentWorld } from "../contract/agent_world.ts";
import { startApi } from "../fakes/api/server.ts";
import { claudeAgent } from "./support/claude.ts";

Deno.test("claude keeps the contract of an agent", async (t) => {
  await using api = await startApi();
  await using world = await agentWorld(claudeAgent(api));
  await agentContract(t, world);
});
