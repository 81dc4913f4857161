/**
 * Tables without lines, as wide as the terminal: the one file that knows the table package.
 *
 * @module
 */
import Table from "cli-table3";
import type { Style } from "../style.ts";

const INDENT = 2;
const GAP = 2;

const NO_LINES = {
  "top": "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  "bottom": "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  "left": " ".repeat(INDENT),
  "left-mid": "",
  "mid": "",
  "mid-mid": "",
  "right": "",
  "right-mid": "",
  "middle": " ".repeat(GAP),
};

/** A cell may hold several lines. The last column gives way when the whole is wider than `columns`. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns, style }: { readonly columns: number; readonly style: Style },
): string {
  const all = [head.map(style.dim), ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => cellWidth(row[i] ?? ""))));
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + GAP, INDENT);
  widths[last] = Math.max(4, Math.min(widths[last]!, columns - before));
  const made = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colWidths: widths,
  });
  made.push(...all.map((row) => [...row]));
  return made.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}

function cellWidth(cell: string): number {
  return Math.max(...cell.split("\n").map(printedWidth));
}

/** Without escape sequences. Naively one column a character: names and paths are what stands here. */
function printedWidth(text: string): number {
  // deno-lint-ignore no-control-regex -- the escape character is what is looked for
  return [...text.replaceAll(/\x1b\[\d+m/g, "")].length;
}
