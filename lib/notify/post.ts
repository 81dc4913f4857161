/**
 * Puts a notice into the outbox of a channel: as a message of its own, or into one of its group that is there already.
 *
 * @module
 */
import type { Notice } from "../model/notice.ts";
import { type Bundle, bundleOf, groupOf, joined, plus } from "./bundle.ts";
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

export function post(outbox: Outbox, box: Box, news: Bundle, posting: Posting): void {
  const { channel, grouped, canUpdate } = box;
  const { now, windowMs, holdUntil } = posting;
  const isFull = outbox.count(channel, "pending") >= MOST_PENDING;
  const group = isFull ? OVERFLOW : holdUntil !== null ? HELD : groupOf(news.kept.at(-1)!);
  const isOne = grouped || isFull || holdUntil !== null;
  const isCritical = news.severity === "critical";
  const waiting = isOne ? outbox.lastOf(channel, group, "pending") : null;
  // What may have arrived keeps its words, so that the repeat is one.
  if (waiting && !waiting.unsure) {
    const when = holdUntil !== null
      // What could not be told in the morning is not told in the next night.
      ? { due: Math.max(waiting.due, holdUntil) }
      : isCritical && canSum(waiting, canUpdate)
      ? { due: Math.min(waiting.due, now + CRITICAL_SUM_MS) }
      : {};
    outbox.change(waiting.id, { bundle: joined(waiting.bundle, news), ...when }, now);
    return;
  }
  const add = (rest: { due: number; began: number; prev: number | null; bundle?: Bundle }) =>
    outbox.add({ channel, group, key: posting.newId(), bundle: news, ...rest }, now);
  if (holdUntil !== null) return add({ due: holdUntil, began: now, prev: null });
  const told = isOne ? outbox.lastOf(channel, group, "sent", "sending") : null;
  if (!told || told.began + windowMs <= now || told.began > now) {
    return add({ due: now, began: now, prev: null });
  }
  const { began, id } = told;
  if (canUpdate) {
    const due = Math.max(now, told.changed + UPDATE_EVERY_MS);
    return add({ due, began, prev: id, bundle: joined(told.bundle, news) });
  }
  const ends = began + windowMs;
  add({ due: isCritical ? Math.min(ends, now + CRITICAL_SUM_MS) : ends, began, prev: null });
}

/** What goes to the channels in one go: notices that belong together are joined before anything is written. */
export class Mail {
  readonly #letters = new Map<string, { box: Box; bundle: Bundle; holdUntil: number | null }>();

  add(box: Box, notice: Notice, holdUntil: number | null): void {
    const group = holdUntil !== null
      ? HELD
      : box.grouped
      ? groupOf(notice)
      : `${this.#letters.size}`;
    const key = `${box.channel}\n${group}`;
    const known = this.#letters.get(key);
    const bundle = known ? plus(known.bundle, notice) : bundleOf(notice);
    this.#letters.set(key, { box, bundle, holdUntil: known?.holdUntil ?? holdUntil });
  }

  post(outbox: Outbox, posting: Omit<Posting, "holdUntil">): void {
    for (const { box, bundle, holdUntil } of this.#letters.values()) {
      post(outbox, box, bundle, { ...posting, holdUntil });
    }
  }
}

/** For the history alone: a person wants to hear nothing of it now. */
export function keepSilent(
  outbox: Outbox,
  notice: Notice,
  { why, now, newId }: { readonly why: string; readonly now: number; newId(): string },
): void {
  const group = `${SILENT}${groupOf(notice)}`;
  const known = outbox.lastOf("", group, "silenced");
  if (known && known.why === why) {
    outbox.change(known.id, { bundle: plus(known.bundle, notice) }, now);
    return;
  }
  const row = {
    channel: "",
    group,
    key: newId(),
    stage: "silenced",
    due: now,
    began: now,
  } as const;
  outbox.add({ ...row, prev: null, why, bundle: bundleOf(notice) }, now);
}

const SILENT = "silent ";

/** One message for each channel and step holds all that nobody has acknowledged yet, which is what comes after `ackedSeq`. */
export function escalate(
  outbox: Outbox,
  { channel, afterMs, notice }: {
    readonly channel: string;
    readonly afterMs: number;
    readonly notice: Notice;
  },
  { now, ackedSeq, newId }: {
    readonly now: number;
    readonly ackedSeq: number;
    newId(): string;
  },
): void {
  const group = `${ESCALATED}${afterMs}`;
  const waiting = outbox.lastOf(channel, group, "pending");
  // What is acknowledged waits to be found moot, and would take this one to people before its time.
  if (waiting && !waiting.unsure && waiting.bundle.seqs.last > ackedSeq) {
    outbox.change(waiting.id, { bundle: plus(waiting.bundle, notice) }, now);
    return;
  }
  const due = now + afterMs;
  outbox.add({
    channel,
    group,
    key: newId(),
    due,
    began: due,
    prev: null,
    bundle: bundleOf(notice),
  }, now);
}

const ESCALATED = "escalated ";

export function isEscalated({ group }: { readonly group: string }): boolean {
  return group.startsWith(ESCALATED);
}

function canSum({ due, began }: { due: number; began: number }, canUpdate: boolean): boolean {
  return !canUpdate && due > began;
}
