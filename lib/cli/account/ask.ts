/**
 * What the subcommands of `account` have in common.
 *
 * @module
 */
import type { AccountPorts } from "../../claude/accounts.ts";
import type { AccountSpec, Config } from "../../model/config.ts";
import type { CliContext } from "../context.ts";
import { mistake } from "../errors.ts";
import { nameHint } from "../names.ts";

export async function accountPorts(context: CliContext): Promise<AccountPorts> {
  const { files, processes } = await context.ports();
  return { files, processes, env: context.env };
}

/** `what` stands after "Cannot". */
export function accountOf(config: Config, id: string, what: string): AccountSpec {
  const account = config.accounts.find((one) => one.id === id);
  if (account) return account;
  const ids = config.accounts.map((one) => one.id);
  throw mistake(`Cannot ${what}: the config has no account of that name`, nameHint(id, ids));
}

/** The folders that sessions may work in under this account. */
export function cwdsOf(config: Config, account: AccountSpec): string[] {
  const sessions = config.sessions.filter((one) => one.allowedAccounts.includes(account.id));
  return [...new Set(sessions.map((one) => one.cwd))];
}

/** As people write it: below their home by `~`. */
export function tilde(path: string, home: string): string {
  if (path === home) return "~";
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
