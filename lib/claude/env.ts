/**
 * The environment of a `claude` that runs under a given account: what it must not inherit, and what it is given.
 *
 * A stray ANTHROPIC_API_KEY beats the login of the config dir and bills the API; a CLAUDE_CODE_CHILD_SESSION makes
 * the session keep no transcript (docs of 2.1.240). So nothing of that kind is inherited, whoever started us.
 *
 * @module
 */
import type { AccountSpec } from "../model/config.ts";

/** No variable whose name starts so is inherited. Also the provider switches, CLAUDE_CODE_USE_*. */
export const SCRUBBED_PREFIXES = ["CLAUDE", "ANTHROPIC"] as const;
/** But our own: an agent may run `claude-failover` in its session, and it must find the same config. */
export const KEPT_PREFIX = "CLAUDE_FAILOVER_";
export const SCRUBBED_NAMES = ["AWS_BEARER_TOKEN_BEDROCK"] as const;

/**
 * Set for every session. The thresholds keep "Resume from summary" from asking: it is offered for an old and
 * large conversation and would block an unattended resume (names read in the binary of 2.1.330; not tried).
 */
const ALWAYS = {
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_RESUME_THRESHOLD_MINUTES: "1000000000",
  CLAUDE_CODE_RESUME_TOKEN_THRESHOLD: "1000000000",
} as const;

/** The variables an account's sessions are given. The config dir is the account's alone to say. */
export function accountEnv(account: AccountSpec): Record<string, string> {
  const env: Record<string, string> = { ...ALWAYS, ...account.env };
  for (const name of Object.keys(env)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    throw new TypeError(`Cannot set the environment of account ${account.id}: bad name ${name}`);
  }
  delete env["CLAUDE_CONFIG_DIR"];
  if (!account.isDefaultDir) env["CLAUDE_CONFIG_DIR"] = account.configDir;
  return env;
}

/** The whole environment of a program that is to speak for this account, made from ours. */
export function claudeEnv(
  account: AccountSpec,
  baseEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(baseEnv).filter(([name]) => !isScrubbed(name));
  return { ...Object.fromEntries(kept), ...accountEnv(account) };
}

function isScrubbed(name: string): boolean {
  if (name.startsWith(KEPT_PREFIX)) return false;
  return SCRUBBED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    SCRUBBED_NAMES.some((scrubbed) => scrubbed === name);
}
