/**
 * How full something is, drawn in so many cells; never a full one before it is full.
 *
 * @module
 */
export function bar(usedPct: number, cells: number): string {
  const filled = Math.max(0, Math.min(cells, Math.floor(usedPct / 100 * cells)));
  return "█".repeat(filled) + "░".repeat(cells - filled);
}
