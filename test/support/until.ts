/**
 * Waiting on the real world without sleeping "to be safe".
 *
 * @module
 */

/** Polls until the condition gives something truthy, and returns that; throws when `timeoutMs` have passed. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5_000, everyMs = 10, what }: {
    timeoutMs?: number;
    everyMs?: number;
    /** Says what is the matter instead, when the time is over. */
    what?: () => string | Promise<string>;
  } = {},
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const end = performance.now() + timeoutMs;
  while (true) {
    const value = await condition();
    if (value) return value as Exclude<T, false | 0 | "" | null | undefined>;
    if (performance.now() > end) {
      if (what) throw new Error(`Cannot go on after ${timeoutMs} ms: ${await what()}`);
      throw new Error(`Cannot see ${condition}: still ${value} after ${timeoutMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
