/**
 * What a session is told about its task: where the file is, and how to say that it is over.
 *
 * It is typed, so it is one line, begins with a letter (a leading `/`, `!`, `#`, `@` has a meaning to Claude Code) and is
 * short where the path is: a long paste reaches the model wrapped as foreign text. Of the file itself only its path
 * stands here, between quotes and in characters that can be seen; nobody's title or words do. The mark comes before it,
 * since the first mark in a prompt counts and a name may look like one.
 *
 * @module
 */
import { taskOf } from "../model/fold_task.ts";
import type { SessionName, TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { inboxDir } from "./layout.ts";
import { spellUnseen } from "./words.ts";

interface About {
  /** Absolute. */
  readonly path: string;
  readonly task: TaskId;
  /** By which Claude Code's word is known that it took the prompt. */
  readonly mark: string;
}

/** The prompt of the hand-over. */
export function taskPrompt(about: About): string {
  return [
    begin(about),
    ...howToEnd(about.task),
  ].join(" ");
}

/** For a session that gets it again after it was cut, or another one was: things may be half done. */
export function taskAgainPrompt(about: About & { readonly attempt: number }): string {
  return [
    begin(about),
    `This is attempt ${about.attempt}: see what is done already before you repeat it.`,
    ...howToEnd(about.task),
  ].join(" ");
}

/** For a session whose turn ended without a word on the task. */
export function nudgePrompt(about: About): string {
  return [
    `Task ${about.mark}: please say what became of ${quoted(about.path)}; go on if work is left.`,
    ...howToEnd(about.task),
  ].join(" ");
}

/** For a session that is asked to go on with what was cut: what it is working on. Null when it has no task. */
export function taskReminder(state: State, session: SessionName): string | null {
  const task = taskOf(state, session);
  const project = state.config?.projects.find((p) => p.id === task?.project);
  if (task?.place.at !== "running" || !project) return null;
  const path = `${inboxDir(project)}/${task.file}`;
  return [`Its task is in the file ${quoted(path)}.`, ...howToEnd(task.id)].join(" ");
}

function begin({ path, mark }: About): string {
  return `Task ${mark}: please do what the file ${quoted(path)} says; read all of it first.`;
}

function howToEnd(task: TaskId): string[] {
  return [
    `Once done, run: claude-failover task done ${task} (or mv -n the file from inbox to ../done).`,
    `If it cannot be done, run: claude-failover task fail ${task} --note "WHY"`,
  ];
}

/** As JSON, with whatever cannot be seen spelled out, so that the prompt stays the one line it is. */
function quoted(path: string): string {
  return spellUnseen(JSON.stringify(path));
}
