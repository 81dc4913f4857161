/**
 * When one message is given up so that those behind it go on: its service answers, refuses it for long, and takes another.
 *
 * Pure. It is told of each attempt of a channel and says what is tried next.
 *
 * @module
 */
import { unreachable } from "../model/ids.ts";
import type { Sent } from "./channel.ts";

/** A message that the service has refused again and again, with nothing in between that says that the service is down. */
export interface Stuck {
  readonly id: number;
  /** Of the first refusal, on the monotonic clock, milliseconds. */
  readonly sinceMs: number;
  readonly refusals: number;
  /** It was refused right now, and for long: the next attempt is one of another message, to see whether it is the service. */
  readonly probing: boolean;
  /** The last message that was refused in its place, or itself: the next probe is one behind it. */
  readonly probed: number;
}

export interface Attempt {
  readonly id: number;
  readonly sent: Sent;
  /** On the monotonic clock, milliseconds. */
  readonly atMs: number;
}

/** `dead`: the message that is given up now, since another was taken. */
export interface Verdict {
  readonly stuck: Stuck | null;
  readonly dead: number | null;
}

export const STUCK_MS = 30 * 60_000;
export const LEAST_REFUSALS = 5;

export function judge(stuck: Stuck | null, { id, sent, atMs }: Attempt): Verdict {
  const isOwn = stuck?.id === id;
  const rest = (next: Stuck | null): Verdict => ({ stuck: next, dead: null });
  switch (sent.is) {
    case "sent":
      if (!stuck || isOwn) return rest(null);
      return stuck.probing ? { stuck: null, dead: stuck.id } : rest(stuck);
    case "rejected":
      // It says something of that message alone.
      return rest(stuck && !isOwn ? { ...stuck, probing: false, probed: id } : null);
    case "retry": {
      if (!sent.refused) return rest(null);
      if (stuck?.probing && !isOwn) return rest({ ...stuck, probing: false, probed: id });
      if (!stuck || !isOwn) {
        return rest({ id, sinceMs: atMs, refusals: 1, probing: false, probed: id });
      }
      const refusals = stuck.refusals + 1;
      const probing = refusals >= LEAST_REFUSALS && atMs - stuck.sinceMs >= STUCK_MS;
      return rest({ ...stuck, refusals, probing });
    }
    default:
      return unreachable(sent);
  }
}
