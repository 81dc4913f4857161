/**
 * The dialogs of Claude Code, as data: the only place where their words stand. Each was seen on the real one and its screen is in
 * `test/claude/screens/<version>`, but for `resume`, whose words were read in the binary of 2.1.330: it could not be
 * provoked (see the folder's README).
 *
 * @module
 */
import type { DialogKind } from "../model/dialog.ts";

export interface DialogWording {
  readonly kind: DialogKind;
  /** The first line below the frame. */
  readonly begins: RegExp;
  /** Of its options, those that somebody here may want, by the name that the journal gives them. The whole label. */
  readonly options?: Readonly<Record<string, RegExp>>;
  /** The last line of the screen; null: the options are. */
  readonly hint?: RegExp | null;
  /** A line like the frame's stands between its options too. */
  readonly ruled?: boolean;
}

export const CONFIRM_HINT = /^Enter to confirm · Esc to cancel$/;
const AMEND_HINT = /^Esc to cancel(?: · Tab to amend)?(?: · ctrl\+\S.*)?$/;
const CANCEL_HINT = /^Esc to cancel$/;

/** Any other last line that only a dialog has. */
export const ANY_HINT = /^(?:Enter to (?:confirm|select|continue)\b.*|Esc to cancel\b.*)$/;

export const DIALOGS: readonly DialogWording[] = [
  { kind: "trust", begins: /^Accessing workspace:$/ },
  {
    kind: "limit",
    begins: /^What do you want to do\?$/,
    options: { stop: /^Stop(?: and wait for limit to reset)?$/ },
  },
  {
    kind: "resume",
    begins: /^This session is \S.* old and \S+ tokens\.$/,
    options: { whole: /^Resume full session as-is$/ },
  },
  {
    kind: "background",
    begins: /^Background work is running$/,
    options: { exit: /^Exit and stop tasks$/, stay: /^Stay$/ },
  },
  { kind: "login", begins: /^Login$/, hint: CANCEL_HINT },
  {
    kind: "permission",
    begins: /^(?:Bash command|(?:Create|Edit|Read|Overwrite) file|Fetch|Tool use)\b/,
    hint: AMEND_HINT,
  },
  { kind: "permission", begins: /^Exit plan mode\?$/, hint: null },
  { kind: "question", begins: /^[☐☒✔] /, hint: /^Enter to select\b/, ruled: true },
  { kind: "bypass", begins: /^WARNING: Claude Code running in Bypass Permissions mode$/ },
  { kind: "mcp", begins: /^(?:New MCP server|\d+ new MCP servers) found in this project\b/ },
  { kind: "api-key", begins: /^Detected a custom API key in your environment$/ },
  { kind: "settings", begins: /^Settings (?:Warning|Error)$/ },
  { kind: "imports", begins: /^Allow external CLAUDE\.md file imports\?$/ },
];

/** The first-run questions have no frame; they begin at the top of the screen. */
export const ONBOARDING = {
  begins: /^Welcome to Claude Code v\d/,
  asks: /^Choose the text style\b/,
} as const;

/** Right above the prompt: nobody is signed in. */
export const SIGNED_OUT_NOTICE = /(?:^| {2})Not logged in · run \/login$/;
/** The last answer, when the login was refused, and what the prompt says then. */
export const LOGIN_ANSWER = /^● (?:Login expired · Please run \/login|Please run \/login · .*)$/;
export const LOGIN_PROMPT = /^❯\sOnce fixed, resend your message$/;
