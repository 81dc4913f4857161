/**
 * `task list`, `task show`, `task why` and `task preview`: what there is and why it waits.
 *
 * @module
 */
import { findTask, listedTasks, notOneTask, taskView, taskViews } from "../../http/task_view.ts";
import type { State } from "../../model/state.ts";
import { Command, examples, printJson, printLine, renderOptions } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { mistake } from "../errors.ts";
import { showKnown } from "../last_known.ts";
import { taskHint } from "../names.ts";
import {
  renderPreview,
  renderTask,
  renderTasks,
  renderWhy,
  tabSeparated,
  type TaskAndWhy,
  type TasksView,
} from "../render/task.ts";
import { withDaemon } from "../with_daemon.ts";
import { logCommand } from "./log.ts";
import { untakenFiles } from "./untaken.ts";

export const TASK = ["<task>", "its id, the beginning of it, or the name of its file"] as const;

export function lookCommands(context: CliContext): CommandUnknownOpts[] {
  return [list(context), show(context), why(context), logCommand(context), preview(context)];
}

function list(context: CliContext): CommandUnknownOpts {
  return new Command("list")
    .summary("the tasks that wait or are worked on")
    .description(
      "List the tasks that wait, are worked on or need attention, and the files in the inboxes that are not taken yet.",
    )
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
      await showKnown<TasksView>(context, {
        what: "list the tasks",
        ask: (client) => client.tasks(wish),
        fromJournal: (state) => ({
          tasks: listedTasks(state, wish),
          next: null,
          paused: state.dispatchPaused,
        }),
        async show(view) {
          if (tsv) return printLine(context, tabSeparated(view.tasks));
          // Of a part of the tasks nobody can tell which files are none.
          const isAll = view.next === null;
          const untaken = isAll ? await untakenFiles(context, view.tasks, project) : [];
          const whole = { ...view, untaken };
          if (json) return printJson(context, whole);
          printLine(context, renderTasks(whole, context.clock.now(), renderOptions(context)));
        },
      });
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
      const what = `show task ${task}`;
      await showKnown<TaskAndWhy>(context, {
        what,
        ask: (client) => client.task(task),
        fromJournal: (state) => leftTask(context, what, { state, word: task }),
        show(view) {
          if (json) printJson(context, view);
          else printLine(context, renderTask(view, context.clock.now(), renderOptions(context)));
        },
      });
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
      const what = `say why ${task} waits`;
      await showKnown<TaskAndWhy>(context, {
        what,
        ask: (client) => client.task(task),
        fromJournal: (state) => leftTask(context, what, { state, word: task }),
        show(view) {
          if (json) printJson(context, view.waits);
          else printLine(context, renderWhy(view, renderOptions(context)));
        },
      });
    });
}

/** From the journal; who would get it now is for a daemon to say. */
async function leftTask(
  context: CliContext,
  what: string,
  { state, word }: { readonly state: State; readonly word: string },
): Promise<TaskAndWhy> {
  const found = findTask(state, word);
  if (Array.isArray(found)) {
    const hint = found.length === 0 ? await taskHint(word, taskViews(state), context) : null;
    throw mistake(`Cannot ${what}: ${notOneTask(word, found)}`, hint);
  }
  const waits = found.place.at === "queued" ? ["no daemon is running to hand it out"] : [];
  return { task: taskView(state, found), waits };
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
