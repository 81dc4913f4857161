/**
 * `task list`, `task show`, `task why` and `task preview`: what there is and why it waits.
 *
 * @module
 */
import { Command, examples, printJson, printLine, renderOptions } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { renderPreview, renderTask, renderTasks, renderWhy, tabSeparated } from "../render/task.ts";
import { withDaemon } from "../with_daemon.ts";
import { logCommand } from "./log.ts";

export const TASK = ["<task>", "its id, the beginning of it, or the name of its file"] as const;

export function lookCommands(context: CliContext): CommandUnknownOpts[] {
  return [list(context), show(context), why(context), logCommand(context), preview(context)];
}

function list(context: CliContext): CommandUnknownOpts {
  return new Command("list")
    .summary("the tasks that wait or are worked on")
    .description("List the tasks that wait, are worked on or need attention.")
    .option("-a, --all", "those that ended too, the latest ones")
    .option("-p, --project <id>", "only of that project")
    .option("--tsv", "tab-separated, with a head line")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover task list", "what is going on"],
        ["claude-failover task list --all --project shop", "and what went on in one project"],
      ),
    )
    .action(async ({ all, project, tsv, json }) => {
      const wish = { all: all ?? false, project };
      const view = await withDaemon(context, "list the tasks", (client) => client.tasks(wish));
      if (json) printJson(context, view);
      else if (tsv) printLine(context, tabSeparated(view.tasks));
      else printLine(context, renderTasks(view, context.clock.now(), renderOptions(context)));
    });
}

function show(context: CliContext): CommandUnknownOpts {
  return new Command("show")
    .summary("one whole: its wishes, its attempts and where it is")
    .description("Show one task: what it asks for, who had it, how that went and where it is now.")
    .argument(...TASK)
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover task show fix-login.md", "its whole story"]))
    .action(async (task, { json }) => {
      const view = await withDaemon(context, `show task ${task}`, (client) => client.task(task));
      if (json) printJson(context, view);
      else printLine(context, renderTask(view, context.clock.now(), renderOptions(context)));
    });
}

function why(context: CliContext): CommandUnknownOpts {
  return new Command("why")
    .summary("why one waits")
    .description("Say why a task is not being worked on, each reason on a line.")
    .argument(...TASK)
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover task why fix-login.md", "what it waits for"]))
    .action(async (task, { json }) => {
      const view = await withDaemon(
        context,
        `say why ${task} waits`,
        (client) => client.task(task),
      );
      if (json) printJson(context, view.waits);
      else printLine(context, renderWhy(view, renderOptions(context)));
    });
}

function preview(context: CliContext): CommandUnknownOpts {
  return new Command("preview")
    .summary("which task would go to which session now")
    .description("Say which tasks would be handed out now, and to whom; nothing is done.")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover task preview", "what comes next"]))
    .action(async ({ json }) => {
      const view = await withDaemon(context, "preview the tasks", (client) => client.taskPreview());
      if (json) printJson(context, view);
      else printLine(context, renderPreview(view, renderOptions(context)));
    });
}
