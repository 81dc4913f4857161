/**
 * `run`: the daemon in the foreground; with `--observe` only its eyes.
 *
 * @module
 */
import { Command, examples } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { mistake } from "../errors.ts";

export function runCommand(context: CliContext): CommandUnknownOpts {
  return new Command("run")
    .description(
      "Start the daemon in the foreground: it starts the sessions of the config in tmux, watches them and " +
        "moves them at a limit. Ctrl-C stops the daemon and leaves the sessions running; the next daemon adopts them.",
    )
    .option("--observe", "touch nothing: say what the daemon would do, then what changes")
    .option("--once", "with --observe: end after the report")
    .option(
      "--json",
      "the journal itself, one JSON object a line; without a terminal it is the log that is printed, as JSON",
    )
    .addHelpText(
      "after",
      examples(
        ["claude-failover run --observe", "before the first real run"],
        ["claude-failover run", "the daemon; Ctrl-C to stop"],
      ),
    )
    .action(async ({ observe, once, json }) => {
      if (once && !observe) {
        throw mistake("Cannot run the daemon once: --once is for --observe", "add --observe");
      }
      if (observe) {
        const { observeWorld } = await import("./observe.ts");
        return await observeWorld(context, { once: once ?? false, json: json ?? false });
      }
      const { runForeground } = await import("./foreground.ts");
      await runForeground(context, { told: json ? "journal" : context.isTty ? "text" : "log" });
    });
}
