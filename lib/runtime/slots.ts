/**
 * At most so many at a time.
 *
 * @module
 */

interface Waiter extends PromiseWithResolvers<void> {
  readonly rank: number;
}

/** A counting semaphore; waiters are served by rank, those of one rank in order. */
export class Slots {
  #free: number;
  #waiting: Waiter[] = [];

  constructor(count: number) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(
        `Cannot create slots: count must be a positive integer, received ${count}`,
      );
    }
    this.#free = count;
  }

  /** Waits for a slot, before all that wait with a higher rank; dispose of it to give it back. */
  async take(signal: AbortSignal, rank = 0): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal, rank);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#giveBack();
      },
    };
  }

  #wait(signal: AbortSignal, rank: number): Promise<void> {
    const waiter = { ...Promise.withResolvers<void>(), rank };
    const behind = this.#waiting.findIndex((w) => w.rank > rank);
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, waiter);
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
