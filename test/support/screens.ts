/**
 * Screens of Claude Code as far as they matter here (2.1.330; the true captures are in test/claude/input_boxes).
 *
 * @module
 */

const RULE = "─".repeat(80);

/** Its input box, with something unsent in it or nothing. */
export function boxWith(draft = ""): string {
  const [first = "", ...rest] = draft.split("\n");
  const rows = [`❯\u00a0${first}\x1b[7m \x1b[0m`, ...rest.map((line) => `  ${line}`)];
  return ["● done", RULE, ...rows, RULE, "  ⏵⏵ bypass permissions on", ""].join("\n");
}

/** A dialog stands in its place. */
export const DIALOG = [
  "╭──────────╮",
  " Do you want to proceed?",
  " ❯ 1. Yes",
  "   2. No",
  "",
].join("\n");
