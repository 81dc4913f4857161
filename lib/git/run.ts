/**
 * Runs git in somebody's repository, and only looks: no lock is taken there, and no program of its config is started but for the
 * filters that git itself needs to compare.
 *
 * @module
 */
import type { Processes } from "../ports/process.ts";

const TIMEOUT_MS = 2_000;

/** What it printed; null when it failed or took too long. */
export async function runGit(
  processes: Processes,
  dir: string,
  args: readonly string[],
  { timeoutMs = TIMEOUT_MS, index = null }: { timeoutMs?: number; index?: string | null } = {},
): Promise<string | null> {
  const quiet = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", dir];
  const under = index === null ? [] : ["env", `GIT_INDEX_FILE=${index}`];
  const argv = [...under, ...quiet, ...args] as [string, ...string[]];
  const { code, stdout, timedOut } = await processes.run(argv, { timeoutMs });
  return !timedOut && code === 0 ? stdout : null;
}
