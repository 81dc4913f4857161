/**
 * Colour, or none: every renderer is given one of these, so that none of them asks where it prints to.
 *
 * @module
 */

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  /** What stands out without a judgement, such as a name. */
  name(text: string): string;
}

function sgr(code: number, end: number): (text: string) => string {
  return (text) => text === "" ? "" : `\x1b[${code}m${text}\x1b[${end}m`;
}

const COLORED: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  warn: sgr(33, 39),
  bad: sgr(31, 39),
  name: sgr(36, 39),
};

const same = (text: string) => text;
const PLAIN: Style = { bold: same, dim: same, good: same, warn: same, bad: same, name: same };

export function styleFor({ color }: { readonly color: boolean }): Style {
  return color ? COLORED : PLAIN;
}
