/**
 * What people say about notices: a part of the one union of `event.ts`. What becomes of a notice on its way is not in the
 * journal (docs/decisions/0010-notifier.md).
 *
 * @module
 */
import type { Requester } from "./event.ts";
import type { NoticeMatch } from "./notice.ts";

export type NoticeFact =
  /** Null: through every channel. */
  | { type: "notice.test.requested"; channel: string | null; by: Requester }
  /** A person has seen all that was told up to that place of the journal: nothing of it escalates. */
  | { type: "notice.acked"; upTo: number; by: Requester }
  /** Nothing that matches is told until then (epoch milliseconds). */
  | {
    type: "notice.silence.requested";
    silence: string;
    match: NoticeMatch;
    until: number;
    reason: string;
    by: Requester;
  }
  | { type: "notice.silence.ended"; silence: string; by: Requester };
