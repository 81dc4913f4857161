/**
 * What a look at the machine turns up.
 *
 * @module
 */
import type { Mend } from "../../claude/account/mend.ts";

export interface Check {
  /** What was looked at: "tmux", "config". */
  readonly of: string;
  readonly is: "ok" | "warning" | "error";
  /** What was found. */
  readonly what: string;
  /** The command or the step that mends it; null when there is nothing to mend. */
  readonly hint: string | null;
  /** `--fix` does it: nothing is lost by it. */
  readonly mend?: Mend;
}

export function ok(of: string, what: string): Check {
  return { of, is: "ok", what, hint: null };
}

export function warning(of: string, what: string, hint: string | null, mend?: Mend): Check {
  return { of, is: "warning", what, hint, ...mend && { mend } };
}

export function error(of: string, what: string, hint: string): Check {
  return { of, is: "error", what, hint };
}
