/**
 * Lengths of time as people write them: `30s`, `10m`, `1h30m`, `30d`.
 *
 * @module
 */

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or null for what is no duration. */
export function parseDuration(text: string): number | null {
  const found = text === "" ? null : DURATION.exec(text);
  if (!found) return null;
  const [d, h, m, s, ms] = found.slice(1).map((digits) => Number(digits ?? 0));
  return (((d! * 24 + h!) * 60 + m!) * 60 + s!) * 1000 + ms!;
}
