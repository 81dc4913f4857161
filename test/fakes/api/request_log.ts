/**
 * What came in and how it ended, for tests to ask: who was asked, for which conversation, and what the request carried.
 * No header and no credential is kept.
 *
 * @module
 */
import type { Said } from "./conversation.ts";

export interface Exchange {
  /** Counted from 1. */
  readonly n: number;
  /** Epoch milliseconds of its arrival. */
  readonly at: number;
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** The account whose credential it carried; null for none, or for a stranger's. */
  readonly account: string | null;
  /** Claude Code's session id (`x-claude-code-session-id`). */
  readonly conversation: string | null;
  /** A turn of the conversation; false for titles, quota probes and everything but `POST /v1/messages`. */
  readonly isTurn: boolean;
  /** What the request carried, in order. */
  readonly said: readonly Said[];
  /** Null while it is not answered. */
  readonly status: number | "hang" | null;
}

export type Arrival = Omit<Exchange, "n" | "status">;

export class RequestLog {
  #exchanges: Exchange[] = [];
  #count = 0;

  /** Enters it; the function that comes back says how it ended. */
  enter(arrival: Arrival): (status: number | "hang") => void {
    const n = ++this.#count;
    this.#exchanges.push({ ...arrival, n, status: null });
    return (status) => {
      const index = this.#exchanges.findIndex((exchange) => exchange.n === n);
      if (index >= 0) this.#exchanges[index] = { ...this.#exchanges[index]!, status };
    };
  }

  /** The exchanges after number `after`, oldest first. */
  after(after = 0): readonly Exchange[] {
    return this.#exchanges.filter((exchange) => exchange.n > after);
  }

  clear(): void {
    this.#exchanges = [];
  }
}
