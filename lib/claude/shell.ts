/**
 * Words for POSIX sh.
 *
 * @module
 */

/** The text as one word of sh that means exactly itself. Throws for a NUL, which no argument can hold. */
export function shQuote(text: string): string {
  if (text.includes("\0")) throw new TypeError("Cannot pass a text to sh: it holds a NUL");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
