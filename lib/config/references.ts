/**
 * Ids and what refers to them.
 *
 * @module
 */
import { nearest } from "./nearest.ts";
import { type Finding, type KeyPath, list, quote, sayPath } from "./problem.ts";

/** Values that stand in the list before; holes are passed over. */
export function* repeated(
  values: readonly (string | undefined)[],
  path: (index: number) => KeyPath,
): Iterable<Finding> {
  for (const [i, value] of values.entries()) {
    const first = values.indexOf(value);
    if (!value || first === i) continue;
    yield {
      path: path(i),
      what: `is the same as ${sayPath(path(first))}: ${quote(value)}`,
      hint: null,
    };
  }
}

/** Null when one of them is a hole, so that nothing can be called unknown. */
export function idsOf(
  items: readonly ({ id?: string | undefined } | undefined)[] | undefined,
): string[] | null {
  const ids = items?.map((item) => item?.id);
  return ids?.every((id) => id !== undefined) ? ids : null;
}

/** Nothing when there is no id, or nothing to compare it with. */
export function* unknownId(
  id: string | undefined,
  known: readonly string[] | null,
  path: KeyPath,
  what: string,
): Iterable<Finding> {
  if (id === undefined || known === null || known.includes(id)) return;
  const near = nearest(id, known);
  const hint = near !== null
    ? `did you mean ${near}?`
    : known.length > 0
    ? `there are: ${list(known)}`
    : `add it under ${what}s`;
  yield { path, what: `there is no ${what} ${quote(id)}`, hint };
}
