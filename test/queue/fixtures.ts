/**
 * A task as the fold knows it.
 *
 * @module
 */
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Task } from "../../lib/model/task.ts";
import { T0 } from "../model/fixtures.ts";

export function newTaskOf(id: string, changes: Partial<Task> = {}): Task {
  return {
    id,
    project: "shop",
    file: `${id}.md`,
    ref: id,
    spec: emptySpec(id),
    digest: "",
    foundAt: T0,
    ignored: [],
    place: { at: "queued", since: T0, notBefore: null },
    attempts: [],
    swapsSurvived: 0,
    ...changes,
  };
}
