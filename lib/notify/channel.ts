/**
 * A way to reach people or machines: what the notifier asks of each.
 *
 * The notifier keeps the order, the tries and the rests; a channel makes one attempt and says what came of it.
 *
 * @module
 */
import type { Notice } from "../model/notice.ts";

/** A notice on its way through one channel. */
export interface Message {
  readonly notice: Notice;
  /** The same at every attempt: whoever can tell duplicates apart, does so by it. */
  readonly key: string;
  /** An earlier attempt may have arrived (it was under way when the daemon died, or its answer was lost). */
  readonly maybeRepeated: boolean;
  /** What `Sent.ref` said of the message that this one brings up to date; null: it is a new one. */
  readonly replaces: string | null;
}

export type Sent =
  /**
   * `ref` names it for a later update; null where messages cannot be changed. `but`: who of several did not take it, and
   * why; absent: all have it.
   */
  | { readonly is: "sent"; readonly ref: string | null; readonly but?: string }
  /**
   * Not taken, or nobody knows (`unsure`). `afterMs`: the rest that the service asks for; null: it names none. `refused`: the
   * service is there and has failed at it, perhaps for what the message is (500).
   */
  | {
    readonly is: "retry";
    readonly why: string;
    readonly afterMs: number | null;
    readonly unsure: boolean;
    readonly refused?: true;
  }
  /** It will never be taken as it is. */
  | { readonly is: "rejected"; readonly why: string };

export interface Channel {
  readonly name: string;
  /** Whether a message can be brought up to date after it was sent. */
  readonly canUpdate: boolean;
  /** The least time between two messages, in milliseconds, for the sake of the service or of the daemon; 0: none. */
  readonly leastGapMs: number;
  /** One attempt, bounded in time by the channel itself. Rejects only when `signal` aborts. `why` never holds a secret. */
  send(message: Message, signal: AbortSignal): Promise<Sent>;
  /** Lets go of what it holds open. */
  close(): Promise<void>;
}
