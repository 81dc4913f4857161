/**
 * What the tests of `task …` find in the journal.
 *
 * @module
 */
import type { Fact } from "../../lib/model/event.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { midday } from "../http/setup.ts";

export function found(
  task: string,
  file: string,
  changes: Partial<Fact & { ignored: string[] }> = {},
): Fact {
  const [ref] = file.split(".");
  const spec = { ...emptySpec(ref!), after: task === "0000bbbb" ? ["login"] : [] };
  return {
    ...{ type: "task.found", task, project: "shop", file, ref: ref!, digest: "d", spec },
    ignored: [],
    ...changes,
  } as Fact;
}

/** One is worked on, one waits for it, one failed and one needs attention. */
export const busyTasks: Fact[] = [
  ...midday(),
  found("0000aaaa", "login.md", { ignored: ["account"] }),
  { type: "task.assigned", task: "0000aaaa", session: "ccl-0", mark: "m1", why: "it is idle" },
  { type: "task.claimed", task: "0000aaaa" },
  { type: "task.sent", task: "0000aaaa" },
  { type: "prompt.accepted", session: "ccl-0", run: "run-ccl-0-work", mark: "m1", seenAt: 0 },
  found("0000bbbb", "docs.md"),
  { type: "task.refused", task: "0000cccc", project: "shop", file: "x.md", why: "it is empty" },
  { type: "task.closed", task: "0000cccc", file: "x.md" },
  found("0000dddd", "tidy.md"),
  { type: "task.assigned", task: "0000dddd", session: "ccl-1", mark: "m2", why: "it is idle" },
  { type: "task.claimed", task: "0000dddd" },
  { type: "task.sent", task: "0000dddd" },
  { type: "task.attention", task: "0000dddd", why: "its turns ended without a word on it" },
];
