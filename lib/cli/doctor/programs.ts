/**
 * The programs this one stands on: Deno, tmux, flock, claude.
 *
 * @module
 */
import type { Config } from "../../model/config.ts";
import { type Processes, ProgramNotFoundError } from "../../ports/process.ts";
import { type Check, error, ok, warning } from "./check.ts";

const TIMEOUT_MS = 10_000;
/** What this program was measured with; older ones may do. */
const TESTED_DENO = "2.9.6";
const TESTED_TMUX = "3.3";

export interface Machine {
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string>>;
  readonly os: string;
  /** Of the Deno that runs us. */
  readonly deno: string;
}

export function checkPrograms(machine: Machine, config: Config | null): Promise<Check[]> {
  return Promise.all([
    checkDeno(machine),
    checkTmux(machine),
    ...(machine.os === "linux" ? [checkFlock(machine)] : []),
    checkClaude(machine, config),
  ]);
}

function checkDeno({ deno }: Machine): Check {
  return isOlder(deno, TESTED_DENO)
    ? warning("deno", `${deno} is older than the tested ${TESTED_DENO}`, "deno upgrade")
    : ok("deno", deno);
}

async function checkTmux(machine: Machine): Promise<Check> {
  const said = await ask(machine, ["tmux", "-V"]);
  if (said === null) return error("tmux", "it is not installed", install(machine, "tmux"));
  const version = /(\d+\.\d+)/.exec(said)?.[1];
  if (version === undefined) {
    return warning("tmux", `it says its version as ${JSON.stringify(said)}`, null);
  }
  return isOlder(version, TESTED_TMUX)
    ? warning(
      "tmux",
      `${version} is older than the tested ${TESTED_TMUX}`,
      install(machine, "tmux"),
    )
    : ok("tmux", said);
}

/** It holds "one process per conversation"; see docs. */
async function checkFlock(machine: Machine): Promise<Check> {
  const said = await ask(machine, ["flock", "--version"]);
  return said === null
    ? error("flock", "it is not installed", install(machine, "util-linux"))
    : ok("flock", said.replace(/^flock from /, ""));
}

async function checkClaude(machine: Machine, config: Config | null): Promise<Check> {
  const path = config?.claude.path ?? "claude";
  const said = await ask(machine, [path, "--version"]);
  if (said === null) {
    return error(
      "claude",
      `there is no program ${path}`,
      "npm install -g @anthropic-ai/claude-code, or correct `claude.path` in the config",
    );
  }
  return /^\d+\.\d+\.\d+/.test(said) ? ok("claude", said) : error(
    "claude",
    `${path} --version says ${JSON.stringify(said)}`,
    "run it by hand to see why",
  );
}

/** The first line it prints, or null when there is no such program. */
async function ask(
  { processes, env }: Machine,
  argv: readonly [string, ...string[]],
): Promise<string | null> {
  try {
    const { stdout, stderr, timedOut } = await processes.run(argv, { env, timeoutMs: TIMEOUT_MS });
    return timedOut ? "nothing" : (stdout || stderr).trim().split("\n")[0]!;
  } catch (error) {
    if (error instanceof ProgramNotFoundError) return null;
    throw error;
  }
}

function install({ os }: Machine, name: string): string {
  return os === "darwin"
    ? `brew install ${name}`
    : `sudo apt-get install ${name} (or what your system has in its place)`;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((v) => v.split(".").map(Number));
  for (const [i, part] of b!.entries()) {
    if ((a![i] ?? 0) !== part) return (a![i] ?? 0) < part;
  }
  return false;
}
