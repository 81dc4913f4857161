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

/** As `shQuote`, and the text itself where it needs no quotes: for lines that a person may read and paste. */
export function shWord(text: string): string {
  return /^[A-Za-z0-9_/.:@=+-]+$/.test(text) && !text.startsWith("=") ? text : shQuote(text);
}
