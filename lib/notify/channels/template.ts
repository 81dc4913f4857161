/**
 * The body of a `custom` webhook: JSON whose texts hold placeholders. A value is put into a text of the JSON, never into
 * JSON as text, so nothing that a notice says can break it.
 *
 * @module
 */
import type { Message } from "../channel.ts";
import { bodyOf, dataOf, textOf, titleOf } from "./text.ts";

type Value = (message: Message, secret: string) => string;

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
  secret: (_, secret) => secret,
};

const PLACEHOLDER = /\{([a-z_]+)\}/g;

/** `secret`: of the config's `secret_file` or `secret_env`, for services that want it in the body. */
export function fill(template: unknown, message: Message, secret: string): unknown {
  return mapTexts(
    template,
    (text) => text.replaceAll(PLACEHOLDER, (_, name) => PLACEHOLDERS[name]!(message, secret)),
  );
}

export function wantsSecret(template: unknown): boolean {
  let wants = false;
  mapTexts(template, (text) => {
    if (text.includes("{secret}")) wants = true;
    return text;
  });
  return wants;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]),
  );
}
