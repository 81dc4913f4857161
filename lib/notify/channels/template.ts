/**
 * The body of a `custom` webhook: JSON whose texts hold placeholders. A value is put into a text of the JSON, never into
 * JSON as text, so nothing that a notice says can break it.
 *
 * @module
 */
import type { Message } from "../channel.ts";
import { bodyOf, dataOf, textOf, titleOf } from "./text.ts";

type Value = (message: Message) => string;

export const PLACEHOLDERS: Readonly<Record<string, Value>> = {
  title: titleOf,
  body: (message) => bodyOf(message).join("\n"),
  text: textOf,
  todo: ({ notice }) => notice.todo ?? "",
  kind: ({ notice }) => notice.kind,
  severity: ({ notice }) => notice.severity,
  at: (message) => dataOf(message).at,
  count: ({ notice }) => String(notice.count),
  session: ({ notice }) => notice.subject.session ?? "",
  account: ({ notice }) => notice.subject.account ?? "",
  project: ({ notice }) => notice.subject.project ?? "",
  task: ({ notice }) => notice.subject.task ?? "",
  key: ({ key }) => key,
};

const PLACEHOLDER = /\{([a-z_]+)\}/g;

/** The placeholders in all texts of the template, each once. */
export function placeholdersIn(template: unknown): string[] {
  const found = new Set<string>();
  mapTexts(template, (text) => {
    for (const [, name] of text.matchAll(PLACEHOLDER)) found.add(name!);
    return text;
  });
  return [...found];
}

export function fill(template: unknown, message: Message): unknown {
  return mapTexts(
    template,
    (text) => text.replaceAll(PLACEHOLDER, (_, name) => PLACEHOLDERS[name]!(message)),
  );
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]),
  );
}
