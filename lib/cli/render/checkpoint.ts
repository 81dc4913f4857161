/**
 * Checkpoints as text.
 *
 * @module
 */
import type { Checkpoint } from "../../claude/checkpoint_file.ts";
import type { GitDifference } from "../../git/state.ts";
import { countOf } from "../command.ts";
import type { RenderOptions } from "./status.ts";
import { table } from "./table.ts";
import { coarse } from "../../words/time.ts";

const ID_SHOWN = 8;
const FILES_SHOWN = 12;

export function renderCheckpoints(
  all: readonly Checkpoint[],
  now: number,
  options: RenderOptions,
): string {
  if (all.length === 0) {
    return "  none yet: one is taken at the end of each turn, and before a move";
  }
  const head = ["SESSION", "ID", "AGE", "ACCOUNT", "STATE", "CHANGED", "PATCH", "TASK"];
  const rows = all.map((one) => [
    options.style.name(one.session),
    one.id.slice(0, ID_SHOWN),
    coarse(now - one.takenAt),
    one.account,
    one.phase,
    one.git === null ? "-" : String(one.git.dirtyCount),
    one.patch === null ? "-" : "yes",
    one.task?.title ?? "-",
  ]);
  return table(head, rows, options);
}

/** No column holds a tab or a line break. */
export function checkpointsAsTsv(all: readonly Checkpoint[]): string {
  const head = ["session", "id", "taken", "account", "state", "head", "changed", "patch", "task"];
  const rows = all.map((one) => [
    one.session,
    one.id,
    String(one.takenAt),
    one.account,
    one.phase,
    one.git?.head ?? "",
    one.git === null ? "" : String(one.git.dirtyCount),
    one.patch === null ? "no" : "yes",
    one.task?.id ?? "",
  ]);
  return [head, ...rows].map((row) => row.join("\t")).join("\n");
}

export function renderCheckpoint(one: Checkpoint, now: number, options: RenderOptions): string {
  const { style } = options;
  const { task, lastTool, git, todos, transcript } = one;
  const lines: [string, string | null][] = [
    ["Taken", `${coarse(now - one.takenAt)} ago, ${one.phase} under ${one.account}`],
    ["Conversation", one.conversation],
    ["Folder", one.cwd],
    ["Task", task && `${task.title} (${task.id} of ${task.project})`],
    ["Last tool", lastTool && `${lastTool.name}, ${lastTool.finished ? "ended" : "under way"}`],
    ["Git", git && `${git.branch ?? "detached"} at ${git.head?.slice(0, 12) ?? "no commit"}`],
    ["Transcript", transcript && countOf(transcript.sizeBytes, "byte")],
    ["Patch", one.patch && countOf(one.patch.bytes, "byte")],
  ];
  const facts = lines.flatMap(([name, value]) =>
    value === null ? [] : [`  ${style.dim(name.padEnd(13))} ${value}`]
  );
  const files =
    git?.dirty.slice(0, FILES_SHOWN).map(({ path, state }) => `    ${state}: ${path}`) ?? [];
  const more = (git?.dirtyCount ?? 0) - files.length;
  const todoLines = todos.map(({ text, status }) => `    [${TICKS[status]}] ${text}`);
  return [
    `${style.name(one.session)}, checkpoint ${one.id}`,
    ...facts,
    ...(files.length > 0 ? ["  Not committed", ...files] : []),
    ...(more > 0 ? [`    and ${more} more`] : []),
    ...(todoLines.length > 0 ? ["  To do", ...todoLines] : []),
  ].join("\n");
}

const TICKS = { pending: " ", in_progress: "~", completed: "x" } as const;

export function renderDifference(
  one: Checkpoint,
  { head, branch, files }: GitDifference,
  { style }: RenderOptions,
): string {
  const short = (commit: string | null) => commit?.slice(0, 12) ?? "no commit";
  const lines = [
    branch && `  branch  ${branch[0] ?? "detached"} -> ${branch[1] ?? "detached"}`,
    head && `  commit  ${short(head[0])} -> ${short(head[1])}`,
    ...files.map(({ path, how }) => `  ${HOW[how].padEnd(20)}  ${path}`),
  ].filter((line) => line !== null);
  if (lines.length === 0) return `Nothing has changed in ${one.cwd} since.`;
  return [style.dim(`${one.cwd} since checkpoint ${one.id}`), ...lines].join("\n");
}

const HOW: Readonly<Record<GitDifference["files"][number]["how"], string>> = {
  "appeared": "changed since",
  "changed again": "changed again",
  "settled": "committed or undone",
  "unknown": "cannot be told",
};
