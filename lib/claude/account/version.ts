/**
 * Which Claude Code the account would run. All accounts run the same one, `claude.path` of the config.
 *
 * @module
 */
import type { HostProblem } from "../../model/host_event.ts";
import { claudeVersion } from "../auth.ts";
import { error, type Finding, info, type Look, warning } from "./finding.ts";
import { AUTH_TIMEOUT_MS } from "./login.ts";

/** What this program was measured against. */
const OLDEST_TESTED = "2.1.197";
const NEWEST_TESTED = "2.1.330";

export async function versionFindings({ ports, config, account }: Look): Promise<Finding[]> {
  const answer = await claudeVersion(ports.processes, {
    claudePath: config.claude.path,
    account,
    timeoutMs: AUTH_TIMEOUT_MS,
    baseEnv: ports.env,
  });
  if ("unknown" in answer) {
    return [error(
      `cannot run ${config.claude.path}: ${answer.unknown}`,
      "install Claude Code, or correct `claude.path` in the config",
    )];
  }
  const { version } = answer;
  if (isOlder(version, OLDEST_TESTED)) {
    return [
      warning(
        `Claude Code ${version} is older than any tested one (${OLDEST_TESTED})`,
        "update it",
      ),
    ];
  }
  const isNewer = isOlder(NEWEST_TESTED, version);
  return [
    info(
      `Claude Code ${version}${isNewer ? `, newer than the newest tested (${NEWEST_TESTED})` : ""}`,
    ),
  ];
}

/** What is worth telling of a version; null: it is one that this program was measured against, or between such. */
export function versionProblem(version: string): HostProblem | null {
  if (isOlder(version, OLDEST_TESTED)) {
    const what = `Claude Code ${version} is older than any tested one (${OLDEST_TESTED})`;
    return { about: "claude", severity: "warning", what, hint: "update it" };
  }
  if (!isOlder(NEWEST_TESTED, version)) return null;
  const what = `Claude Code is ${version} now, newer than the newest tested one (${NEWEST_TESTED})`;
  const hint = "keep an eye on the next start and the next move";
  return { about: "claude", severity: "info", what, hint };
}

function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => version.split(/[.-]/).map(Number));
  for (const i of [0, 1, 2]) {
    if (x![i] !== y![i]) return x![i]! < y![i]!;
  }
  return false;
}
