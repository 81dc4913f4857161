/**
 * The unmodified `claude` as an agent under test: it takes the local API for the provider, by way of its proxy.
 *
 * @module
 */
import type { AgentUnderTest } from "../../contract/agent_world.ts";
import type { RunningApi } from "../../fakes/api/server.ts";

/** Where `scripts/e2e.ts` says the binary is. */
export const CLAUDE_VARIABLE = "CLAUDE_FAILOVER_E2E_CLAUDE";

export function claudePath(): string {
  const path = Deno.env.get(CLAUDE_VARIABLE);
  if (path) return path;
  throw new Error(
    `Cannot find claude: ${CLAUDE_VARIABLE} is not set (\`deno task test:e2e\` installs it and sets it)`,
  );
}

/**
 * What `claude` needs beside a home. IS_SANDBOX lets root skip permission prompts, which CI often is; the others keep it from
 * asking for what the local API does not have.
 */
export function claudeEnv(api: RunningApi): Record<string, string> {
  return {
    ...api.env,
    IS_SANDBOX: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
  };
}

export function claudeAgent(api: RunningApi): AgentUnderTest {
  return {
    argv: [claudePath(), "--dangerously-skip-permissions"],
    env: () => claudeEnv(api),
    answer: (name, _configDir, answers) => {
      const account = api.account(name);
      account.mode = answers.kind;
      if (answers.kind === "limit") {
        account.claim = "five_hour";
        account.reset5h = answers.resetsAt;
      }
    },
  };
}
