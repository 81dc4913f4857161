/**
 * Which Claude Code the account would run. All accounts run the same one, `claude.path` of the config.
 *
 * @module
 */
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

function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => version.split(/[.-]/).map(Number));
  for (const i of [0, 1, 2]) {
    if (x![i] !== y![i]) return x![i]! < y![i]!;
  }
  return false;
}
