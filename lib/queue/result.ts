/**
 * `x.result.md`: what became of a task, beside its file. A part for programs, then the story in words.
 *
 * No text of a conversation stands in it but the note that the agent gave for it, quoted.
 *
 * @module
 */
import type { ConversationId, TaskId } from "../model/ids.ts";
import type { Attempt, Closing, Task } from "../model/task.ts";
import type { Files } from "../ports/files.ts";
import { readFrontMatter } from "./front_matter.ts";
import { cleanText } from "./words.ts";

export interface Outcome extends Pick<Closing, "as" | "by" | "why"> {
  readonly task: Task;
  readonly endedAt: number;
  readonly conversation: ConversationId | null;
  /** What the agent or a person says about it. */
  readonly note: string | null;
  /** Of the last attempt; null when not known. `cached`: the part of the input that came from the prompt cache. */
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cached: number;
  } | null;
  /** Keys that mean nothing to us, if they are known. */
  readonly unknownKeys?: readonly string[];
}

/** The file that lies beside the result; null when it was gone. */
export interface Kept {
  readonly file: string;
  readonly bytes: number;
}

const MAX_NOTE = 4_000;
const MAX_NOTE_LINES = 60;

export function resultText(outcome: Outcome, kept: Kept | null): string {
  return `---\n${machinePart(outcome, kept)}---\n\n${story(outcome, kept)}`;
}

/** Whose result it is and the size of the file it was written for; null when the text is no result of ours. */
export function readResult(text: string): { task: TaskId; bytes: number } | null {
  const front = readFrontMatter(text);
  if (front.refused !== null) return null;
  const task = front.values.get("task");
  const bytes = Number(front.values.get("bytes") ?? 0);
  if (typeof task !== "string" || task === "") return null;
  return { task, bytes: Number.isFinite(bytes) ? bytes : 0 };
}

/** Whose result is there: `task` is empty when it is not one of ours; null when nothing is there. */
export async function resultAt(
  files: Files,
  path: string,
): Promise<{ task: string; bytes: number } | null> {
  const info = await files.stat(path);
  if (!info) return null;
  const head = info.kind === "file" ? await files.readFrom(path, 0, 16 * 1024) : null;
  return (head && readResult(head.text)) ?? { task: "", bytes: 0 };
}

function machinePart(outcome: Outcome, kept: Kept | null): string {
  const { task, as, by, endedAt, tokens } = outcome;
  const last = task.attempts.at(-1);
  const accounts = [
    ...new Set(task.attempts.flatMap(({ account, then = [] }) => [account, ...then])),
  ];
  const keys: [string, unknown][] = [
    ["version", 1],
    ["task", task.id],
    ["ref", task.ref],
    ["title", task.spec.title],
    ["project", task.project],
    ["file", kept?.file ?? ""],
    ["bytes", kept?.bytes ?? 0],
    ["end", as],
    ["said_by", by],
    ["found", timeText(task.foundAt)],
    ["ended", timeText(endedAt)],
    ["duration", workedMs(task.attempts, endedAt) / 1000],
    ["attempts", last?.nth ?? 0],
    ["session", last?.session ?? ""],
    ["conversation", outcome.conversation ?? ""],
    ["accounts", accounts],
    ["swaps_survived", task.swapsSurvived],
    ...(tokens
      ? [
        ["tokens_in", tokens.input],
        ["tokens_out", tokens.output],
        ["tokens_cached", tokens.cached],
      ] satisfies [string, unknown][]
      : []),
  ];
  // JSON is YAML, so no text of a task can break out of its line.
  return keys.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("");
}

function story({ task, as, why, note, endedAt, unknownKeys = [] }: Outcome, kept: Kept | null) {
  const survived = task.swapsSurvived;
  const notes = [
    survived > 0 &&
    `It lived through ${survived} ${survived === 1 ? "move" : "moves"} to another account.`,
    task.ignored.length > 0 &&
    `Left aside, since tasks.may_set does not name it: ${task.ignored.join(", ")}.`,
    unknownKeys.length > 0 && `Not understood in its front matter: ${unknownKeys.join(", ")}.`,
    kept === null && "Its file was gone when it was to be put away.",
  ].filter((line) => line !== false);
  const parts = [
    `# ${HEADINGS[as]}: ${asPlain(cleanText(task.spec.title, 120))}`,
    why === null ? null : `Why: ${asPlain(cleanText(why, 500))}`,
    task.attempts.map((attempt) => attemptLine(attempt, endedAt)).join("\n") ||
    "Nobody had begun it.",
    notes.join("\n") || null,
    note === null || note.trim() === "" ? null : `What was said about it:\n\n${quoted(note)}`,
  ];
  return `${parts.filter((part) => part !== null).join("\n\n")}\n`;
}

const HEADINGS = { done: "Done", failed: "Failed", cancelled: "Cancelled" } as const;

function attemptLine(attempt: Attempt, over: number) {
  const { nth, session, account, then = [], startedAt, endedAt, end } = attempt;
  const took = durationText((endedAt ?? over) - startedAt);
  const how = end === null ? "" : `: ${asPlain(cleanText(end, 300))}`;
  return `${nth}. ${asPlain(session)} under ${asPlain([account, ...then].join(", then "))}, from ${
    timeText(startedAt)
  } for ${took}${how}`;
}

function workedMs(attempts: readonly Attempt[], endedAt: number): number {
  return attempts.reduce((ms, a) => ms + Math.max((a.endedAt ?? endedAt) - a.startedAt, 0), 0);
}

/** Not even what stands in a title becomes a link, a heading or HTML for who looks at the result. */
function asPlain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|!]/g, "\\$&");
}

function quoted(note: string): string {
  const lines = [...note.toWellFormed()].slice(0, MAX_NOTE).join("").split(/\r?\n/);
  return lines.slice(0, MAX_NOTE_LINES).map((line) => `> ${cleanText(line, 1_000)}`.trimEnd())
    .join("\n");
}

function timeText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

function durationText(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [h && `${h} h`, m && `${m} min`, (s || seconds === 0) && `${s} s`].filter(Boolean).join(
    " ",
  );
}
