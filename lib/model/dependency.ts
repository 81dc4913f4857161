/**
 * What a task waits for because its file says `after`. Pure.
 *
 * @module
 */
import type { State } from "./state.ts";
import type { Task } from "./task.ts";

/** The task that a name means in its project: of those that share one, the latest. */
export type Refs = ReadonlyMap<string, Task>;

export function refsOf(state: State): Refs {
  const tasks = Object.values(state.tasks).sort(byAge);
  return new Map(tasks.map((task) => [keyOf(task.project, task.ref), task]));
}

/** Every reason why the tasks it must follow hold it back; none when all of them are done. */
export function dependencyReasons(refs: Refs, task: Task): string[] {
  return task.spec.after.flatMap((ref) => {
    const other = refs.get(keyOf(task.project, ref));
    if (!other) return [`no task ${ref} is known in ${task.project}`];
    const reason = reasonOf(other);
    if (reason === null) return [];
    const circle = circleThrough(refs, task, other);
    return [circle ? `${circle.join(" waits for ")}: a circle; change an \`after\` of it` : reason];
  });
}

/**
 * The circle that the task closes, in words, if it is the youngest in it: somebody has to give way, and the others were there
 * before. Null when there is none.
 */
export function closedCircle(refs: Refs, task: Task): string | null {
  for (const ref of task.spec.after) {
    const other = refs.get(keyOf(task.project, ref));
    const circle = other && reasonOf(other) !== null ? circleThrough(refs, task, other) : null;
    if (!circle) continue;
    const all = circle.map((ref) => refs.get(keyOf(task.project, ref))!);
    if (all.every((one) => byAge(one, task) <= 0)) return circle.join(" waits for ");
  }
  return null;
}

/** Whether all that it must follow is done; a circle never is, so there is no need to look for one. */
export function isFree(refs: Refs, { project, spec }: Task): boolean {
  return spec.after.every((ref) => {
    const other = refs.get(keyOf(project, ref));
    return other !== undefined && reasonOf(other) === null;
  });
}

/** Null: it is done. */
function reasonOf({ ref, place }: Task): string | null {
  switch (place.at) {
    case "closing":
    case "closed":
      if (place.as === "done") return null;
      return `${ref}, which must be done before, was ${place.as}: retry it, or change \`after\``;
    case "attention":
      return `${ref}, which must be done before, needs attention: ${place.why}`;
    default:
      return `${ref} must be done before; it is ${place.at}`;
  }
}

/** The names on a way from the task over `next` back to it, its own at both ends; null when there is none. */
function circleThrough(refs: Refs, task: Task, next: Task): string[] | null {
  const before = new Map<Task, Task>([[next, task]]);
  for (const at of before.keys()) { // what is added on the way is visited too
    if (at.id === task.id) return wayTo(at, before);
    for (const ref of at.spec.after) {
      const other = refs.get(keyOf(at.project, ref));
      if (other && !before.has(other) && reasonOf(other) !== null) before.set(other, at);
    }
  }
  return null;
}

function wayTo(task: Task, before: ReadonlyMap<Task, Task>): string[] {
  const way = [task.ref];
  let at = before.get(task)!;
  for (; at.id !== task.id; at = before.get(at)!) way.unshift(at.ref);
  return [task.ref, ...way];
}

function keyOf(project: string, ref: string): string {
  return JSON.stringify([project, ref]);
}

/** The eldest first. */
export function byAge(a: Task, b: Task): number {
  return a.foundAt - b.foundAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
