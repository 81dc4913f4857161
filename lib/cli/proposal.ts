/**
 * `swap confirm` and `swap reject`: a person's word on the proposal that waits, in mode `confirm`.
 *
 * @module
 */
import { Command, examples, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { followSwap } from "./failover.ts";
import { clockTime } from "../words/time.ts";
import { withDaemon } from "./with_daemon.ts";

const ID = ["[proposal]", "its id from `status --json`; without it the one that waits"] as const;

export function confirmCommand(context: CliContext): CommandUnknownOpts {
  return new Command("confirm")
    .summary("carry out the proposal that waits")
    .description(
      "In mode confirm: carry out the move that is proposed, and watch it happen. `status` shows the proposal.",
    )
    .argument(...ID)
    .option("--no-wait", "do not wait for the end")
    .addHelpText("after", examples(["claude-failover swap confirm", "do what `status` proposes"]))
    .action(async (proposal, { wait }) => {
      await withDaemon(context, "confirm the proposal", async (client) => {
        await followSwap(context, client, { ...await client.confirm(proposal), wait });
      });
    });
}

export function rejectCommand(context: CliContext): CommandUnknownOpts {
  return new Command("reject")
    .summary("let nothing move for this reason")
    .description(
      "In mode confirm: turn the proposal down. To leave that account for the same reason is not proposed again before " +
        "the window's reset; a threshold that becomes a limit is.",
    )
    .argument(...ID)
    .option("--reason <text>", "why, for the journal")
    .addHelpText("after", examples(["claude-failover swap reject", "nothing moves"]))
    .action(async (proposal, { reason }) => {
      const { until } = await withDaemon(
        context,
        "reject the proposal",
        (client) => client.reject(proposal, reason),
      );
      const { localTime } = renderOptions(context);
      const when = clockTime(until, context.clock.now(), localTime);
      printLine(context, `Rejected: the same is not proposed again before ${when}.`);
    });
}
