/**
 * `status`: accounts, sessions and the swap under way.
 *
 * @module
 */
import { type StatusView, statusView } from "../http/view.ts";
import { Command, examples, printJson, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { showKnown } from "./last_known.ts";
import { renderStatus } from "./render/status.ts";
import { watchView } from "./watch.ts";

export function statusCommand(context: CliContext): CommandUnknownOpts {
  return new Command("status")
    .description(
      "Show the accounts with how much of each window is used, the sessions and the swap.",
    )
    .option("-w, --watch", "show it again whenever something changes, until Ctrl-C")
    .option("--json", "one JSON object a line, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover status", "the whole picture"],
        ["claude-failover status --watch", "keep looking"],
        ["claude-failover status --json | jq '.accounts[].pressure'", "for scripts"],
      ),
    )
    .action(async ({ watch, json }) => {
      if (watch) {
        return await watchView<StatusView>(context, {
          json: json ?? false,
          what: "show the status",
          ask: (client) => client.status(),
          render: (view) => renderStatus(view, renderOptions(context)),
        });
      }
      const show = (view: StatusView) => {
        if (json) printJson(context, view);
        else context.stdout.write(renderStatus(view, renderOptions(context)));
      };
      await showKnown(context, {
        what: "show the status",
        ask: (client) => client.status(),
        fromJournal: statusView,
        show,
      });
    });
}
