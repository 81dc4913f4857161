/**
 * Takes the messages of one channel to it, one after the other, until each has arrived or never will.
 *
 * "Sending" is written before an attempt: what a daemon was about to send when it died is sent again, and says so.
 *
 * @module
 */
import { unreachable } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Inbox } from "../runtime/channel.ts";
import { wakeOrTimeout } from "../runtime/wake.ts";
import type { LocalTimeOf } from "../words/time.ts";
import { tell } from "./bundle.ts";
import type { Channel, Message, Sent } from "./channel.ts";
import type { Health, Outbox, Row } from "./outbox.ts";
import { judge, type Stuck } from "./stuck.ts";

export interface Delivery {
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** From 0 to 1. */
  random(): number;
  readonly localTime: LocalTimeOf;
  /** Past it a message is given up. */
  giveUpAfterMs(): number;
  /** Why it is not to be sent after all; null: it is. */
  moot(row: Row): string | null;
  /** A line for the daemon's log. */
  report(text: string): void;
  /** Wakes it when there is something new. */
  readonly inbox: Inbox<unknown>;
  /** Aborted: what is due is sent and nothing is waited for. */
  readonly ending: AbortSignal;
  /** Aborted: all stops. */
  readonly signal: AbortSignal;
}

const FIRST_REST_MS = 2_000;
const LONGEST_REST_MS = 10 * 60_000;
/** Of a service's own wish. */
const LONGEST_WISH_MS = 6 * 3_600_000;
const LOOK_AGAIN_MS = 60_000;
const LEAST_ATTEMPTS = 5;
/** A channel bounds its attempts itself; this is for one that does not. */
const LONGEST_ATTEMPT_MS = 120_000;

/** Resolves when `signal` is aborted, or when `ending` is and nothing is due. */
export async function deliver(channel: Channel, delivery: Delivery): Promise<void> {
  const { outbox, clock, inbox, ending, signal } = delivery;
  // By the monotonic clock: a wall clock that is set must make no rest longer.
  let rested = clock.monotonic() + restLeft(delivery, channel.name);
  let free = -Infinity;
  let stuck: Stuck | null = null;
  while (!signal.aborted) {
    const now = clock.now();
    const waitMs = Math.max(rested, free) - clock.monotonic();
    const row: Row | null = waitMs > 0
      ? null
      : probe(stuck, channel.name, delivery) ?? outbox.next(channel.name, now);
    if (!row) {
      if (ending.aborted && (rested > clock.monotonic() || !outbox.next(channel.name, now))) return;
      const due = outbox.nextDue(channel.name);
      const until = due === null ? LOOK_AGAIN_MS : Math.max(waitMs, due - now);
      const ms = Math.min(LOOK_AGAIN_MS, Math.max(1, until));
      await wakeOrTimeout(inbox, { clock, ms, signal: either(ending, signal) }).catch(() => {});
      continue;
    }
    const moot = delivery.moot(row);
    if (moot !== null) {
      outbox.change(row.id, { stage: "silenced", why: moot }, now);
      continue;
    }
    const message = begin(row, delivery);
    const sent = await attempt(channel, message, delivery);
    if (sent === null) return; // aborted: it stays marked as being sent
    const atMs = clock.monotonic();
    const verdict = judge(stuck, { id: row.id, sent, atMs });
    stuck = verdict.stuck;
    const pauseMs = outbox.together(() => {
      if (verdict.dead !== null) giveUp(verdict.dead, delivery);
      return finish(row, sent, delivery);
    });
    free = atMs + channel.leastGapMs;
    // Whether it is the message or the service shows only when both are tried at the same time.
    rested = atMs + (probe(stuck, channel.name, delivery) ? 0 : pauseMs);
  }
}

/** The message that is tried in the place of one that is stuck; null: none is, or there is no other. */
function probe(stuck: Stuck | null, channel: string, { outbox, clock }: Delivery): Row | null {
  if (!stuck?.probing) return null;
  const now = clock.now();
  return outbox.next(channel, now, stuck.probed) ?? outbox.next(channel, now, stuck.id);
}

