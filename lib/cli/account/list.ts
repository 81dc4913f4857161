/**
 * `account list`: the accounts of the config and who is signed in where.
 *
 * @module
 */
import { loginOf } from "../../claude/accounts.ts";
import type { AuthStatus } from "../../claude/auth.ts";
import type { AccountSpec } from "../../model/config.ts";
import { listOptions, printJson, printLine } from "../command.ts";
import type { CliContext } from "../context.ts";
import { table } from "../render/table.ts";
import type { Style } from "../style.ts";
import { accountPorts, tilde } from "./ask.ts";

interface Row {
  readonly account: AccountSpec;
  readonly login: AuthStatus;
}

const HEAD = ["ACCOUNT", "KIND", "CONFIG DIR", "PRIORITY", "AUTO", "PLAN", "SIGNED IN AS"];

export async function listAccounts(context: CliContext, json: boolean): Promise<void> {
  const { config } = await context.loadConfig();
  const ports = await accountPorts(context);
  const rows = await Promise.all(config.accounts.map(async (account): Promise<Row> => ({
    account,
    login: await loginOf({ ports, config, account }),
  })));
  if (json) return printJson(context, rows.map(toJson));
  const options = listOptions(context);
  const cells = rows.map((row) => toCells(row, context.home, options.style));
  printLine(context, table(HEAD, cells, options));
}

function toCells({ account, login }: Row, home: string, style: Style): string[] {
  const { id, kind, priority, auto, configDir } = account;
  const isKnown = !("unknown" in login);
  return [
    style.name(id),
    kind,
    tilde(configDir, home),
    String(priority),
    auto ? "yes" : "no",
    isKnown && login.plan || "-",
    isKnown
      ? login.signedIn ? login.email ?? login.method : style.bad("nobody")
      : style.warn(`unknown: ${login.unknown}`),
  ];
}

function toJson({ account, login }: Row) {
  const { id, kind, configDir, priority, auto } = account;
  return { id, kind, configDir, priority, auto, login };
}
