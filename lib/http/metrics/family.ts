/**
 * Figures for a time series database, as data: families of one name, each figure told apart by labels.
 *
 * Each series costs whoever keeps it memory for weeks, and some labels come from outside (the name of a window, say). So a family
 * has so many series at most, and a label so many characters.
 *
 * @module
 */

export interface Figure {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  /** A counter only grows while the daemon lives. */
  readonly type: "gauge" | "counter";
  readonly figures: readonly Figure[];
}

export const MAX_SERIES = 500;
const MAX_LABEL_CHARS = 100;

/** Those that a family may have, the first ones, and how many were left out. */
export function bounded(
  figures: readonly Figure[],
): { readonly kept: readonly Figure[]; readonly leftOut: number } {
  const kept = new Map<string, Figure>();
  for (const { labels, value } of figures) {
    const plain = Object.fromEntries(
      Object.entries(labels).map(([name, text]) => [name, label(text)]),
    );
    const key = JSON.stringify(plain);
    if (!kept.has(key) && kept.size < MAX_SERIES) kept.set(key, { labels: plain, value });
  }
  return { kept: [...kept.values()], leftOut: figures.length - kept.size };
}

/** One line of plain text. */
export function label(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.toWellFormed().replace(/[\x00-\x1f\x7f\u2028\u2029]/g, "?").slice(0, MAX_LABEL_CHARS)
    .toWellFormed();
}
