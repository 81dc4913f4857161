/**
 * The lines between `---` and `---` that a Markdown file may begin with, as keys and texts.
 *
 * Every scalar is a text here, as it was written (YAML's failsafe schema): an `id: 012` stays `012`. Aliases, tags and
 * whatever is nested more deeply than a list are refused: nothing a task says needs them, and they can be made to explode.
 *
 * @module
 */
import { parseDocument } from "yaml";

export type FrontMatter =
  | {
    readonly refused: null;
    readonly values: ReadonlyMap<string, string | readonly string[]>;
    /** Where the text below it begins, in characters of the head. */
    readonly bodyAt: number;
  }
  | { readonly refused: string };

/** More than all keys together can need. */
export const MAX_FRONT_MATTER = 16 * 1024;

const FENCE = /^---[ \t]*\r?$/m;

/** Of the beginning of a file; a text that does not begin with a line `---` has none. */
export function readFrontMatter(head: string): FrontMatter {
  const first = /^---[ \t]*(?:\r?\n|$)/.exec(head);
  if (!first) return { refused: null, values: new Map(), bodyAt: 0 };
  const rest = head.slice(first[0].length, first[0].length + MAX_FRONT_MATTER);
  const end = FENCE.exec(rest);
  if (!end) return { refused: "its front matter begins with --- and has no second line ---" };
  const parsed = parse(rest.slice(0, end.index));
  if (typeof parsed === "string") return { refused: `its front matter ${parsed}` };
  const bodyAt = first[0].length + end.index + end[0].length;
  return { refused: null, values: parsed, bodyAt };
}

/** The keys and their texts, or what is wrong with them. */
function parse(text: string): Map<string, string | readonly string[]> | string {
  const document = parseDocument(text, {
    schema: "failsafe",
    version: "1.2",
    logLevel: "silent",
    prettyErrors: true,
  });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) {
    // The fence is the file's first line. What the package quotes of the text may be long: its first line is enough.
    const line = (fault.linePos?.[0].line ?? 0) + 1;
    const [what] = fault.message.replace(/ at line \d+, column \d+:?/, "").split("\n");
    return `is not YAML: ${what!.slice(0, 120)} (line ${line})`;
  }
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 0, mapAsMap: true });
  } catch (error) {
    if (error instanceof ReferenceError) return "uses an alias";
    throw error;
  }
  if (data === null) return new Map();
  if (!(data instanceof Map)) return "is not made of `key: value` lines";
  const values = new Map<string, string | readonly string[]>();
  for (const [key, value] of data) {
    if (typeof key !== "string") return "has a key that is not a word";
    if (isText(value) || isTexts(value)) values.set(key, value);
    else return `has a value that is neither a text nor a list: ${key.slice(0, 40)}`;
  }
  return values;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}
