/**
 * Tasks as the outside sees them.
 *
 * @module
 */
import type { AccountId, SessionName, TaskId } from "../model/ids.ts";
import { unreachable } from "../model/ids.ts";
import { entry, type State } from "../model/state.ts";
import { type Attempt, sessionOf, type Task, type TaskEnd } from "../model/task.ts";

export interface TaskView {
  readonly id: TaskId;
  readonly project: string;
  /** Its name in the inbox. */
  readonly file: string;
  /** By which other tasks name it. */
  readonly ref: string;
  readonly title: string;
  readonly priority: number;
  readonly labels: readonly string[];
  readonly after: readonly string[];
  readonly place: Task["place"]["at"];
  /** How it ended; null while it has not. */
  readonly end: TaskEnd | null;
  readonly since: number;
  readonly foundAt: number;
  /** What there is to say of its place; null when that is nothing. */
  readonly detail: string | null;
  /** Who has it in its hands. */
  readonly session: SessionName | null;
  readonly account: AccountId | null;
  readonly attempts: readonly Attempt[];
  readonly maxAttempts: number | null;
  readonly swapsSurvived: number;
  /** Keys of its front matter that `tasks.may_set` does not allow. */
  readonly ignored: readonly string[];
  /** How long the chain of tasks is that made it. */
  readonly hops: number;
}

/** What is worked on first, then what waits, then what ended. */
export const PLACES = [
  "attention",
  "running",
  "assigned",
  "queued",
  "returning",
  "elsewhere",
  "closing",
  "closed",
] as const satisfies readonly Task["place"]["at"][];

export interface TaskCounts {
  readonly queued: number;
  /** In the hands of a session. */
  readonly running: number;
  /** Their ids. */
  readonly attention: readonly TaskId[];
  readonly paused: State["dispatchPaused"];
}

export function taskCounts({ tasks, config, dispatchPaused }: State): TaskCounts | null {
  if (!config || config.projects.length === 0) return null;
  const at = (...places: Task["place"]["at"][]) =>
    Object.values(tasks).filter(({ place }) => places.includes(place.at)).map(({ id }) => id);
  return {
    queued: at("queued", "returning").length,
    running: at("assigned", "running").length,
    attention: at("attention"),
    paused: dispatchPaused,
  };
}

/** Those that a list shows, in the order of `taskViews`. */
export function listedTasks(
  state: State,
  { all, project }: { readonly all: boolean; readonly project?: string | undefined },
): TaskView[] {
  return taskViews(state).filter((task) =>
    (all || task.place !== "closed") && (project ?? task.project) === task.project
  );
}

/** Why no task fits a word that one was looked for by. */
export function notOneTask(word: string, found: readonly Task[]): string {
  if (found.length === 0) return `no task ${word}`;
  return `${word} may be each of ${
    found.map(({ id, project }) => `${id} (${project})`).join(", ")
  }`;
}

/** In the order of `PLACES`, latest first. */
export function taskViews(state: State): TaskView[] {
  const rank = (task: Task) => PLACES.indexOf(task.place.at);
  return Object.values(state.tasks)
    .sort((a, b) => rank(a) - rank(b) || b.place.since - a.place.since)
    .map((task) => taskView(state, task));
}

export function taskView(state: State, task: Task): TaskView {
  const { id, project, file, ref, spec, place, attempts, swapsSurvived, ignored } = task;
  const { title, priority, labels, after, hops } = spec;
  return {
    id,
    project,
    file,
    ref,
    title,
    priority,
    labels,
    after,
    place: place.at,
    end: place.at === "closing" || place.at === "closed" ? place.as : null,
    since: place.since,
    foundAt: task.foundAt,
    detail: detailOf(task),
    session: sessionOf(task),
    account: place.at === "assigned" || place.at === "running" ? place.account : null,
    attempts,
    maxAttempts: spec.maxAttempts ?? state.config?.tasks.maxAttempts ?? null,
    swapsSurvived,
    ignored,
    hops,
  };
}

function detailOf({ place }: Task): string | null {
  switch (place.at) {
    case "queued":
    case "assigned":
      return null;
    case "running":
      return place.nudge ? "was reminded" : null;
    case "attention":
    case "closing":
    case "closed":
      return place.why;
    case "elsewhere":
      return `with ${place.owner}`;
    case "returning":
      return `comes back from ${place.from}/`;
    default:
      return unreachable(place);
  }
}

/**
 * The task that somebody means: its id, the beginning of it, its file's name or its `ref`. An array when the word fits
 * several that are not over, or none.
 */
export function findTask(state: State, word: string): Task | Task[] {
  const exact = entry(state.tasks, word);
  if (exact) return exact;
  const fitting = Object.values(state.tasks).filter((task) =>
    task.id.startsWith(word) || task.file === word || task.ref === word
  );
  const open = fitting.filter(({ place }) => place.at !== "closed");
  const best = open.length > 0 ? open : fitting;
  return best.length === 1 ? best[0]! : best;
}
