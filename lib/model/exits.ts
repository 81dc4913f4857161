/**
 * Exit codes of a run that the launch script gives, not Claude Code.
 *
 * @module
 */

/** Of flock(1): another process holds the conversation's lock. */
export const EXIT_CONVERSATION_OPEN = 75;
/** As a shell says it. */
export const EXIT_CLAUDE_MISSING = 127;
/** `EX_UNAVAILABLE` of sysexits. */
export const EXIT_FLOCK_MISSING = 69;

/** `exit 1`, `exit 75: the conversation is open elsewhere`, `exit unknown`. */
export function exitWords(exit: number | null): string {
  const meaning = exit === null ? undefined : MEANINGS[exit];
  return `exit ${exit ?? "unknown"}${meaning === undefined ? "" : `: ${meaning}`}`;
}

const MEANINGS: Readonly<Record<number, string>> = {
  [EXIT_CONVERSATION_OPEN]: "its conversation is open elsewhere",
  [EXIT_CLAUDE_MISSING]: "claude is not found",
  [EXIT_FLOCK_MISSING]: "flock(1) is missing",
};
