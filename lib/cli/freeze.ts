/**
 * `freeze` and `thaw`: whether moves that nobody asked for may begin.
 *
 * @module
 */
import { Command, examples, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { withDaemon } from "./with_daemon.ts";

export function freezeCommand(context: CliContext): CommandUnknownOpts {
  return new Command("freeze")
    .description(
      "Let no automatic move begin until `thaw`. Of an automatic swap that runs, sessions that are not stopped yet " +
        "stay where they are, and the others go on to its end. You can still `failover`.",
    )
    .option("--reason <text>", "why, for whoever looks at the status")
    .addHelpText(
      "after",
      examples([`claude-failover freeze --reason "a release is on"`, "until thaw"]),
    )
    .action(async ({ reason }) => {
      await withDaemon(context, "freeze", (client) => client.freeze(reason));
      printLine(context, "Frozen: no automatic move begins until `claude-failover thaw`.");
    });
}

export function thawCommand(context: CliContext): CommandUnknownOpts {
  return new Command("thaw")
    .description("Allow automatic moves again.")
    .addHelpText("after", examples(["claude-failover thaw", "the end of a freeze"]))
    .action(async () => {
      await withDaemon(context, "thaw", (client) => client.thaw());
      printLine(context, "Thawed: automatic moves may begin again.");
    });
}
