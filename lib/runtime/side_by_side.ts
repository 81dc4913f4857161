/**
 * The parts of one worker that go on side by side.
 *
 * @module
 */

/**
 * Runs every part until all have returned. The first one that throws stops the others by the signal they were given,
 * and is what this throws, once all of them have ended: none is left without an owner.
 */
export async function sideBySide(
  signal: AbortSignal,
  parts: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  await Promise.all(
    parts.map((part) => part(either).catch((error) => over.abort(error))),
  );
  if (over.signal.aborted) throw over.signal.reason;
}
