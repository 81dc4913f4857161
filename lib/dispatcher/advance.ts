/**
 * One task, one look: sees where its files are and does what `nextForTask` says.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import { type TaskId, unreachable } from "../model/ids.ts";
import { entry } from "../model/state.ts";
import { sessionOf, type Task } from "../model/task.ts";
import { afterAttempt, nextForTask, type SeenFiles } from "../model/task_next.ts";
import { endDir, inboxDir } from "../queue/layout.ts";
import { claim, type Marker, readMarker, release } from "../queue/marker.ts";
import { whereIs } from "../queue/where.ts";
import { bringBackTask, putAwayTask } from "./finish.ts";
import { handOver, lookForPrompt, remind } from "./hand_over.ts";
import type { DispatcherDeps, DispatcherLife, Memory } from "./mod.ts";

/** A file that is being moved by copy and removal may be nowhere for a moment. */
const MISSING_MS = 3_000;

export async function advanceTask(
  id: TaskId,
  life: DispatcherLife,
  deps: DispatcherDeps,
  memory: Memory,
): Promise<void> {
  const before = entry(life.state().tasks, id);
  if (!before || before.place.at === "closed" || memory.background.isRunning(id)) return;
  const project = life.state().config?.projects.find((p) => p.id === before.project);
  if (!project) return; // it left the config: its files are left alone
  const seen = await see(before, project, deps, memory);
  const task = entry(life.state().tasks, id);
  if (!task) return;
  const next = nextForTask(life.state(), task, seen, deps.clock.now());
  const typing = { life, deps, memory, project };
  switch (next.do) {
    case "wait":
      return;
    case "record":
      life.record(next.fact);
      return;
    case "claim":
      return await claimTask(task, project, life, deps, memory);
    case "unclaim":
      await release(deps.files, inboxDir(project), {
        file: task.file,
        owner: memory.owner,
        task: id,
      });
      return;
    case "hand over":
      return memory.background.start(id, () => handOver(id, typing));
    case "look for the prompt":
      return memory.background.start(id, () => lookForPrompt(id, typing));
    case "nudge":
      return memory.background.start(id, () => remind(id, typing));
    case "give up":
      return giveUp(task, next, life, deps);
    case "put away":
      return await putAwayTask(task, project, life, deps, memory);
    case "bring back":
      return await bringBackTask(task, project, life, deps, memory);
    default:
      return unreachable(next);
  }
}

/** What can be seen of the task's files. What cannot be read is unknown, never gone. */
async function see(
  task: Task,
  project: ProjectSpec,
  { files, clock }: DispatcherDeps,
  memory: Memory,
): Promise<SeenFiles> {
  const { owner, missing } = memory;
  const inbox = inboxDir(project);
  try {
    if ((await files.stat(inbox))?.kind !== "dir") return { file: "unknown", marker: "none" };
    const found = await whereIs(files, { project, task, owner });
    const reading = await readMarker(files, inbox, { file: task.file, owner });
    const isOfOther = reading.is === "ours" && reading.marker.task !== task.id;
    const marker = reading.is === "theirs"
      ? { owner: reading.owner }
      : isOfOther
      ? "none"
      : reading.is;
    if (found.at !== "gone") {
      missing.delete(task.id);
      return { file: found.at, marker };
    }
    const since = missing.get(task.id) ?? clock.monotonic();
    missing.set(task.id, since);
    return { file: clock.monotonic() - since < MISSING_MS ? "unknown" : "nowhere", marker };
  } catch {
    return { file: "unknown", marker: "none" };
  }
}

async function claimTask(
  task: Task,
  project: ProjectSpec,
  life: DispatcherLife,
  deps: DispatcherDeps,
  memory: Memory,
): Promise<void> {
  const marker = markerOf(task, deps, memory);
  const of = { file: task.file, owner: memory.owner };
  const claimed = await claim(deps.files, inboxDir(project), { file: task.file, marker });
  switch (claimed.is) {
    case "ours":
      // The agent moves the file there; where there is no such folder, it would rename the file instead.
      for (const end of ["done", "failed"] as const) await deps.files.makeDir(endDir(project, end));
      life.record({ type: "task.claimed", task: task.id });
      return;
    case "theirs":
      life.record({ type: "task.taken", task: task.id, owner: claimed.owner });
      return;
    case "held": {
      // A file of the same name was put away under it; nothing is left to do there once its task is closed.
      const other = entry(life.state().tasks, claimed.task);
      if (other && other.place.at !== "closed") return;
      await release(deps.files, inboxDir(project), { ...of, task: claimed.task });
      return;
    }
    case "gone":
      return; // the next look says where it went
    default:
      return unreachable(claimed);
  }
}

/** What our marker says of the task as it is. */
export function markerOf(
  task: Task,
  { clock }: Pick<DispatcherDeps, "clock">,
  { owner }: Pick<Memory, "owner">,
): Omit<Marker, "version" | "inode"> {
  const last = task.attempts.at(-1);
  return {
    task: task.id,
    project: task.project,
    session: last?.session ?? null,
    account: last?.account ?? null,
    attempt: last?.nth ?? 0,
    at: clock.now(),
    owner,
  };
}

function giveUp(
  task: Task,
  { why, restart }: { readonly why: string; readonly restart: boolean },
  life: DispatcherLife,
  { clock }: DispatcherDeps,
): void {
  const session = sessionOf(task);
  life.record(afterAttempt(life.state(), task, why, clock.now()));
  if (restart && session !== null) {
    life.record({ type: "session.restart.requested", session, by: "policy" });
  }
}
