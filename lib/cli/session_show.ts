/**
 * `session show`: everything about one session.
 *
 * @module
 */
import { attachArgs } from "./attach.ts";
import { Command, examples, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { shWord } from "../claude/shell.ts";
import { renderSession } from "./render/session.ts";
import { withDaemon } from "./with_daemon.ts";

export function showCommand(context: CliContext): CommandUnknownOpts {
  return new Command("show")
    .summary("everything about one, and why it is as it is")
    .description(
      "Show one session: state, account, conversation, process, what a person wants of it, unsent drafts and " +
        "prompts, and its last changes of state, each with the reason.",
    )
    .argument("<name>", "the session, e.g. ccl-0")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover session show ccl-0", "why it is as it is"]))
    .action(async (name, { json }) => {
      const view = await withDaemon(context, `show ${name}`, (client) => client.session(name));
      if (!json) return printLine(context, renderSession(view, renderOptions(context)));
      const { config } = await context.loadConfig();
      const attach = attachArgs(config.tmux.socket, name).map(shWord).join(" ");
      printJson(context, { ...view, attach });
    });
}
