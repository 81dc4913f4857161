/**
 * Names of sessions, accounts and projects, and ranges of them: `ccl-[0..3]` is four names.
 *
 * @module
 */
import { type Fault, quote } from "./problem.ts";

/** A range beyond this is a slip of the finger: each session is a process of some 200 MB. */
export const MAX_RANGE = 100;

/** The program's own tmux sessions are named so (`ANCHOR` in lib/ports/tmux.ts). */
const OURS = "claude-failover";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const RANGE = /^([^[\]]*)\[(\d{1,9})\.\.(\d{1,9})\]([^[\]]*)$/;

/**
 * Fit for tmux (where `.` and `:` separate windows and panes, and a leading `=`, `@`, `%`, `$` or `-` means
 * something), for a file's name and for a shell. Null when it is.
 */
export function nameFault(name: string): Fault | null {
  if (NAME.test(name)) return null;
  return {
    what: `must be letters, digits, - and _, at most 64, not ${quote(name)}`,
    hint: /[[\]{}]/.test(name) ? "a range is written like ccl-[0..3]" : null,
  };
}

/** The names a pattern stands for, in order; or what is wrong with it. */
export function expandNames(pattern: string): string[] | Fault {
  const range = RANGE.exec(pattern);
  const names = range ? expandRange(range) : [pattern];
  if (!Array.isArray(names)) return names;
  const first = names[0]!;
  const fault = nameFault(first);
  if (fault) return fault;
  return first.startsWith(OURS)
    ? {
      what: `must not start with ${OURS}: sessions of that name are the program's own`,
      hint: null,
    }
    : names;
}

function expandRange(
  [pattern, before, from, to, after]: RegExpExecArray,
): string[] | Fault {
  const first = Number(from);
  const last = Number(to);
  if (last < first) {
    const turned = `${before}[${to}..${from}]${after}`;
    return { what: `the range ${pattern} runs backwards`, hint: `write ${turned}` };
  }
  if (last - first >= MAX_RANGE) {
    const what = `the range ${pattern} is ${last - first + 1} names; ${MAX_RANGE} are the most`;
    return { what, hint: null };
  }
  // [08..12] keeps its zeros: ccl-08, ccl-09, ccl-10
  const width = from!.startsWith("0") ? from!.length : 1;
  return Array.from(
    { length: last - first + 1 },
    (_, i) => `${before}${String(first + i).padStart(width, "0")}${after}`,
  );
}
