/**
 * Config dirs that Claude Code has met before, as those of people are.
 *
 * @module
 */
import { join } from "node:path";
import type { RunningApi } from "../../fakes/api/server.ts";
import type { TestHome } from "../../support/mod.ts";
import { claudeEnv, claudePath } from "./claude.ts";

/**
 * Lets `claude` move new config dirs to the form of its version. Its first `claude auth status` in one writes
 * `.claude.json` about ten times and may exit with `.claude.json.lock` still there. Each `claude` of that account which
 * ends in the ten seconds after waits for it: 2 s before its SessionEnd, up to 8 s more after it (2.1.330).
 */
export async function settle(
  configDirs: readonly string[],
  { home, api }: { readonly home: TestHome; readonly api: RunningApi },
): Promise<void> {
  await Promise.all(configDirs.map(async (configDir) => {
    const { success, stderr } = await new Deno.Command(claudePath(), {
      args: ["auth", "status"],
      clearEnv: true,
      env: { ...home.env, ...claudeEnv(api), CLAUDE_CONFIG_DIR: configDir },
      stdin: "null",
    }).output();
    if (!success) {
      throw new Error(`Cannot settle ${configDir}: ${new TextDecoder().decode(stderr)}`);
    }
    // Nobody else has been here yet, so the lock is of that process, and that has ended.
    await Deno.remove(join(configDir, ".claude.json.lock"), { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }));
}
