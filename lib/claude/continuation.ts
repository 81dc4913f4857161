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

/** `mark` makes it recognizable in the hook and the transcript: it counts at most once per cut. */
export function continuationPrompt(
  checkpoint: Checkpoint | null,
  mark: string,
  task: string | null = null,
): string {
  return [
    "Please go on with what you were working on: this session was stopped in the middle of it and " +
    "has been resumed. The conversation up to here is complete.",
    task ?? "",
    ...(checkpoint ? [tool(checkpoint), git(checkpoint)] : []),
    "If a request above has not been answered yet, answer it now; do not repeat work that is already " +
    "complete, and check the state of things before you rely on it.",
    mark,
  ].filter((line) => line !== "").join("\n");
}

function tool({ lastTool }: Checkpoint): string {
  if (!lastTool || lastTool.finished) return "";
  return `When it was stopped, a ${lastTool.name} call was under way and its result was not recorded: ` +
    "it may have taken effect wholly, partly or not at all. Verify that before you run it again.";
}

function git({ git }: Checkpoint): string {
  if (!git || git.dirty.length === 0) return "";
  const shown = git.dirty.slice(0, DIRTY_SHOWN);
  const more = git.dirtyCount - shown.length;
  return `Uncommitted at that moment (${git.branch ?? "no branch"} at ${
    git.head?.slice(0, 12) ?? "no commit"
  }): ` +
    `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}
