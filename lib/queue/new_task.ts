/**
 * The text of a task file that `task add` makes: what it was given, with the wishes in its front matter.
 *
 * @module
 */
import type { TaskId } from "../model/ids.ts";
import { MAX_FILE_NAME } from "./layout.ts";
import { parseTaskFile } from "./task_file.ts";
import { cleanText, cutToBytes } from "./words.ts";

export interface NewTaskWords {
  /** Of the file it comes from, with `.md`; null when it comes from standard input. */
  readonly name: string | null;
  readonly title?: string | undefined;
  readonly priority?: number | undefined;
  readonly after?: readonly string[] | undefined;
  /** The task whose agent makes it, and how far that one is from a person; null: a person makes it. */
  readonly maker: { readonly task: TaskId; readonly hops: number } | null;
  /** For the name of a file that has no other. */
  readonly newId: string;
}

/** The file's name without `.md`, and its text; or why it would be refused in the inbox. */
export function newTaskFile(
  text: string,
  words: NewTaskWords,
): { readonly stem: string; readonly text: string } | { readonly refused: string } {
  const stem = stemOf(words);
  const made = withKeys(text, keysOf(words));
  const bytes = new TextEncoder().encode(made);
  const parsed = parseTaskFile({ bytes, size: bytes.length }, {
    name: `${stem}.md`,
    tasks: { maySet: ["title", "priority", "after"] },
  });
  return parsed.refused === null ? { stem, text: made } : { refused: parsed.refused };
}

function keysOf({ title, priority, after, maker }: NewTaskWords): [string, unknown][] {
  const keys: [string, unknown][] = [];
  if (title !== undefined) keys.push(["title", title]);
  if (priority !== undefined) keys.push(["priority", priority]);
  if (after !== undefined && after.length > 0) keys.push(["after", after]);
  if (maker) keys.push(["made_by", maker.task], ["hops", maker.hops + 1]);
  return keys;
}

/** The keys stand first, so that a file which has one of them already is refused for saying it twice. */
function withKeys(text: string, keys: readonly [string, unknown][]): string {
  if (keys.length === 0) return text;
  // JSON is YAML.
  const lines = keys.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("");
  const own = /^---[ \t]*\r?\n/.exec(text);
  return own ? `---\n${lines}${text.slice(own[0].length)}` : `---\n${lines}---\n\n${text}`;
}

/** A name that every folder takes, with room for a number and for a marker. */
function stemOf({ name, title, newId }: NewTaskWords): string {
  const said = name?.replace(/\.md$/i, "") ?? title ?? "";
  const plain = cleanText(said, 200).replaceAll(/[/\\:*?"<>|]+/g, "-").replace(/^[.#~-]+/, "");
  const stem = cutToBytes(plain, MAX_FILE_NAME - ".999.md".length).trim();
  return stem === "" ? `task-${newId.slice(0, 8)}` : stem;
}
