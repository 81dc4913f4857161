/**
 * Puts a notice into the outbox of a channel: as a message of its own, or into one of its group that is there already.
 *
 * @module
 */
import type { Notice } from "../model/notice.ts";
import { bundleOf, groupOf, plus } from "./bundle.ts";
import type { Outbox } from "./outbox.ts";

export interface Box {
  readonly channel: string;
  /** People are told of many things in one message; a log gets each by itself. */
  readonly grouped: boolean;
  readonly canUpdate: boolean;
}

export interface Posting {
  readonly now: number;
  /** From the first message of a group on, the others become one. */
  readonly windowMs: number;
  /** Kept back until then, with all else that is; null: it is sent now. */
  readonly holdUntil: number | null;
  newId(): string;
}

/** A message that was sent is brought up to date so often at most. */
const UPDATE_EVERY_MS = 15_000;
/** What cannot be changed any more gets its sum at the end of the window; the critical sooner. */
const CRITICAL_SUM_MS = 30_000;
/** More that wait become one. */
export const MOST_PENDING = 500;
const OVERFLOW = "too many at once";
const HELD = "held back";

export function post(outbox: Outbox, box: Box, notice: Notice, posting: Posting): void {
  const { channel, grouped, canUpdate } = box;
  const { now, windowMs, holdUntil } = posting;
  const isFull = outbox.count(channel, "pending") >= MOST_PENDING;
  const group = isFull ? OVERFLOW : holdUntil !== null ? HELD : groupOf(notice);
  const isOne = grouped || isFull || holdUntil !== null;
  const waiting = isOne ? outbox.lastOf(channel, group, "pending") : null;
  // What may have arrived keeps its words, so that the repeat is one.
  if (waiting && !waiting.unsure) {
    const sooner = notice.severity === "critical" && canSum(waiting, canUpdate)
      ? { due: Math.min(waiting.due, now + CRITICAL_SUM_MS) }
      : {};
    outbox.change(waiting.id, { bundle: plus(waiting.bundle, notice), ...sooner }, now);
    return;
  }
  const add = (
    rest: { due: number; began: number; prev: number | null; bundle?: ReturnType<typeof plus> },
  ) => outbox.add({ channel, group, key: posting.newId(), bundle: bundleOf(notice), ...rest }, now);
  if (holdUntil !== null) return add({ due: holdUntil, began: now, prev: null });
  const told = isOne ? outbox.lastOf(channel, group, "sent", "sending") : null;
  if (!told || told.began + windowMs <= now || told.began > now) {
    return add({ due: now, began: now, prev: null });
  }
  const { began, id } = told;
  if (canUpdate) {
    const due = Math.max(now, told.changed + UPDATE_EVERY_MS);
    return add({ due, began, prev: id, bundle: plus(told.bundle, notice) });
  }
  const ends = began + windowMs;
  add({
    due: notice.severity === "critical" ? Math.min(ends, now + CRITICAL_SUM_MS) : ends,
    began,
    prev: null,
  });
}

function canSum({ due, began }: { due: number; began: number }, canUpdate: boolean): boolean {
  return !canUpdate && due > began;
}
