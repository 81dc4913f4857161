/**
 * What the janitor did, in words.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { countOf } from "./count.ts";

/** As a line of the journal. */
export function tidiedWords({ duty, removed, bytes, problems }: Event<"janitor.tidied">): string {
  const size = sizeWords(bytes);
  return [
    removed > 0 ? `${duty}: ${countOf(removed, "thing")} removed${size && `, ${size}`}` : null,
    ...problems.map((problem) => `${duty}: ${problem}`),
  ].filter((part) => part !== null).join("; ");
}

/** Empty for nothing. */
export function sizeWords(bytes: number): string {
  if (bytes === 0) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