/** Those behind it go on. */
function giveUp(id: number, { outbox, clock, localTime, report }: Delivery): void {
  const row = outbox.byId(id);
  if (row?.stage !== "pending") return;
  const why = `given up: another message was taken, and this one always refused: ${row.why}`;
  outbox.change(id, { stage: "dead", why }, clock.now());
  const { title } = tell(row.bundle, localTime);
  report(`The channel ${row.channel} takes other notices and not "${title}": ${row.why}`);
}

/** Of a rest that the daemon before has begun. */
function restLeft({ outbox, clock }: Delivery, name: string): number {
  const left = healthOf(outbox, name).rest - clock.now();
  return left > LONGEST_WISH_MS * 2 ? 0 : Math.max(0, left);
}

/** After the end of the signal, waiting is over at once. */
function either(ending: AbortSignal, signal: AbortSignal): AbortSignal {
  return ending.aborted ? signal : AbortSignal.any([ending, signal]);
}

export function healthOf(outbox: Outbox, name: string): Health {
  return outbox.health().find((h) => h.name === name) ??
    { name, sinceSeq: 0, rest: 0, failures: 0, why: null };
}

function begin({ id, key, unsure, attempts, prev, bundle }: Row, delivery: Delivery): Message {
  const { outbox, clock, localTime } = delivery;
  outbox.change(id, { stage: "sending", attempts: attempts + 1 }, clock.now());
  const replaces = prev === null ? null : outbox.byId(prev)?.ref ?? null;
  return { notice: tell(bundle, localTime), key, maybeRepeated: unsure, replaces };
}

/** Null when it was aborted. */
async function attempt(
  channel: Channel,
  message: Message,
  { clock, signal }: Delivery,
): Promise<Sent | null> {
  const over = new AbortController();
  const timer = clock.sleep(LONGEST_ATTEMPT_MS, AbortSignal.any([signal, over.signal])).then(
    (): Sent => ({ is: "retry", why: "no answer", afterMs: null, unsure: true }),
    () => null,
  );
  const cut = new AbortController();
  try {
    const either = AbortSignal.any([signal, cut.signal]);
    // Not every throw is a rejection.
    const sending = Promise.try(() => channel.send(message, either)).catch(
      // Its words may hold anything.
      (error): Sent | null =>
        signal.aborted ? null : {
          is: "retry",
          why: `an error of the channel itself (${
            error instanceof Error ? error.name : "unknown"
          })`,
          afterMs: null,
          unsure: true,
        },
    );
    return await Promise.race([sending, timer]);
  } finally {
    over.abort();
    cut.abort();
  }
}

/** How long the channel is let be, in milliseconds. */
function finish(row: Row, sent: Sent, delivery: Delivery): number {
  const { outbox, clock, random, giveUpAfterMs } = delivery;
  const now = clock.now();
  return outbox.together(() => {
    const { id, channel } = row;
    const health = healthOf(outbox, channel);
    switch (sent.is) {
      case "sent":
        outbox.change(id, { stage: "sent", ref: sent.ref, why: sent.but ?? null }, now);
        if (health.failures > 0) {
          outbox.setHealth({ ...health, failures: 0, rest: 0, why: null });
        }
        return 0;
      case "rejected":
        outbox.change(id, { stage: "dead", why: sent.why }, now);
        return 0;
      case "retry": {
        const { why } = sent;
        const unsure = row.unsure || sent.unsure;
        const since = Math.max(row.due, row.began);
        // By a clock that was put forward a message looks old that was hardly tried.
        if (now - since >= giveUpAfterMs() && row.attempts >= LEAST_ATTEMPTS) {
          outbox.change(id, { stage: "dead", unsure, why: `given up: ${why}` }, now);
          return 0;
        }
        outbox.change(id, { stage: "pending", due: Math.min(row.due, now), unsure, why }, now);
        const failures = health.failures + 1;
        const ms = restMs(failures, sent.afterMs, random());
        outbox.setHealth({ ...health, failures, rest: now + ms, why });
        return ms;
      }
      default:
        return unreachable(sent);
    }
  });
}

/** Twice as long each time, less up to a half by chance; at least what the service asks for. */
export function restMs(failures: number, afterMs: number | null, random: number): number {
  const longest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));
  const own = longest * (1 - random / 2);
  const wish = afterMs === null ? 0 : Math.min(afterMs, LONGEST_WISH_MS) * (1 + random / 10);
  return Math.ceil(Math.max(own, wish));
}
