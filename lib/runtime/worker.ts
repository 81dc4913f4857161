/**
 * What a worker is given and what it owes.
 *
 * A worker reconciles: it begins by comparing the state with the world and does what is missing. What
 * arrives in its inbox is a hint when to look again, never data to act on; so nothing needs replaying
 * after a crash.
 *
 * @module
 */
import type { Event, Fact } from "../model/event.ts";
import type { State } from "../model/state.ts";
import type { Inbox } from "./channel.ts";

/** Stands for the wake-ups that did not fit into an inbox. */
export interface LookAgain {
  readonly type: "look.again";
}

/** What the daemon lends a worker for one life. */
export interface Life<out E extends Event = Event> {
  /** Aborted when the worker must stop. */
  readonly signal: AbortSignal;
  /** Wake-ups of the types the worker listens to; an overflow becomes one `LookAgain`. */
  readonly inbox: Inbox<E | LookAgain>;
  /** The state now. Read it again after every `await`. */
  state(): State;
  /** The only way to change it: all facts in one transaction, in this turn of the event loop. */
  record(...facts: Fact[]): Event[];
  /**
   * Records what `work` records in one transaction, at its end. It decides on the state that it makes, and has no other
   * effect: that has to wait until this returns.
   */
  together<T>(work: () => T extends Promise<unknown> ? never : T): T;
  /**
   * As `record`, unless something was recorded under this key before: then it writes nothing and says null.
   * Makes an at-least-once source (a spool file) count once.
   */
  recordOnce(key: string, ...facts: Fact[]): Event[] | null;
}

/** Returns when it is done; throws when it should be restarted. It must have stopped when it returns. */
export interface Worker<out E extends Event = Event> {
  readonly name: string;
  readonly listens: readonly E["type"][];
  run(life: Life<E>): Promise<void>;
}
