/**
 * Claude Code's input box as a pane shows it: whether it is there at all, and what stands in it unsent.
 *
 * Seen on 2.1.330 (captures in test/claude/input_boxes): two rules over the whole width, between them the text, of which
 * the first line begins with `❯` and a no-break space, or `!` and one in shell mode. What was sent before begins with
 * `❯` and a plain space. A dialog (permission, limit menu, model, ...) stands in place of the box, without the rules.
 * A placeholder is dim, but for its first letter, on which the cursor stands in reverse video.
 *
 * @module
 */

export interface InputBox {
  /** `shell`: what is typed would be run by a shell. */
  readonly mode: "prompt" | "shell";
  /** What was typed and not sent, without the indent of further lines; empty when there is nothing. */
  readonly draft: string;
}

/** Of a `styled` capture. Null: the box is not on the screen, so nothing may be typed. */
export function inputBox(screen: string): InputBox | null {
  const lines = cellsOf(screen);
  const rules = lines.flatMap((line, i) => RULE.test(textOf(line)) ? [i] : []);
  const [top, bottom] = rules.slice(-2);
  if (top === undefined || bottom === undefined) return null;
  const [first, ...rest] = lines.slice(top + 1, bottom);
  const glyph = first && GLYPH.exec(textOf(first))?.[1];
  if (!first || !glyph) return null;
  const rows = [first.slice(2), ...rest.map(withoutIndent)];
  const draft = rows.map((row) => textOf(typed(row)).trimEnd()).join("\n").trimEnd();
  return { mode: glyph === "!" ? "shell" : "prompt", draft };
}

const RULE = /^─{20,}$/;
const GLYPH = /^([❯!])\u00a0/;

interface Cell {
  readonly char: string;
  readonly dim: boolean;
  readonly reverse: boolean;
}

// deno-lint-ignore no-control-regex -- escape sequences are what is looked for
const PIECE = /\x1b\[([\d;:]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x0e\x0f]|([^])/gu;

/** The screen's lines, each character with how it is shown. A style goes on over the end of a line. */
function cellsOf(screen: string): Cell[][] {
  const lines: Cell[][] = [[]];
  let style = { dim: false, reverse: false };
  for (const [, codes, final, char] of screen.matchAll(PIECE)) {
    if (final === "m") style = styleAfter(style, codes ?? "");
    else if (char === "\n") lines.push([]);
    else if (char !== undefined) lines.at(-1)!.push({ char, ...style });
  }
  return lines;
}

/** SGR, of which the colours are passed over with their own numbers. */
function styleAfter(before: { dim: boolean; reverse: boolean }, codes: string) {
  let { dim, reverse } = before;
  const numbers = codes.split(";").map((code) => Number(code.split(":")[0]));
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i];
    if (code === 0) dim = reverse = false;
    else if (code === 2) dim = true;
    else if (code === 22) dim = false;
    else if (code === 7) reverse = true;
    else if (code === 27) reverse = false;
    else if (code === 38 || code === 48) i += numbers[i + 1] === 5 ? 2 : 4;
  }
  return { dim, reverse };
}

/** Without the placeholder, and without a completion that is only offered. */
function typed(row: readonly Cell[]): Cell[] {
  return row.filter(({ dim, reverse }, i) => !dim && !(reverse && row[i + 1]?.dim));
}

function withoutIndent(row: Cell[]): Cell[] {
  return /^ {2}/.test(textOf(row)) ? row.slice(2) : row;
}

function textOf(cells: readonly Cell[]): string {
  return cells.map(({ char }) => char).join("");
}
