/**
 * Tasks that have ended, or that need a person.
 *
 * @module
 */
import type { Notice, Subject } from "../model/notice.ts";
import { entry } from "../model/state.ts";
import { sessionOf } from "../model/task.ts";
import { coarse } from "../words/time.ts";
import { bounded, type Happening, make } from "./make.ts";

export function taskNotices(happening: Happening): Notice[] {
  const { event, before } = happening;
  switch (event.type) {
    case "task.refused":
      return [make(happening, {
        kind: "task.failed",
        severity: "warning",
        title: `A file is no task: ${bounded(event.file)}`,
        lines: [`${event.project}: ${bounded(event.why)}.`],
        subject: { task: event.task, project: event.project },
      })];
    case "task.attention":
      return [make(happening, {
        kind: "task.needs_attention",
        severity: "warning",
        title: `Task ${titleOf(happening, event.task)} needs attention`,
        lines: [`${bounded(event.why)}.`],
        todo: `claude-failover task show ${event.task}`,
        subject: about(happening, event.task),
      })];
    case "task.ended": {
      if (event.as === "cancelled") return []; // a person's own word
      const since = entry(before.tasks, event.task)?.foundAt;
      const why = event.why === null ? [] : [`${bounded(event.why)}.`];
      const took = since === undefined ? [] : [`${coarse(event.at - since)} after it was found.`];
      const isDone = event.as === "done";
      return [make(happening, {
        kind: isDone ? "task.done" : "task.failed",
        severity: isDone ? "info" : "warning",
        title: `Task ${titleOf(happening, event.task)} ${isDone ? "is done" : "has failed"}`,
        lines: [...why, ...took],
        todo: isDone ? null : `claude-failover task show ${event.task}`,
        subject: about(happening, event.task),
      })];
    }
    default:
      return [];
  }
}

function titleOf({ before }: Happening, id: string): string {
  const title = entry(before.tasks, id)?.spec.title;
  return title === undefined ? id : `"${bounded(title)}"`;
}

function about({ before }: Happening, id: string): Subject {
  const task = entry(before.tasks, id);
  const session = task && sessionOf(task);
  return {
    task: id,
    ...(task ? { project: task.project } : {}),
    ...(session ? { session } : {}),
  };
}
