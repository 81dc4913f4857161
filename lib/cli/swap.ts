/**
 * `swap`: the steps and times of one, and a person's word on one that is proposed.
 *
 * @module
 */
import { Command, examples, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { confirmCommand, rejectCommand } from "./proposal.ts";
import { renderSwap } from "./render/swap.ts";
import { withDaemon } from "./with_daemon.ts";

export function swapCommand(context: CliContext): CommandUnknownOpts {
  const swap = new Command("swap").description("Look at swaps, and answer one that is proposed.");
  swap.command("show")
    .summary("the steps of a swap with their times")
    .description("Show each session's steps, when they began and how long they took.")
    .argument("[id]", "which swap; without it the running one, else the last one", "last")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover swap show", "the running or the last one"],
        ["claude-failover swap show 5b2e7a1c --json", "one by its id"],
      ),
    )
    .action(async (id, { json }) => {
      const view = await withDaemon(context, "show the swap", (client) => client.swap(id));
      if (json) printJson(context, view);
      else printLine(context, renderSwap(view, renderOptions(context)));
    });
  swap.addCommand(confirmCommand(context));
  swap.addCommand(rejectCommand(context));
  return swap;
}
