/**
 * The end of the journal, kept for the many who follow it: read once, put into text once, and waited for by one.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { Problem } from "./problem.ts";

export interface EventSource {
  events(range: { after: number; limit: number }): Event[];
  /** Of the oldest event that is kept. */
  firstSeq(): number;
  /** Of the last event. */
  headSeq(): number;
  /** Resolves as soon as there is an event after `after`; rejects when the signal aborts. */
  nextEvent(after: number, signal: AbortSignal): Promise<unknown>;
}

const MAX_STREAMS = 1_024;
/** Who is further behind reads the journal. */
const KEPT = 512;

export class Feed {
  readonly #source: EventSource;
  /** The last events, without a gap. */
  #tail: Event[] = [];
  #texts = new WeakMap<Event, string>();
  #wait: { readonly next: Promise<unknown>; readonly stop: AbortController } | null = null;
  #waiting = 0;
  #streams = 0;

  constructor(source: EventSource) {
    this.#source = source;
  }

  get streams(): number {
    return this.#streams;
  }

  first(): number {
    return this.#source.firstSeq();
  }

  head(): number {
    return this.#source.headSeq();
  }

  /** A place among those who follow, until it is disposed. */
  sit(): Disposable {
    if (this.#streams >= MAX_STREAMS) {
      const detail = `${MAX_STREAMS} streams are open already`;
      throw new Problem("busy", detail, { headers: { "retry-after": "5" } });
    }
    this.#streams++;
    let seated = true;
    return {
      [Symbol.dispose]: () => {
        if (seated) this.#streams--;
        seated = false;
      },
    };
  }

  read(after: number, limit: number): readonly Event[] {
    const head = this.#source.headSeq();
    if (after >= head) return [];
    this.#fill(head);
    const first = this.#tail[0]?.seq ?? Infinity;
    if (after < first - 1) return this.#source.events({ after, limit });
    return this.#tail.slice(after + 1 - first, after + 1 - first + limit);
  }

  textOf(event: Event): string {
    const known = this.#texts.get(event);
    if (known !== undefined) return known;
    const text = JSON.stringify(event);
    this.#texts.set(event, text);
    return text;
  }

  /** Resolves once there is an event after that; rejects when the signal aborts. */
  async next(after: number, signal: AbortSignal): Promise<void> {
    if (this.#source.headSeq() > after) return;
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting++;
    try {
      await Promise.race([this.#one(), aborted]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (--this.#waiting === 0) {
        this.#wait?.stop.abort();
        this.#wait = null; // at once: who comes next waits for something that goes on
      }
    }
  }

  /** One wait for all. */
  #one(): Promise<unknown> {
    if (this.#wait) return this.#wait.next;
    const stop = new AbortController();
    const wait = {
      stop,
      next: this.#source.nextEvent(this.#source.headSeq(), stop.signal).finally(() => {
        if (this.#wait === wait) this.#wait = null;
      }),
    };
    wait.next.catch(() => {}); // whoever waits sees it
    this.#wait = wait;
    return wait.next;
  }

  #fill(head: number): void {
    const last = this.#tail.at(-1)?.seq ?? 0;
    if (last >= head) return;
    const after = Math.max(last, head - KEPT);
    const read = this.#source.events({ after, limit: KEPT });
    this.#tail = [...after === last ? this.#tail : [], ...read].slice(-KEPT);
  }
}
