/**
 * Waiting for what the demo expects to find in the journal, and failing soon when something else comes.
 *
 * @module
 */
import type { Event } from "../../model/event.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../runtime/store.ts";
import { wakeOrTimeout } from "../../runtime/wake.ts";
import { mishap } from "./story.ts";

/** The demo did not go as it should; the message says what was unexpected. */
export class DemoFailed extends Error {
  override name = "DemoFailed";
}

export interface WatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class JournalWatch {
  #options: WatchOptions;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Where the journal is now: events from here on are later than what was done before. */
  now(): number {
    return this.#options.store.state.seq;
  }

  /** The first event after that place which fits. `what` stands after "Cannot see". */
  async after(
    place: number,
    fits: (event: Event) => boolean,
    { what, withinMs }: { what: string; withinMs: number },
  ): Promise<Event> {
    const { clock } = this.#options;
    const end = clock.monotonic() + withinMs;
    for await (const event of this.all(place, end)) {
      if (fits(event)) return event;
    }
    throw new DemoFailed(`Cannot see ${what}: it did not come within ${withinMs / 1_000} s`);
  }

  /** Every event after that place, until the time `endMs` of the monotonic clock. Throws at a mishap. */
  async *all(place: number, endMs = Infinity): AsyncGenerator<Event> {
    const { store, clock, signal } = this.#options;
    using inbox = store.subscribe("all");
    for (let at = place;;) {
      for (const event of store.events({ after: at })) {
        at = event.seq;
        yield event;
        const why = mishap(event, store.state);
        if (why !== null) throw new DemoFailed(`Cannot go on: ${why}`);
      }
      const ms = Math.min(endMs - clock.monotonic(), 60_000);
      if (ms <= 0) return;
      await wakeOrTimeout(inbox, { clock, ms, signal });
    }
  }
}
