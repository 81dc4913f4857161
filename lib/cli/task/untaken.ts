/**
 * Files in the inboxes that are no tasks yet: a file is taken when it has lain unchanged for a moment, and by a daemon only.
 *
 * @module
 */
import type { TaskView } from "../../http/task_view.ts";
import { scanInbox } from "../../queue/inbox.ts";
import { inboxDir } from "../../queue/layout.ts";
import type { CliContext } from "../context.ts";

export interface Untaken {
  readonly project: string;
  /** Its name in the inbox. */
  readonly file: string;
}

/** In the order of the config, then of names. `tasks` are those that are known and not over. */
export async function untakenFiles(
  context: CliContext,
  tasks: readonly Pick<TaskView, "project" | "file" | "place">[],
  only: string | undefined,
): Promise<Untaken[]> {
  const { config } = await context.loadConfig();
  const { files } = await context.ports();
  const projects = config.projects.filter(({ id }) => (only ?? id) === id);
  const found = await Promise.all(projects.map(async (project) => {
    const look = { seen: new Map(), now: 0, stableMs: 0 };
    const { tasks, marked } = await scanInbox(files, inboxDir(project), look);
    return tasks.filter(({ file }) => !marked.has(file))
      .map(({ file }) => ({ project: project.id, file }));
  }));
  return found.flat().filter(({ project, file }) =>
    !tasks.some((task) => task.project === project && task.file === file && task.place !== "closed")
  );
}
