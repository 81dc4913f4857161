/**
 * How each worker does in this life of the daemon. The journal has the failures; this says who is at work now.
 *
 * @module
 */

export interface WorkerHealth {
  readonly name: string;
  /** `ended`: it has returned, or was stopped. */
  readonly is: "waiting" | "running" | "resting" | "ended";
  /** Of the last failure; null: there was none. */
  readonly error: string | null;
  /** How often it was started again. */
  readonly restarts: number;
}

export class Roster {
  readonly #workers = new Map<string, WorkerHealth>();

  constructor(names: readonly string[] = []) {
    for (const name of names) {
      this.#workers.set(name, { name, is: "waiting", error: null, restarts: 0 });
    }
  }

  /** In the order of their names as given, then of their first life. */
  all(): readonly WorkerHealth[] {
    return [...this.#workers.values()];
  }

  lives(name: string): void {
    const before = this.#workers.get(name);
    const restarts = before && before.is !== "waiting" ? before.restarts + 1 : 0;
    this.#workers.set(name, { name, is: "running", error: before?.error ?? null, restarts });
  }

  /** It failed too often, or the failure could not be written down: it waits before it lives again. */
  rests(name: string, error: string): void {
    this.#change(name, { is: "resting", error });
  }

  failed(name: string, error: string): void {
    this.#change(name, { error });
  }

  ended(name: string): void {
    this.#change(name, { is: "ended" });
  }

  #change(name: string, change: Partial<WorkerHealth>): void {
    const before = this.#workers.get(name);
    if (before) this.#workers.set(name, { ...before, ...change });
  }
}
