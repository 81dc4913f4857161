/**
 * The prompt with which a moved session goes on after its work was cut.
 *
 * Claude Code sends the last unanswered prompt again together with the next one (measured, 2.1.330), so the
 * text must hold both when it stands alone and when it follows that prompt. It begins with a letter (a
 * leading `/`, `!`, `#`, `@` has a meaning); as an argument it is not wrapped as pasted text, whatever its size.
 *
 * @module
 */
import type { Checkpoint } from "./checkpoint_file.ts";

const DIRTY_SHOWN = 8;
const TODOS_SHOWN = 20;

/** `mark` makes it recognizable in the hook and the transcript: it counts at most once per cut. */
export function continuationPrompt(
  checkpoint: Checkpoint | null,
  mark: string,
  { task = null, unrecorded = null }: {
    /** What it is to be reminded of. */
    readonly task?: string | null;
    /** The last request, when the conversation does not hold it. */
    readonly unrecorded?: string | null;
  } = {},
): string {
  return [
    "Please go on with what you were working on: this session was stopped in the middle of it and " +
    "has been resumed. The conversation up to here is complete" +
    (unrecorded === null
      ? "."
      : `, but for the last request. That was:\n\n${bounded(unrecorded)}\n`),
    task ?? "",
    ...(checkpoint ? [tool(checkpoint), todos(checkpoint), git(checkpoint)] : []),
    "If a request above has not been answered yet, answer it now; do not repeat work that is already " +
    "complete, and check the state of things before you rely on it.",
    mark,
  ].filter((line) => line !== "").join("\n");
}

/** For a session whose last request got no answer: one line, since it is typed. */
export function retryPrompt(task: string | null): string {
  return [
    "Please go on: your last request got no answer, since the server was busy or out of order.",
    ...(task === null ? [] : [task]),
    "Do not repeat work that is already complete.",
  ].join(" ");
}

/** An argument of a program may have 128 KiB (Linux), and a character up to 4 bytes. */
const REQUEST_MAX = 20_000;

function bounded(request: string): string {
  if (request.length <= REQUEST_MAX) return request;
  return `${request.slice(0, REQUEST_MAX)}\n(It was longer; ask for the rest of it.)`;
}

function tool({ lastTool }: Checkpoint): string {
  if (!lastTool || lastTool.finished) return "";
  return `When it was stopped, a ${lastTool.name} call was under way and its result was not recorded: ` +
    "it may have taken effect wholly, partly or not at all. Verify that before you run it again.";
}

/** Under another account Claude Code's own list is empty. */
function todos({ todos }: Checkpoint): string {
  const open = todos.filter(({ status }) => status !== "completed");
  if (open.length === 0) return "";
  const shown = open.slice(0, TODOS_SHOWN)
    .map(({ text, status }) => `- ${text}${status === "in_progress" ? " (in progress)" : ""}`);
  const more = open.length - shown.length;
  return [
    "Your list of things to do at that moment (the list itself may be gone):",
    ...shown,
    ...(more > 0 ? [`- and ${more} more`] : []),
  ].join("\n");
}

function git({ git }: Checkpoint): string {
  if (!git || git.dirty.length === 0) return "";
  const shown = git.dirty.slice(0, DIRTY_SHOWN).map(({ path }) => path);
  const more = git.dirtyCount - shown.length;
  return `Uncommitted at that moment (${git.branch ?? "no branch"} at ${
    git.head?.slice(0, 12) ?? "no commit"
  }): ` +
    `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}
