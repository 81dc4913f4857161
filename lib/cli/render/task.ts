/**
 * Tasks as text.
 *
 * @module
 */
import type { TaskView } from "../../http/task_view.ts";
import type { State } from "../../model/state.ts";
import { countOf } from "../command.ts";
import type { Style } from "../style.ts";
import type { RenderOptions } from "./status.ts";
import type { Untaken } from "../task/untaken.ts";
import { table } from "./table.ts";
import { clockTime, coarse } from "../../words/time.ts";
import { wrap } from "./wrap.ts";

export interface TasksView {
  readonly tasks: readonly TaskView[];
  /** Where the list goes on; null: these are all. */
  readonly next: string | null;
  readonly paused: State["dispatchPaused"];
}

export interface TaskAndWhy {
  readonly task: TaskView;
  /** Why it is not handed out, when it is queued. */
  readonly waits: readonly string[];
}

export interface Preview {
  readonly chosen: readonly {
    readonly task: TaskView;
    readonly session: string;
    readonly why: string;
  }[];
  readonly paused: State["dispatchPaused"];
}

export function renderTasks(
  { tasks, paused, untaken }: TasksView & { readonly untaken: readonly Untaken[] },
  now: number,
  options: RenderOptions,
): string {
  const head = ["TASK", "PROJECT", "STATE", "SINCE", "SESSION", "TITLE"];
  const rows = tasks.map((task) => [
    task.id,
    task.project,
    placeWords(task, options.style),
    coarse(now - task.since),
    task.session ?? "-",
    task.title,
  ]);
  const body = tasks.length > 0
    ? [table(head, rows, options)]
    : untaken.length > 0
    ? []
    : ["  no task: drop a .md file into .agent-queue/inbox/ of a project, or `task add`"];
  const notes = tasks.flatMap((task) => noteOf(task, options));
  const lying = untaken.flatMap(({ project, file }) =>
    wrap(
      `  + ${file} is in the inbox of ${project}, no daemon has taken it yet`,
      options.columns,
      4,
    )
  );
  return [...body, ...notes, ...lying, ...pausedWords(paused, now, options)].join("\n");
}

/** What a person should know or do, a line for each task. */
function noteOf(task: TaskView, { columns, style }: RenderOptions): string[] {
  const { id, place, end, detail } = task;
  if (detail === null || end === "done") return [];
  const todo = place === "attention"
    ? `; \`task retry ${id}\` tries again, \`task done ${id}\` or \`task fail ${id}\` ends it`
    : "";
  const say = place === "attention" || end === "failed" ? style.bad : style.dim;
  return wrap(`  ! ${id}: ${detail}${todo}`, columns, 4).map(say);
}

/** For programs that read lines: no column ever holds a tab or a line break. */
export function tabSeparated(tasks: readonly TaskView[]): string {
  const head = ["id", "project", "state", "end", "since", "session", "attempts", "file", "title"];
  const rows = tasks.map((t) => [
    t.id,
    t.project,
    t.place,
    t.end ?? "",
    String(t.since),
    t.session ?? "",
    String(t.attempts.at(-1)?.nth ?? 0),
    t.file,
    t.title,
  ]);
  // deno-lint-ignore no-control-regex -- control characters are what must not come through
  const clean = (text: string) => text.replaceAll(/[\x00-\x1f\x7f]/g, " ");
  return [head, ...rows].map((row) => row.map(clean).join("\t")).join("\n");
}

export function renderTask(
  { task, waits }: TaskAndWhy,
  now: number,
  options: RenderOptions,
): string {
  const { style, columns, localTime } = options;
  const wishes = [
    `priority ${task.priority}`,
    task.after.length > 0 ? `after ${task.after.join(", ")}` : "",
    task.labels.length > 0 ? `labels ${task.labels.join(", ")}` : "",
  ].filter((wish) => wish !== "");
  const attempts = task.attempts.map((a) => {
    const took = a.endedAt === null ? "under way" : coarse(a.endedAt - a.startedAt);
    const end = a.end === null ? "" : `: ${a.end}`;
    return `  ${a.nth}. ${a.session} under ${[a.account, ...a.then ?? []].join(", then ")}, ${
      clockTime(a.startedAt, now, localTime)
    }, ${took}${end}`;
  });
  const swaps = task.swapsSurvived > 0
    ? [`Lived through ${countOf(task.swapsSurvived, "move")} to another account.`]
    : [];
  const ignored = task.ignored.length > 0
    ? wrap(
      `Its file also asks for ${task.ignored.join(", ")}, which tasks.may_set does not allow.`,
      columns,
    )
      .map(style.warn)
    : [];
  return [
    `${style.bold(task.title)} (${task.id})`,
    `${task.project}: .agent-queue/inbox/${task.file}`,
    `${stateWords(task, style)} for ${coarse(now - task.since)}${
      task.session ? ` in ${task.session}` : ""
    }`,
    wishes.join(" · "),
    ...attempts.length > 0 ? ["", style.bold("Attempts"), ...attempts] : [],
    ...swaps,
    ...ignored,
    ...waits.length > 0 ? ["", style.bold("Waits, since"), ...reasons(waits, columns)] : [],
  ].join("\n");
}

export function renderWhy({ task, waits }: TaskAndWhy, { columns, style }: RenderOptions): string {
  if (waits.length > 0) return reasons(waits, columns).join("\n");
  if (task.place === "queued") return `${task.id} is about to be handed out.`;
  return `${task.id} does not wait: ${stateWords(task, style)}${
    task.session ? ` in ${task.session}` : ""
  }.`;
}

export function renderPreview({ chosen, paused }: Preview, options: RenderOptions): string {
  if (paused) return pausedWords(paused, paused.since, options).join("\n");
  if (chosen.length === 0) {
    return "Nothing would be handed out now; `task why ID` says why one waits.";
  }
  const rows = chosen.map(({ task, session, why }) => [task.id, task.project, session, why]);
  return table(["TASK", "PROJECT", "WOULD GO TO", "SINCE"], rows, options);
}

function reasons(waits: readonly string[], columns: number): string[] {
  return waits.flatMap((why) => wrap(`  - ${why}`, columns, 4));
}

function pausedWords(
  paused: State["dispatchPaused"],
  now: number,
  options: RenderOptions,
): string[] {
  if (!paused) return [];
  const since = clockTime(paused.since, now, options.localTime);
  const text =
    `Paused since ${since}: ${paused.reason} (\`claude-failover task resume\` ends that)`;
  return wrap(text, options.columns).map(options.style.warn);
}

function stateWords(task: TaskView, style: Style): string {
  const { detail } = task;
  return detail === null ? placeWords(task, style) : `${placeWords(task, style)} (${detail})`;
}

function placeWords({ place, end }: TaskView, style: Style): string {
  const word = end ?? (place === "attention" ? "needs attention" : place);
  if (end === "failed" || place === "attention") return style.bad(word);
  return end === "done" || place === "running" ? style.good(word) : word;
}
