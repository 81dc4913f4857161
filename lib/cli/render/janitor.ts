/**
 * What the janitor did, or would do, as text.
 *
 * @module
 */
import type { TidyResult } from "../../http/control.ts";
import type { DUTIES } from "../../model/janitor.ts";
import { sizeWords } from "../../words/tidied.ts";
import type { RenderOptions } from "./status.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** More of one duty than that are a number. */
const SHOWN = 20;

export function renderTidied(results: readonly TidyResult[], options: RenderOptions): string {
  const told = results.flatMap((result) => dutyLines(result, options));
  if (told.length > 0) return told.join("\n");
  return "Nothing to tidy up.";
}

export function renderDuties(duties: typeof DUTIES, options: RenderOptions): string {
  const rows = duties.map(({ name, summary, everyMs }) => [name, everyWords(everyMs), summary]);
  return table(["DUTY", "EVERY", "REMOVES"], rows, options);
}

function everyWords(ms: number): string {
  const minutes = ms / 60_000;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

function dutyLines(result: TidyResult, { style, columns }: RenderOptions): string[] {
  const { duty, dryRun, found, removed, bytes, problems } = result;
  if (found.length === 0 && problems.length === 0) return [];
  const size = sizeWords(dryRun ? found.reduce((sum, one) => sum + (one.bytes ?? 0), 0) : bytes);
  const did = found.length === 0
    ? "nothing"
    : dryRun
    ? `${found.length} would go`
    : `${removed} of ${found.length} removed`;
  const items = found.slice(0, SHOWN).flatMap(({ what, why }) =>
    wrap(`    ${what}: ${why}`, columns, 6).map(style.dim)
  );
  const more = found.length > SHOWN ? [style.dim(`    and ${found.length - SHOWN} more`)] : [];
  const bad = problems.flatMap((problem) => wrap(`    ! ${problem}`, columns, 6).map(style.bad));
  return [`  ${style.name(duty)}  ${did}${size && `, ${size}`}`, ...items, ...more, ...bad];
}
