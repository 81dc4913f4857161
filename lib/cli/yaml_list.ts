/**
 * Items of a list in the text of a config file. All else that stands there stays as it is, comments included.
 *
 * @module
 */
import { isMap, isSeq, parseDocument, stringify } from "yaml";

export interface NewItem {
  /** The key of the list at the top of the file. */
  readonly list: string;
  /** The item's keys in order; a list is written on one line. */
  readonly pairs: readonly (readonly [key: string, value: string | readonly string[]])[];
}

/** The item as lines of the file's list. */
export function itemLines({ pairs }: Pick<NewItem, "pairs">, indent = 2): string[] {
  const pad = " ".repeat(indent);
  return pairs.map(([key, value], i) => `${pad}${i === 0 ? "- " : "  "}${key}: ${inline(value)}`);
}

/** With quotes where YAML would take it for something else. */
export function inline(value: string | readonly string[]): string {
  if (typeof value === "string") return stringify(value, { lineWidth: 0 }).trimEnd();
  return `[${value.map(inline).join(", ")}]`;
}

/** The text with the item as the last one of its list. */
export function withItem(text: string, item: NewItem): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  const items = document.get(item.list, true);
  const last = isSeq(items) ? items.items.at(-1) : undefined;
  const end = (last as { range?: [number, number, number] } | undefined)?.range?.[1];
  if (!isSeq(items) || items.srcToken?.type !== "block-seq" || end === undefined) {
    // A list in brackets, or none: the file is written anew, with its comments but not with its spacing.
    const node = document.createNode(Object.fromEntries(item.pairs));
    if (isSeq(items)) items.add(node);
    else document.set(item.list, document.createNode([node]));
    return document.toString({ lineWidth: 0 });
  }
  // The end of a mapping is the start of the line after it, or the end of its last line.
  const at = text[end - 1] === "\n" ? end : lineEnd(text, end);
  const before = text.slice(0, at);
  const glue = before.endsWith("\n") ? "" : "\n";
  const lines = itemLines(item, items.srcToken.indent);
  return `${before}${glue}${lines.join("\n")}\n${text.slice(at)}`;
}

/** The text without the item of that id; null when there is none. Spacing may change, comments elsewhere stay. */
export function withoutItem(text: string, list: string, id: string): string | null {
  const document = parseDocument(text);
  const items = document.get(list, true);
  if (!isSeq(items)) return null;
  const at = items.items.findIndex((item) => isMap(item) && item.get("id") === id);
  if (at < 0) return null;
  document.deleteIn([list, at]);
  if (items.items.length === 0) document.deleteIn([list]);
  return document.toString({ lineWidth: 0 });
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline + 1;
}
