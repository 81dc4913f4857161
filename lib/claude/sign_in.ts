/**
 * What runs in the pane in which a person signs in: Claude Code itself, unmodified, under the account's
 * config dir. We see neither what is typed there nor what comes of it but through `claude auth status`.
 *
 * @module
 */
import type { AccountSpec, Config } from "../model/config.ts";
import { accountEnv, SCRUBBED_NAMES, SCRUBBED_PREFIXES } from "./env.ts";
import { shQuote } from "./shell.ts";

export interface SignIn {
  readonly account: AccountSpec;
  /** The tmux session; it ends with the sign-in, so that whoever is attached gets the terminal back. */
  readonly session: string;
  /** Begin with the sign-in proper; else only with Claude Code, for its first questions and the trust. */
  readonly needsLogin: boolean;
}

/** The tmux session of an account's sign-in. */
export function signInSession(account: AccountSpec): string {
  return `claude-failover-sign-in-${account.id}`;
}

/** The words of the pane. `claude auth login` is of 2.1.41. */
export function signInCommand(
  { claude }: Config,
  { account, session, needsLogin }: SignIn,
): [string, string, string] {
  const program = shQuote(claude.path);
  const exports = Object.entries(accountEnv(account))
    .map(([name, value]) => `export ${name}=${shQuote(value)}`);
  const lines = [
    // As in launch.sh: nothing of another session or login is inherited, not from tmux either.
    `for name in $(env | sed -n ${
      SCRUBBED_PREFIXES.map(namesWith).join(" ")
    }); do unset "$name"; done`,
    `unset ${SCRUBBED_NAMES.join(" ")}`,
    ...exports,
    needsLogin ? `${program} auth login && ${program}` : program,
    `status=$?`,
    `if [ "$status" -ne 0 ]; then`,
    `  printf '\\nClaude Code ended with status %s. Press Enter to close this.\\n' "$status"`,
    `  read -r _`,
    `fi`,
    `tmux kill-session -t ${shQuote(`=${session}`)}`,
  ];
  return ["sh", "-c", lines.join("\n")];
}

/** The part of a sed script that prints the names of variables with this prefix. */
function namesWith(prefix: string): string {
  return `-e 's/^\\(${prefix}[A-Za-z0-9_]*\\)=.*/\\1/p'`;
}
