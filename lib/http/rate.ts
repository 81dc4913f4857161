/**
 * How often each client may ask: a bucket that fills again with time, for a bounded number of clients.
 *
 * @module
 */

interface Bucket {
  left: number;
  /** Monotonic milliseconds. */
  at: number;
}

/** More clients than this at once share nothing; the one that was quiet longest is forgotten, as if it were new. */
const MAX_CLIENTS = 1_000;

export class Rate {
  readonly #perSecond: number;
  readonly #burst: number;
  /** In the order of their last request. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** 0: it may. Else in how many milliseconds it may. */
  take(client: string, now: number): number {
    const known = this.#buckets.get(client) ?? { left: this.#burst, at: now };
    this.#buckets.delete(client);
    const filled = known.left + (now - known.at) / 1_000 * this.#perSecond;
    const left = Math.min(this.#burst, filled);
    this.#buckets.set(client, { left: left < 1 ? left : left - 1, at: now });
    if (this.#buckets.size > MAX_CLIENTS) {
      this.#buckets.delete(this.#buckets.keys().next().value!);
    }
    return left < 1 ? (1 - left) / this.#perSecond * 1_000 : 0;
  }
}
