/**
 * Reads the journal by a cursor, with a state of its own beside it, so that each event is seen with the state around it.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { fold } from "../model/fold.ts";
import type { Notice } from "../model/notice.ts";
import type { State } from "../model/state.ts";
import type { LocalTimeOf } from "../words/time.ts";
import { noticesOf } from "./notices.ts";

/** What the notifier reads of the journal. */
export interface JournalReader {
  readonly state: State;
  /** The `seq` of the oldest event that is kept. */
  first(): number;
  events(query: { after: number; limit: number }): Event[];
  /** The state after that event; null when the journal does not reach back so far. `rest` is awaited now and then. */
  stateAfter(seq: number, rest: () => Promise<unknown>): Promise<State | null>;
}

/** So many in one turn of the event loop. */
const AT_ONCE = 50;

/** A notice with the event that it was made of; null: a gap. */
export interface Made {
  readonly notice: Notice;
  readonly event: Event | null;
}

export interface Reading {
  readonly notices: readonly Made[];
  /** Of the last event that was read. */
  readonly seq: number;
  /** There may be more. */
  readonly more: boolean;
}

export class Reader {
  #state: State;

  private constructor(
    readonly journal: JournalReader,
    readonly localTime: LocalTimeOf,
    state: State,
    /** Events that nobody has read and nobody will: they are gone. */
    public gap: Notice | null,
  ) {
    this.#state = state;
  }

  /** Goes on after that event; null: begins with what is to come. */
  static async after(
    seq: number | null,
    { journal, localTime, rest }: {
      readonly journal: JournalReader;
      readonly localTime: LocalTimeOf;
      rest(): Promise<unknown>;
    },
  ): Promise<Reader> {
    const begin = (gap: Notice | null) => new Reader(journal, localTime, journal.state, gap);
    if (seq === null) return begin(null);
    // A journal that was moved away begins anew, and the place in the old one says nothing.
    if (seq > journal.state.seq) return begin(null);
    const state = seq + 1 < journal.first() ? null : await journal.stateAfter(seq, rest);
    if (state) return new Reader(journal, localTime, state, null);
    return begin(gapNotice(seq, journal.state));
  }

  get seq(): number {
    return this.#state.seq;
  }

  /** Reads on, but not long. */
  read(): Reading {
    const { journal, localTime } = this;
    const notices: Made[] = this.gap ? [{ notice: this.gap, event: null }] : [];
    this.gap = null;
    if (this.#state.seq >= journal.state.seq) return { notices, seq: this.seq, more: false };
    if (this.#state.seq + 1 < journal.first()) {
      notices.push({ notice: gapNotice(this.#state.seq, journal.state), event: null });
      this.#state = journal.state;
      return { notices, seq: this.seq, more: false };
    }
    const events = journal.events({ after: this.#state.seq, limit: AT_ONCE });
    for (const event of events) {
      const before = this.#state;
      const after = fold(before, event);
      this.#state = after;
      const made = noticesOf({ event, before, after, localTime });
      notices.push(...made.map((notice) => ({ notice, event })));
    }
    return { notices, seq: this.seq, more: events.length === AT_ONCE };
  }
}

const REST_MS = 5;
const REST_TIMES = { usual: 3, swap: 10 };

/**
 * How long the reader lets the others have their turn before it reads on: some times as long as the reading took (both in
 * milliseconds), and longer while sessions are moved, which is to wait for no notices.
 */
export function restAfter(tookMs: number, { runningSwap }: Pick<State, "runningSwap">): number {
  const times = runningSwap === null ? REST_TIMES.usual : REST_TIMES.swap;
  return Math.max(REST_MS, times * tookMs);
}

function gapNotice(seq: number, { seq: head, at }: State): Notice {
  return {
    id: `gap:${seq}`,
    kind: "daemon.trouble",
    severity: "warning",
    at,
    title: "Some of what happened was not told",
    lines: [
      `The events ${
        seq + 1
      } to ${head} of the journal were gone before they were read, or are passed over with them.`,
    ],
    todo: "claude-failover events shows what is left of them",
    subject: {},
    seqs: { first: seq + 1, last: head },
    count: 1,
  };
}
