/**
 * At most so many at a time.
 *
 * @module
 */

/** A counting semaphore; waiters are served in order. */
export class Slots {
  #free: number;
  #waiting: PromiseWithResolvers<void>[] = [];

  constructor(count: number) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(
        `Cannot create slots: count must be a positive integer, received ${count}`,
      );
    }
    this.#free = count;
  }

  /** Waits for a slot; dispose of it to give it back. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#giveBack();
      },
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.#waiting.push(waiter);
    const onAbort = () => {
      this.#waiting = this.#waiting.filter((w) => w !== waiter);
      waiter.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    return waiter.promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next.resolve();
    else this.#free++;
  }
}
