/**
 * `task`: the work in the inboxes, what becomes of it, and the words with which it ends.
 *
 * @module
 */
import { Command } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { addCommand } from "./task/add.ts";
import { lookCommands } from "./task/look.ts";
import { tellCommands } from "./task/tell.ts";

export function taskCommand(context: CliContext): CommandUnknownOpts {
  const task = new Command("task").description(
    "Work for the pool: Markdown files in `.agent-queue/inbox/` of the projects. docs/agent-queue.md has the protocol.",
  );
  task.addCommand(addCommand(context));
  for (const command of [...lookCommands(context), ...tellCommands(context)]) {
    task.addCommand(command);
  }
  return task;
}
