/**
 * What a session is told about its task: where the file is, and how to say that it is over.
 *
 * It is typed, so it is one line, begins with a letter (a leading `/`, `!`, `#`, `@` has a meaning to Claude Code) and is
 * short where the path is: a long paste reaches the model wrapped as foreign text. Of the file itself only its path
 * stands here, between quotes and in characters that can be seen; nobody's title or words do.
 *
 * @module
 */
import type { TaskId } from "../model/ids.ts";
import { hasUnseen } from "./words.ts";

interface About {
  /** Absolute. */
  readonly path: string;
  readonly task: TaskId;
  /** By which Claude Code's word is known that it took the prompt. */
  readonly mark: string;
}

/** The prompt of the hand-over. */
export function taskPrompt(about: About): string {
  return oneLine([
    `Please do the task in the file ${quoted(about.path)}: read all of it first.`,
    ...howToEnd(about.task),
    about.mark,
  ]);
}

/** For a session that gets it again after it was cut, or another one was: things may be half done. */
export function taskAgainPrompt(about: About & { readonly attempt: number }): string {
  return oneLine([
    `Please do the task in the file ${quoted(about.path)}: read all of it first.`,
    `This is attempt ${about.attempt}: see what is done already before you repeat it.`,
    ...howToEnd(about.task),
    about.mark,
  ]);
}

/** For a session whose turn ended without a word on the task. */
export function nudgePrompt(about: About): string {
  return oneLine([
    `Please say what became of your task ${quoted(about.path)}; if work is left, go on with it.`,
    ...howToEnd(about.task),
    about.mark,
  ]);
}

function howToEnd(task: TaskId): string[] {
  return [
    `Once it is done, run: claude-failover task done ${task}`,
    `(or mv -n the file into the folder done beside its inbox).`,
    `If it cannot be done, run: claude-failover task fail ${task} --note "WHY"`,
  ];
}

function oneLine(parts: readonly string[]): string {
  const line = parts.join(" ");
  if (hasUnseen(line)) {
    throw new Error("Cannot write a prompt: a part of it has control characters");
  }
  return line;
}

function quoted(path: string): string {
  return JSON.stringify(path);
}
