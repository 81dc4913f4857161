/**
 * The folders of a project's `.agent-queue`, and the names of what stands beside a task's file.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { TaskEnd } from "../model/task.ts";

/** Where the project keeps its tasks. */
export function queueDir({ path }: Pick<ProjectSpec, "path">): string {
  return `${path}/.agent-queue`;
}

/** What waits and what is worked on. */
export function inboxDir(project: Pick<ProjectSpec, "path">): string {
  return `${queueDir(project)}/inbox`;
}

/** `done/`, `failed/` or `cancelled/`. */
export function endDir(project: Pick<ProjectSpec, "path">, end: TaskEnd): string {
  return `${queueDir(project)}/${end}`;
}

/** What the project's sessions are doing, for other programs. */
export function statusPath(project: Pick<ProjectSpec, "path">): string {
  return `${queueDir(project)}/status.json`;
}

/** `x.md.dispatched`: whoever could create it has the task. */
export function markerName(file: string): string {
  return `${file}.dispatched`;
}

/** `x.result.md`: what became of `x.md`, beside it where it was put away. */
export function resultName(file: string): string {
  return `${file.replace(/\.md$/i, "")}.result.md`;
}
