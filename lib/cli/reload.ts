/**
 * `reload`: the daemon reads its config file again.
 *
 * @module
 */
import { ControlError } from "../http/client.ts";
import type { ConfigChange } from "../model/reload.ts";
import { NotListeningError } from "../ports/net.ts";
import { Command, examples, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, EXIT } from "./errors.ts";
import { withDaemon } from "./with_daemon.ts";

export function reloadCommand(context: CliContext): CommandUnknownOpts {
  return new Command("reload")
    .description(
      "Let the daemon read its config file again, as SIGHUP does. A good one is in force at once: new sessions " +
        "are started, those that are gone from it go on by themselves, a running swap keeps the config it began " +
        "with. With a bad one the daemon goes on as before.",
    )
    .addHelpText("after", examples(["claude-failover reload", "after an edit of the config"]))
    .action(async () => {
      await mustBeReadable(context);
      const reload = await withDaemon(
        context,
        "reload the config",
        (client) => client.reload().catch((error) => Promise.reject(inWords(error))),
        {
          downHint:
            "there is nothing to reload; `claude-failover run` starts one, which reads the config",
        },
      );
      if (reload.is === "unchanged") return printLine(context, "The config has not changed.");
      if (reload.is !== "applied") return;
      printLine(context, "The new config is in force.");
      for (const line of changeWords(reload.change)) printLine(context, `  ${line}`);
    });
}

const GOES_ON = "a daemon that runs goes on with the config it has";

/** Fails with what is wrong in the config, and that a daemon goes on with the older one. The way to the daemon stands in the config too, so a bad one is seen before the daemon is asked. */
export async function mustBeReadable(context: CliContext): Promise<void> {
  try {
    await context.loadConfig();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const hint = error.hint === null ? GOES_ON : `${error.hint}; ${GOES_ON}`;
    throw new CliError(error.message, { exit: error.exit, hint, cause: error });
  }
}

function inWords(error: unknown): unknown {
  if (!(error instanceof ControlError) || error.title !== "Config rejected") return error;
  if (error.status !== 409) {
    return new CliError(error.detail, { exit: EXIT.usage, hint: GOES_ON, cause: error });
  }
  return new CliError(`Cannot reload the config: ${error.detail.split("\n").join("; ")}`, {
    exit: EXIT.usage,
    hint: "`claude-failover stop`, then `claude-failover run`: the sessions go on meanwhile",
    cause: error,
  });
}

function changeWords(change: ConfigChange): string[] {
  const { sessionsAdded, sessionsRemoved, accountsAdded, accountsRemoved } = change;
  return [
    ...sessionsAdded.map((name) => `${name} is new and is being started`),
    ...sessionsRemoved.map(({ session, runs }) =>
      runs
        ? `${session} is gone from the config; it goes on, \`session stop ${session}\` ends it`
        : `${session} is gone from the config`
    ),
    ...accountsAdded.map((id) => `account ${id} is new`),
    ...accountsRemoved.map(({ account, sessions }) =>
      sessions.length === 0
        ? `account ${account} is gone from the config`
        : `account ${account} is gone from the config; ${sessions.join(", ")} still under it, ` +
          `\`failover --from ${account}\` moves them`
    ),
  ];
}

/** A daemon that is not there reads the config when it starts. */
export async function reloadIfRunning(context: CliContext): Promise<void> {
  using client = await context.client();
  try {
    await client.reload();
    printLine(context, "The daemon has read the config again.");
  } catch (error) {
    if (!(error instanceof NotListeningError)) throw error;
  }
}
