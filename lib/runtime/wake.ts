/**
 * How a worker waits: for a wake-up or for some time, whichever comes first.
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";
import type { Inbox } from "./channel.ts";

/** Without a reason of its own each abort would make an exception with a stack, for nobody. */
const OVER = new Error("the wait is over");

/** Resolves at the next wake-up or after `ms`, with every wake-up that waited drained. Throws when aborted. */
export async function wakeOrTimeout(
  inbox: Inbox<unknown>,
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal },
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const timer = clock.sleep(ms, either).then(() => over.abort(OVER), () => {});
  try {
    await inbox.receive({ signal: either });
    while (inbox.tryReceive().state === "ok"); // they all say the same: look again
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error;
  } finally {
    over.abort(OVER);
    await timer;
  }
}
