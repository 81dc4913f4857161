/**
 * The dialogs of Claude Code that are told apart.
 *
 * @module
 */

export const DIALOG_KINDS = [
  "trust",
  "limit",
  "resume",
  "background",
  "login",
  "permission",
  "question",
  "onboarding",
  "bypass",
  "mcp",
  "api-key",
  "settings",
  "imports",
  /** It has the form of a dialog, and words that nobody has written down here. */
  "unknown",
] as const;

export type DialogKind = (typeof DIALOG_KINDS)[number];

/** For people, behind "waiting for". */
export const DIALOG_WORDS: Readonly<Record<DialogKind, string>> = {
  trust: "trust in its folder",
  limit: "the limit menu",
  resume: "resume whole or from a summary",
  background: "background work at exit",
  login: "a login",
  permission: "a permission",
  question: "an answer",
  onboarding: "the first-run questions",
  bypass: "the bypass-permissions warning",
  mcp: "the approval of an MCP server",
  "api-key": "the approval of an API key",
  settings: "a warning about its settings",
  imports: "the approval of imported files",
  unknown: "a dialog that is not known here",
};
