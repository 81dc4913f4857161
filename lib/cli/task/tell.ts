/**
 * The words on a task: `done`, `fail`, `cancel`, `retry`; and `pause`, `resume` of the dispatcher.
 *
 * @module
 */
import { Command, examples, printLine } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { withDaemon } from "../with_daemon.ts";
import { TASK } from "./look.ts";

/** Set in every session of the pool: who speaks is the agent of that session. */
export const SESSION_VARIABLE = "CLAUDE_FAILOVER_SESSION";

const MAX_NOTE = 4_000;

export function tellCommands(context: CliContext): CommandUnknownOpts[] {
  return [
    end(context, "done"),
    end(context, "fail"),
    cancel(context),
    retry(context),
    move(context),
    pause(context),
    resume(context),
  ];
}

function end(context: CliContext, word: "done" | "fail"): CommandUnknownOpts {
  const as = word === "done" ? "done" : "failed";
  return new Command(word)
    .summary(word === "done" ? "say that one is done" : "say that one cannot be done")
    .description(
      `Say that a task ${
        word === "done" ? "is done" : "cannot be done"
      }; its file is put away into ${as}/ with a result beside it. ` +
        "An agent of the pool says it of its own task, and may leave the task out.",
    )
    .argument("[task]", TASK[1])
    .option("-n, --note <text>", "for the result: what was done, or what is in the way")
    .addHelpText(
      "after",
      examples([
        `claude-failover task ${word} --note "${
          word === "done" ? "tests are green" : "the API is gone"
        }"`,
        "from within a session",
      ]),
    )
    .action(async (task = "current", { note }) => {
      const session = context.env[SESSION_VARIABLE];
      const wish = { as, note: note?.slice(0, MAX_NOTE), session } as const;
      await withDaemon(context, `end task ${task}`, (client) => client.endTask(task, wish));
      printLine(context, `The task is ${as}; its file goes to ${as}/.`);
    });
}

function cancel(context: CliContext): CommandUnknownOpts {
  return new Command("cancel")
    .summary("take one out of the inbox")
    .description(
      "Cancel a task: its file goes to cancelled/. A session that works on it is not stopped; `session restart` does that.",
    )
    .argument(...TASK)
    .addHelpText("after", examples(["claude-failover task cancel fix-login.md", "not any more"]))
    .action(async (task) => {
      await withDaemon(context, `cancel task ${task}`, (client) => client.cancelTask(task));
      printLine(
        context,
        `${task} is cancelled; \`claude-failover task retry ${task}\` brings it back.`,
      );
    });
}

function retry(context: CliContext): CommandUnknownOpts {
  return new Command("retry")
    .summary("put one that failed back into the inbox")
    .description(
      "Give a task that failed, was cancelled or needs attention another try, with all its attempts before it.",
    )
    .argument(...TASK)
    .addHelpText("after", examples(["claude-failover task retry fix-login.md", "once more"]))
    .action(async (task) => {
      await withDaemon(context, `retry task ${task}`, (client) => client.retryTask(task));
      printLine(context, `${task} goes back to its inbox.`);
    });
}

function move(context: CliContext): CommandUnknownOpts {
  return new Command("move")
    .summary("put one that waits into another project's inbox")
    .description(
      "Move a task that waits to another project: its file goes into that inbox, never over another one.",
    )
    .argument(...TASK)
    .argument("<project>", "the id of the project")
    .addHelpText(
      "after",
      examples(["claude-failover task move fix-login.md shop", "it was theirs"]),
    )
    .action(async (task, project) => {
      await withDaemon(context, `move task ${task}`, (client) => client.moveTask(task, project));
      printLine(context, `${task} is in the inbox of ${project} now.`);
    });
}

function pause(context: CliContext): CommandUnknownOpts {
  return new Command("pause")
    .summary("hand out no more tasks")
    .description("Hand out no task until `task resume`; what is being worked on goes on.")
    .option("--reason <text>", "why, for whoever looks at the list")
    .addHelpText(
      "after",
      examples([`claude-failover task pause --reason "a demo is on"`, "until resume"]),
    )
    .action(async ({ reason }) => {
      await withDaemon(context, "pause the dispatcher", (client) => client.pauseDispatch(reason));
      printLine(context, "No task is handed out until `claude-failover task resume`.");
    });
}

function resume(context: CliContext): CommandUnknownOpts {
  return new Command("resume")
    .summary("hand out tasks again")
    .description("Hand out tasks again.")
    .addHelpText("after", examples(["claude-failover task resume", "the end of a pause"]))
    .action(async () => {
      await withDaemon(context, "resume the dispatcher", (client) => client.resumeDispatch());
      printLine(context, "Tasks are handed out again.");
    });
}
