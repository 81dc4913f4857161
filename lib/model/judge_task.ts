/**
 * Which requests about tasks the state does not allow, and why.
 *
 * @module
 */
import type { Fact } from "./event.ts";
import { taskOf } from "./fold_task.ts";
import { type TaskId, unreachable } from "./ids.ts";
import { entry, moveOf, type State } from "./state.ts";

type OfTask = Extract<
  Fact,
  { type: "task.assigned" | "task.cancel.requested" | "task.retry.requested" | "task.moved" }
>;

/** Why the task cannot go to the inbox of that project, or null: only what nobody has in hand can. */
export function immovable(
  { tasks, config }: State,
  { task: id, project }: { readonly task: TaskId; readonly project: string },
): string | null {
  const task = entry(tasks, id);
  if (!task) return `no task ${id} is known`;
  if (!config?.projects.some((p) => p.id === project)) return `no project ${project} in the config`;
  if (task.project === project) return `task ${id} is in ${project} already`;
  if (task.place.at === "queued") return null;
  return `task ${id} is ${task.place.at}; only one that waits can be moved`;
}

/** One file is one task: two of them that name it would be handed out twice. */
function takenBy(
  { tasks }: State,
  { task: id, project, file }: Extract<Fact, { type: "task.moved" }>,
): string | null {
  const other = Object.values(tasks).find((task) =>
    task.id !== id && task.project === project && task.file === file && task.place.at !== "closed"
  );
  return other ? `${file} in ${project} is task ${other.id} already` : null;
}

/** A reason for people why the fact is refused, or null. */
export function judgeTask(state: State, fact: OfTask): string | null {
  const task = entry(state.tasks, fact.task);
  if (!task) return `no task ${fact.task} is known`;
  const { place } = task;
  switch (fact.type) {
    case "task.assigned": {
      const session = entry(state.sessions, fact.session);
      if (!session) return `no session ${fact.session} in the config`;
      if (place.at !== "queued") return `task ${task.id} is ${place.at}`;
      const other = taskOf(state, fact.session);
      if (other) return `${fact.session} has task ${other.id}`;
      if (session.asked) return `a ${session.asked.to} of ${fact.session} was asked for`;
      return moveOf(state, fact.session) ? `${fact.session} is being moved` : null;
    }
    case "task.cancel.requested":
      if (place.at === "elsewhere") return `task ${task.id} is with another daemon: ${place.owner}`;
      if (place.at === "closing") return `task ${task.id} is being put away (${place.as})`;
      return place.at === "closed" ? `task ${task.id} is ${place.as} already` : null;
    case "task.retry.requested":
      if (place.at === "attention") return null;
      if (place.at !== "closed") return `task ${task.id} is ${place.at}`;
      if (place.as === "done") return `task ${task.id} is done`;
      return place.file === null ? `the file of task ${task.id} is gone` : null;
    case "task.moved":
      return immovable(state, fact) ?? takenBy(state, fact);
    default:
      return unreachable(fact);
  }
}
