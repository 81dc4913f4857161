/**
 * What can be wrong with a config file, and how it is said: where, which key, what, and what to do.
 *
 * @module
 */

import { holdsSecret } from "../model/secret_text.ts";

/** From the top of the file to a value: `["accounts", 0, "config_dir"]`. */
export type KeyPath = readonly (string | number)[];

/** Something wrong, before anybody has looked up where in the text it stands. */
export interface Finding {
  readonly path: KeyPath;
  /** What is wrong, without the key's name; no full stop. */
  readonly what: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** The key itself is wrong (unknown), not its value. */
  readonly onKey?: boolean;
}

/** What is wrong with one value, said without knowing its key. */
export type Fault = Pick<Finding, "what" | "hint">;

/** Counted from 1, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Characters to underline; 0 for none. */
  readonly length: number;
}

export interface Problem extends Fault, Place {
  /** Empty for the file as a whole. */
  readonly path: KeyPath;
  /** The line with a mark below it; empty where showing it could show a secret. */
  readonly excerpt: readonly string[];
}

/** A config file that cannot be used: every problem in it at once, a user's mistake (exit code 2). */
export class ConfigError extends Error {
  override name = "ConfigError";
  /** Ready to print, one line each, without a newline. */
  readonly lines: readonly string[];

  constructor(readonly file: string, readonly problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const title = `Cannot use the config ${file}: ${count}`;
    const lines = [title, ...problems.flatMap((p) => ["", ...sayProblem(file, p)])];
    super(lines.join("\n"));
    this.lines = lines;
  }
}

function sayProblem(file: string, problem: Problem): string[] {
  const { line, column, path, what, hint, excerpt } = problem;
  const key = path.length > 0 ? `${sayPath(path)}: ` : "";
  return [
    `${file}:${line}:${column}: ${key}${what}`,
    ...excerpt,
    ...(hint === null ? [] : [`  Hint: ${hint}`]),
  ];
}

/** `accounts[0].config_dir`. */
export function sayPath(path: KeyPath): string {
  return path.reduce<string>((said, part) => {
    if (typeof part === "number") return `${said}[${part}]`;
    const key = /^[\w-]+$/.test(part) ? part : quote(part);
    return said === "" ? key : `${said}.${key}`;
  }, "");
}

/** Text of the file inside a message; control characters come out escaped, and a secret not at all. */
export function quote(text: string): string {
  if (holdsSecret(text)) return "what looks like a secret";
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** `a, b and c`. */
export function list(items: readonly string[], last = "and"): string {
  return items.length < 2
    ? items.join("")
    : `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)}`;
}
