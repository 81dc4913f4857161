/**
 * Waiting for the real thing: a condition is polled, nothing sleeps to be safe.
 *
 * @module
 */

/** Polls until `look` gives something other than null; throws `what()` when it does not in time. */
export async function until<T>(
  look: () => T | null | Promise<T | null>,
  what: () => string | Promise<string>,
  withinMs = 15_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  while (true) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error(`Cannot go on: ${await what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Removes a folder that a dying process may still be writing into. */
export async function removeTree(root: string): Promise<void> {
  await until(
    async () => {
      try {
        await Deno.remove(root, { recursive: true });
        return true;
      } catch (error) {
        return error instanceof Deno.errors.NotFound ? true : null;
      }
    },
    () => `${root} cannot be removed`,
    5_000,
  );
}
