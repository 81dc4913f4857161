/**
 * The journal as a stream of server-sent events. Each has its `seq` as id, so a client that comes back with
 * `Last-Event-ID` goes on exactly where it was.
 *
 * The journal is read by cursor and a wake-up only says "look again": nothing is skipped, whatever the pace of the reader, and a
 * slow one has one event in memory, not a queue. What cannot be had any more is said by an event of its own.
 *
 * @module
 */
import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { callerOf } from "./caller.ts";
import { eventView } from "./config_view.ts";
import type { Feed } from "./feed.ts";

const BATCH = 200;
/** A comment after so long without an event, so that both ends learn whether the other is there. */
const HEARTBEAT_MS = 15_000;

export interface FollowOptions {
  readonly feed: Feed;
  /** Null: from now on. */
  readonly after: number | null;
  /** Resolves after so long, or when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export function followEvents(c: Context, { feed, after, pause }: FollowOptions): Response {
  const seat = feed.sit();
  return streamSSE(c, async (stream) => {
    using _seat = seat;
    // Not the request's own signal: Deno 2.9.6 aborts that one after a good answer too, and warns of it.
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const { signal } = gone;
    const caller = callerOf(c);
    const isOwner = caller.token === null;
    await stream.write(": claude-failover\n\n"); // the headers go out with the first bytes
    let cursor = await begin(stream, feed, after ?? feed.head());
    while (!signal.aborted && await caller.isWelcome()) {
      const batch = feed.read(cursor, BATCH);
      for (const event of batch) {
        const data = isOwner ? feed.textOf(event) : JSON.stringify(eventView(event));
        await stream.writeSSE({ id: String(event.seq), event: event.type, data });
        if (signal.aborted) return;
        cursor = event.seq;
      }
      if (batch.length > 0) continue;
      if (!await nextOrSilence(feed, cursor, { pause, signal })) {
        await stream.write(": still here\n\n");
      }
    }
  }, toldAsErrorEvent);
}

/** The cursor to go on from. What lies before it and is gone, or is of another journal, is said first. */
async function begin(stream: SSEStreamingApi, feed: Feed, after: number): Promise<number> {
  const [first, head] = [feed.first(), feed.head()];
  if (after >= first - 1 && after <= head) return after;
  const event = after > head ? "reset" : "trimmed";
  const data = JSON.stringify({ after, first, seq: head });
  await stream.writeSSE({ id: String(first - 1), event, data });
  return first - 1;
}

/** Whether there is an event after the cursor; false after a while without one. */
async function nextOrSilence(
  feed: Feed,
  cursor: number,
  { pause, signal }: Pick<FollowOptions, "pause"> & { signal: AbortSignal },
): Promise<boolean> {
  const round = new AbortController();
  const end = () => round.abort();
  signal.addEventListener("abort", end, { once: true });
  try {
    const next = feed.next(cursor, round.signal).then(() => true);
    const silence = pause(HEARTBEAT_MS, round.signal).then(() => false);
    return await Promise.race([next, silence]);
  } catch (error) {
    if (signal.aborted) return true; // the client has gone: that is the ordinary end of a stream
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    round.abort();
  }
}

/** Hono sends the message as an event named `error`, without an id; without a handler it would print it here. */
function toldAsErrorEvent(): Promise<void> {
  return Promise.resolve();
}

/** The cursor of a client that comes back, or null when it names none. */
export function lastEventId(c: Context): number | null {
  const id = c.req.header("last-event-id");
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : null;
}
