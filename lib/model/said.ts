/**
 * What was said to people, and how the channels do, as whoever asks for it is told.
 *
 * @module
 */
import type { NoticeKind, Severity } from "./notice.ts";

export const SAID_STAGES = ["pending", "sending", "sent", "dead", "silenced"] as const;
export type SaidStage = (typeof SAID_STAGES)[number];

export interface ChannelHealth {
  readonly name: string;
  /** Messages that wait, or are on their way. */
  readonly pending: number;
  /** Messages that will never be sent. */
  readonly dead: number;
  /** Attempts that failed in a row, why the last one did, and until when it rests (epoch milliseconds). */
  readonly failures: number;
  readonly why: string | null;
  readonly restUntil: number | null;
  /** When a message was last taken; null: none is remembered. */
  readonly sentAt: number | null;
}

/** A message to one channel. */
export interface Said {
  readonly id: number;
  /** Null: nobody was told, for a silence. */
  readonly channel: string | null;
  readonly stage: SaidStage;
  /** When its stage last changed, and when it was or will be due. */
  readonly at: number;
  readonly dueAt: number;
  readonly kind: NoticeKind;
  readonly severity: Severity;
  readonly title: string;
  readonly lines: readonly string[];
  readonly todo: string | null;
  readonly count: number;
  readonly seqs: { readonly first: number; readonly last: number };
  readonly attempts: number;
  readonly maybeRepeated: boolean;
  /** Why it was not sent (yet). */
  readonly why: string | null;
}

export interface SaidQuery {
  readonly limit: number;
  readonly channel?: string | undefined;
  readonly stage?: SaidStage | undefined;
}
