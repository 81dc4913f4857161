/**
 * `explain`: why a swap went as it did, or what the policy decides now and why.
 *
 * @module
 */
import { Command, examples, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { renderExplanation } from "./render/explain.ts";
import { withDaemon } from "./with_daemon.ts";

export function explainCommand(context: CliContext): CommandUnknownOpts {
  return new Command("explain")
    .description(
      "Say what was decided and why: what was known of each account and how old that was, and why each other " +
        "account was not taken. Without a swap: what the policy decides now.",
    )
    .argument("[swap]", "`last`, or the id of a swap")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover explain", "why it moves nothing, or what it is about to do"],
        ["claude-failover explain last", "the running or the last swap"],
      ),
    )
    .action(async (swap, { json }) => {
      const view = await withDaemon(context, "explain", (client) => client.explain(swap));
      if (json) printJson(context, view);
      else printLine(context, renderExplanation(view, renderOptions(context)));
    });
}
