/**
 * `env`: what a shell needs to use an account by hand, with the same environment as the account's sessions.
 *
 * @module
 */
import { claudeEnv } from "../claude/env.ts";
import { shQuote } from "../claude/shell.ts";
import type { AccountSpec, Config } from "../model/config.ts";
import { accountOf } from "./account/ask.ts";
import { Command, examples, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { mistake } from "./errors.ts";
import { withDaemon } from "./with_daemon.ts";

export function envCommand(context: CliContext): CommandUnknownOpts {
  return new Command("env")
    .description(
      "Print the lines of shell that make `claude` in this shell use an account: its config dir, and " +
        "nothing inherited that would point elsewhere. No secret is in them.",
    )
    .argument("[account]", "which one; without it the first that is not used up")
    .addHelpText(
      "after",
      examples(
        [`eval "$(claude-failover env work)"`, "claude now runs under work, in this shell"],
        ["claude-failover env", "see the lines"],
      ),
    )
    .action(async (id) => {
      const { config } = await context.loadConfig();
      const account = id === undefined
        ? await firstWithRoom(context, config)
        : accountOf(config, id, `use the account ${id}`);
      if (!account) throw mistake("Cannot use an account: the config has none");
      for (const line of envLines(account, context.env)) printLine(context, line);
      if (id === undefined) context.stderr.write(`# the account ${account.id}\n`);
    });
}

/** The difference between the environment we have and the one `claude` is to have, as POSIX sh. */
export function envLines(account: AccountSpec, env: Readonly<Record<string, string>>): string[] {
  const wanted = claudeEnv(account, env);
  // bash exports functions under names that no shell can unset (BASH_FUNC_x%%), and that it would run as something else.
  const names = Object.keys(env)
    .filter((name) => !Object.hasOwn(wanted, name) && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)).sort();
  const sets = Object.entries(wanted).filter(([name, value]) => env[name] !== value).sort();
  return [
    ...names.map((name) => `unset ${name}`),
    ...sets.map(([name, value]) => `export ${name}=${shQuote(value)}`),
  ];
}

/** By the figures of the daemon; when none runs, by priority alone. */
async function firstWithRoom(
  context: CliContext,
  config: Config,
): Promise<AccountSpec | undefined> {
  const byPriority = [...config.accounts].sort((a, b) => a.priority - b.priority);
  const full = await withDaemon(context, "see the accounts", async (client) => {
    const { accounts } = await client.status();
    return accounts.filter((a) => a.pressure.is === "full").map((a) => a.id);
  }).catch((): string[] => []);
  return byPriority.find((a) => !full.includes(a.id)) ?? byPriority[0];
}
