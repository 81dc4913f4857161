/**
 * Paths as the config writes them: absolute, or below the home by `~`. Text only; no disk is asked.
 *
 * @module
 */
import { normalize } from "node:path/posix";
import { type Fault, quote } from "./problem.ts";

/** Null when the path can be used. */
export function pathFault(text: string): Fault | null {
  if (text === "") return { what: "must be a path, not empty text", hint: null };
  if (/\p{Cc}/u.test(text)) {
    return { what: "must be a path without control characters", hint: null };
  }
  if (text === "~" || text.startsWith("~/") || text.startsWith("/")) return null;
  return {
    what: `must be an absolute path or start with ~/, not ${quote(text)}`,
    hint: text.startsWith("~")
      ? "write another person's home as an absolute path"
      : text.startsWith("$")
      ? "variables are not expanded here; write ~/ for your home"
      : text.startsWith("{")
      ? "put the JSON into a file and name that"
      : "the daemon has no folder of its own that a relative path could start from",
  };
}

/** Absolute, without `.`, `..`, doubled or trailing slashes. Links stay as they are. */
export function expandPath(text: string, home: string): string {
  const absolute = text === "~" ? home : text.startsWith("~/") ? `${home}/${text.slice(2)}` : text;
  const path = normalize(absolute);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Whether `path` is `dir` or lies below it; both as `expandPath` gives them. */
export function isWithin(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir === "/" ? dir : `${dir}/`);
}

/** Of a path in UTF-8; what a socket address counts. */
export function byteLength(path: string): number {
  return new TextEncoder().encode(path).length;
}
