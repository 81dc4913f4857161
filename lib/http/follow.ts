/**
 * The journal as a stream of server-sent events. Each has its `seq` as id, so a client that comes back with
 * `Last-Event-ID` goes on exactly where it was.
 *
 * The journal is read by cursor and a wake-up only says "look again": nothing is skipped, whatever the pace of the reader.
 *
 * @module
 */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Event } from "../model/event.ts";

export interface EventSource {
  events(range: { after: number; limit: number }): Event[];
  /** Resolves as soon as there is an event after `after`; rejects when the signal aborts. */
  nextEvent(after: number, signal: AbortSignal): Promise<unknown>;
}

const BATCH = 200;

export function followEvents(c: Context, source: EventSource, after: number): Response {
  return streamSSE(c, async (stream) => {
    // Not the request's own signal: Deno 2.9.6 aborts that one after a good answer too, and warns of it.
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const { signal } = gone;
    let cursor = after;
    while (!signal.aborted) {
      const batch = source.events({ after: cursor, limit: BATCH });
      for (const event of batch) {
        await stream.writeSSE({
          id: String(event.seq),
          event: event.type,
          data: JSON.stringify(event),
        });
        if (signal.aborted) return;
        cursor = event.seq;
      }
      if (batch.length === 0) await source.nextEvent(cursor, signal).catch(unlessAborted(signal));
    }
  }, toldAsErrorEvent);
}

/** Hono sends the message as an event named `error`, without an id; without a handler it would print it here. */
function toldAsErrorEvent(): Promise<void> {
  return Promise.resolve();
}

/** The client has gone: that is the ordinary end of a stream. */
function unlessAborted(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}

/** The cursor of a client that comes back, or null when it names none. */
export function lastEventId(c: Context): number | null {
  const id = c.req.header("last-event-id");
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : null;
}
