/**
 * Events of the journal that are past their time. The state stays: it begins from a snapshot then.
 *
 * @module
 */
import type { Duty } from "./duty.ts";

/** Who has not read an event by so much later gets no more time for it. */
const LATE_MS = 7 * 24 * 3_600_000;
/** So few are not worth the writing. */
const WORTH = 1_000;

export const journal: Duty = {
  name: "journal",
  // deno-lint-ignore require-await -- a port that answers at once
  async find({ config, deps: { clock, journal } }) {
    const { keepEventsMs } = config.janitor;
    if (keepEventsMs === null) return [];
    const oldest = clock.now() - keepEventsMs;
    const { old, all } = journal.countBefore(oldest);
    if (old < WORTH) return [];
    return [{
      what: `${old} of ${all} events of the journal`,
      why: `they are from before ${new Date(oldest).toISOString().slice(0, 10)}`,
      bytes: null,
      // deno-lint-ignore require-await -- as above
      remove: async () => journal.trim(oldest, { lateAt: oldest - LATE_MS }) > 0,
    }];
  },
};
