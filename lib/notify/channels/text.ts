/**
 * A notice as words, the same in every channel that people read.
 *
 * @module
 */
import type { Severity } from "../../model/notice.ts";
import { unreachable } from "../../model/ids.ts";
import type { Message } from "../channel.ts";

/** The title with its severity and count: "Critical: ccl-3 is quarantined (3 times)". */
export function titleOf({ notice }: Message): string {
  const { severity, title, count } = notice;
  return `${severityWord(severity)}${title}${count > 1 ? ` (${count} times)` : ""}`;
}

/** What stands below the title, in lines; may be empty. */
export function bodyOf({ notice, maybeRepeated }: Message): string[] {
  return [
    ...notice.lines,
    ...(notice.todo === null ? [] : [`To do: ${notice.todo}`]),
    ...(maybeRepeated ? ["(It may have been sent before.)"] : []),
  ];
}

/** Half a character, as the end of a cut text may be, would be refused. */
export function textOf(message: Message): string {
  return [titleOf(message), ...bodyOf(message)].join("\n").toWellFormed();
}

/** Cut at `most` UTF-16 units, at a line's end where one is near, with a mark. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const mark = "\n…";
  let kept = text.slice(0, most - mark.length);
  // Half of a pair of surrogates is no character.
  if (/[\uD800-\uDBFF]$/.test(kept)) kept = kept.slice(0, -1);
  const line = kept.lastIndexOf("\n");
  return `${line > most / 2 ? kept.slice(0, line) : kept}${mark}`;
}

/** Likewise, at most so many bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  let left = text;
  while (bytes(left) > most) {
    left = cut(text, Math.min(left.length - 1, Math.floor(left.length * most / bytes(left))));
  }
  return left;
}

function severityWord(severity: Severity): string {
  switch (severity) {
    case "info":
      return "";
    case "warning":
      return "Warning: ";
    case "critical":
      return "Critical: ";
    default:
      return unreachable(severity);
  }
}

/** For machines: one flat object, the times as ISO 8601. */
export function dataOf({ notice, key, maybeRepeated, replaces }: Message) {
  const { id, kind, severity, at, title, lines, todo, subject, seqs, count } = notice;
  return {
    id,
    key,
    kind,
    severity,
    at: new Date(at).toISOString(),
    title,
    lines,
    todo,
    subject,
    seqs,
    count,
    maybe_repeated: maybeRepeated,
    replaces,
  };
}
