/**
 * Time, as the rest of the program is allowed to see it.
 *
 * @module
 */

export interface Clock {
  /** Wall-clock time in epoch milliseconds. It may jump; never subtract two of these to measure. */
  now(): number;
  /** Milliseconds on a clock that only goes forward. For intervals. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise;
  },
};

/** Waits on the monotonic clock until `done` is true; false when `ms` have passed without it. */
export async function waitUntil(
  clock: Clock,
  ms: number,
  done: () => boolean | Promise<boolean>,
  { everyMs = 25, signal }: { everyMs?: number; signal?: AbortSignal } = {},
): Promise<boolean> {
  const end = clock.monotonic() + ms;
  while (!await done()) {
    const left = end - clock.monotonic();
    if (left <= 0) return false;
    await clock.sleep(Math.min(everyMs, left), signal);
  }
  return true;
}
