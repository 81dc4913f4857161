/**
 * Long sentences in lines of the terminal's width.
 *
 * @module
 */

/** Breaks at spaces; the lines after the first begin with `indent` spaces. A word that is too long stays whole. */
export function wrap(text: string, columns: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = "";
  // Leading spaces belong to the first word.
  for (const word of text.match(/^ *\S+|\S+/g) ?? []) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
