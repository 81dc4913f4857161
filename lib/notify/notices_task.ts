/**
 * What people are told of tasks.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { entry } from "../model/state.ts";
import type { Subject } from "../model/notice.ts";
import type { Task } from "../model/task.ts";
import { coarse } from "../words/time.ts";
import type { Around, Said } from "./notices.ts";

export function* taskNotices(event: Event, { state }: Around): Iterable<Said> {
  switch (event.type) {
    case "task.ended": {
      const task = entry(state.tasks, event.task);
      if (event.as === "cancelled" || !task) return;
      const { title } = task.spec;
      const subject = subjectOf(task);
      yield event.as === "done"
        ? {
          kind: "task.done",
          severity: "info",
          title: `Done: ${title}`,
          lines: storyOf(task, event.at),
          subject,
          group: `task.done:${task.project}`,
        }
        : {
          kind: "task.failed",
          severity: "warning",
          title: `Failed: ${title}`,
          lines: [...(event.why === null ? [] : [event.why]), ...storyOf(task, event.at)],
          todo: `claude-failover task show ${task.id}; again: task retry ${task.id}`,
          subject,
          group: `task.failed:${task.project}`,
        };
      return;
    }
    case "task.attention": {
      const task = entry(state.tasks, event.task);
      if (!task) return;
      yield {
        kind: "task.needs_attention",
        severity: "warning",
        title: `Needs you: ${task.spec.title}`,
        lines: [event.why],
        todo: `claude-failover task show ${task.id}`,
        subject: subjectOf(task),
        group: `task.needs_attention:${task.project}`,
      };
      return;
    }
    case "task.refused":
      yield {
        kind: "task.failed",
        severity: "warning",
        title: `No task: ${event.file}`,
        lines: [event.why, `It lies in failed/ of ${event.project} with the reason.`],
        subject: { task: event.task, project: event.project },
        group: `task.failed:${event.project}`,
      };
      return;
    default:
      return;
  }
}

function storyOf({ project, attempts, swapsSurvived }: Task, at: number): string[] {
  const last = attempts.at(-1);
  const took = last ? `, in ${coarse(at - attempts[0]!.startedAt)}` : "";
  const swaps = swapsSurvived === 0
    ? ""
    : `; it lived through ${swapsSurvived === 1 ? "1 move" : `${swapsSurvived} moves`}`;
  return last ? [`${project}, by ${last.session} under ${last.account}${took}${swaps}`] : [project];
}

function subjectOf(task: Task): Subject {
  const session = task.attempts.at(-1)?.session;
  return {
    task: task.id,
    project: task.project,
    ...(session === undefined ? {} : { session }),
  };
}
