/**
 * Numbers of things, in words.
 *
 * @module
 */

/** "1 session", "3 sessions". */
export function countOf(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
