/**
 * `session pin` and `unpin`: the account that a session belongs under, by a person's word.
 *
 * @module
 */
import { Command, examples, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { withDaemon } from "./with_daemon.ts";

const NAME = ["<name>", "the session, e.g. ccl-0"] as const;

export function pinCommands(context: CliContext): CommandUnknownOpts[] {
  return [pin(context), unpin(context)];
}

function pin(context: CliContext): CommandUnknownOpts {
  return new Command("pin")
    .summary("let one run under this account only")
    .description(
      "Say under which account a session belongs: no move takes it elsewhere until `session unpin`, whatever the " +
        "policy wants, and at the limit of that account it waits there. If it runs under another one, it is moved now.",
    )
    .argument(...NAME)
    .argument("<account>", "the account, e.g. spare")
    .addHelpText(
      "after",
      examples(["claude-failover session pin ccl-0 spare", "there, and nowhere else"]),
    )
    .action(async (name, account) => {
      const what = `pin ${name} to ${account}`;
      const { swap, stays } = await withDaemon(
        context,
        what,
        (client) => client.pin(name, account),
      );
      const until = `until \`claude-failover session unpin ${name}\``;
      printLine(context, `${name} is pinned to ${account} ${until}.`);
      if (swap !== null) {
        printLine(context, `It is being moved there: \`claude-failover swap show ${swap}\``);
      }
      if (stays !== null) {
        printLine(
          context,
          `It is not moved there now: ${stays}. \`failover --to ${account}\` does that later.`,
        );
      }
    });
}

function unpin(context: CliContext): CommandUnknownOpts {
  return new Command("unpin")
    .summary("the end of a pin")
    .description("End the pin of a session: moves take it along again. It stays where it is.")
    .argument(...NAME)
    .addHelpText(
      "after",
      examples(["claude-failover session unpin ccl-0", "moves take it along again"]),
    )
    .action(async (name) => {
      await withDaemon(context, `unpin ${name}`, (client) => client.unpin(name));
      printLine(context, `${name} is no longer pinned.`);
    });
}
