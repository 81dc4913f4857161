/**
 * From the files of an inbox to tasks.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import { type TaskId, unreachable } from "../model/ids.ts";
import { entry, type State } from "../model/state.ts";
import type { Task } from "../model/task.ts";
import { type FoundFile, scanInbox, type Sighting, type Sightings } from "../queue/inbox.ts";
import { inboxDir } from "../queue/layout.ts";
import { hopsOf, readTaskFile } from "../queue/task_file.ts";
import type { DispatcherDeps, DispatcherLife } from "./mod.ts";

/** What one look at an inbox leaves for the next one. */
export interface Found {
  readonly sightings: Sightings;
  /** The files whose text was read, as they looked then. */
  readonly read: ReadonlyMap<string, Sighting>;
  /** When a file that is still being written may be whole (monotonic); null when there is none. */
  readonly again: number | null;
}

export const NOTHING_FOUND: Found = { sightings: new Map(), read: new Map(), again: null };

/** Records what is new or changed in the inbox of a project. */
export async function findTasks(
  project: ProjectSpec,
  life: DispatcherLife,
  deps: DispatcherDeps,
  before: Found,
): Promise<Found> {
  const { config } = life.state();
  if (!config) return before;
  const scan = await scanInbox(deps.files, inboxDir(project), {
    seen: before.sightings,
    now: deps.clock.monotonic(),
    stableMs: config.tasks.stableMs,
  });
  const read = new Map<string, Sighting>();
  for (const found of scan.tasks) {
    const sighting = scan.sightings.get(found.file)!;
    const known = before.read.get(found.file);
    const isKnown = known !== undefined && looksTheSame(known, sighting);
    if (isKnown || await take(found, project, life, deps)) read.set(found.file, sighting);
  }
  for (const { file, why } of scan.refused) {
    if (!openTask(life.state(), project, file)) refuse(file, why, project, life, deps);
  }
  return { sightings: scan.sightings, read, again: scan.again };
}

/** Records what the file says. False: it could not be read now, or says what can count only once the task is back. */
async function take(
  { file }: FoundFile,
  project: ProjectSpec,
  life: DispatcherLife,
  deps: DispatcherDeps,
): Promise<boolean> {
  const { config } = life.state();
  if (!config) return false;
  const path = `${inboxDir(project)}/${file}`;
  const text = await readTaskFile(deps.files, path, { name: file, tasks: config.tasks });
  if (!text) return false;
  const task = openTask(life.state(), project, file);
  if (text.refused !== null) {
    if (task?.place.at === "queued") {
      const why = `its file was changed: ${text.refused}`;
      life.record({ type: "task.ended", task: task.id, as: "failed", by: "policy", why });
    } else if (task) return false;
    else refuse(file, text.refused, project, life, deps);
    return true;
  }
  const { ref, digest, ignored, madeBy } = text;
  const maker = madeBy === null ? null : entry(life.state().tasks, madeBy) ?? null;
  const said = { ref, digest, ignored, spec: { ...text.spec, hops: hopsOf(text, maker) } };
  if (!task) {
    const id = newTaskId(life.state(), deps);
    life.record({ type: "task.found", task: id, project: project.id, file, ...said });
  } else if (task.digest !== digest) {
    if (!mayChange(task)) return false;
    life.record({ type: "task.changed", task: task.id, ...said });
  }
  return true;
}

function refuse(
  file: string,
  why: string,
  project: ProjectSpec,
  life: DispatcherLife,
  deps: DispatcherDeps,
): void {
  const task = newTaskId(life.state(), deps);
  life.record({ type: "task.refused", task, project: project.id, file, why });
}

/** The task that this file of the inbox is, if it is known. */
function openTask(state: State, project: ProjectSpec, file: string): Task | null {
  return Object.values(state.tasks).find((task) =>
    task.project === project.id && task.file === file && task.place.at !== "closed"
  ) ?? null;
}

function mayChange({ place }: Task): boolean {
  switch (place.at) {
    case "queued":
    case "elsewhere":
      return true;
    case "assigned":
    case "running":
    case "attention":
    case "returning":
    case "closing":
    case "closed":
      return false;
    default:
      return unreachable(place);
  }
}

/** Short enough to be typed by a person. */
function newTaskId(state: State, deps: DispatcherDeps): TaskId {
  while (true) {
    const id = deps.newId().replaceAll("-", "").slice(0, 8);
    if (!entry(state.tasks, id)) return id;
  }
}

function looksTheSame(a: Sighting, b: Sighting): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}
