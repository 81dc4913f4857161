/**
 * Texts from files that others wrote, made fit to be shown.
 *
 * @module
 */

/** What moves the cursor, ends the line or turns the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** On one line, without control characters, at most so many characters. */
export function cleanText(text: string, max: number): string {
  const line = text.toWellFormed().replace(UNSEEN, " ").replace(/\s+/g, " ").trim();
  return [...line].slice(0, max).join("").trim();
}

/** Whether the text holds what `cleanText` takes out. */
export function hasUnseen(text: string): boolean {
  return text.search(UNSEEN) >= 0 || !text.isWellFormed();
}

/** With each of those as JSON writes it, `\u202e`. */
export function spellUnseen(text: string): string {
  return text.replace(UNSEEN, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

/** The beginning of the text that has at most so many bytes, whole characters only. */
export function cutToBytes(text: string, max: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > max) break;
    end += character.length;
  }
  return text.slice(0, end);
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
