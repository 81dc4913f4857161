/**
 * The program under test: its source, or the executable that `$CLAUDE_FAILOVER_BIN` names, so that one suite holds both.
 *
 * @module
 */
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Null: the source. */
export const BUILT: string | null = Deno.env.get("CLAUDE_FAILOVER_BIN") ?? null;

export function denoRun(args: readonly string[]): [string, ...string[]] {
  return [Deno.execPath(), "run", "-A", "--no-check", "--cached-only", ...args];
}

/** The words that start `claude-failover` with these arguments. */
export function programWords(...args: string[]): [string, ...string[]] {
  return BUILT === null ? denoRun([MAIN, ...args]) : [BUILT, ...args];
}

/** What an environment that was made up needs beside: where an executable has unpacked itself. */
export function programEnv(): Record<string, string> {
  const runtime = Deno.env.get("CLAUDE_FAILOVER_RUNTIME");
  return BUILT === null || !runtime ? {} : { CLAUDE_FAILOVER_RUNTIME: runtime };
}
