/**
 * Work that takes longer than a sweep may: one piece for each key at a time, and none without an owner.
 *
 * @module
 */

export class Background {
  readonly #running = new Map<string, Promise<void>>();
  #failure: { readonly error: unknown } | null = null;

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** Starts the work unless some of that key is under way. */
  start(key: string, work: () => Promise<void>): void {
    if (this.#running.has(key)) return;
    const done = work().catch((error) => {
      this.#failure ??= { error };
    }).finally(() => this.#running.delete(key));
    this.#running.set(key, done);
  }

  /** Throws what a piece of work has thrown since it was last asked. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure.error;
  }

  /** Resolves when everything that was started has ended. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }
}
