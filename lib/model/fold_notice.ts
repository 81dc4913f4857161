/**
 * The fold's rules for what people say about notices.
 *
 * @module
 */
import type { Event } from "./event.ts";
import type { NoticeFact } from "./notice_event.ts";
import { unreachable } from "./ids.ts";
import type { Silence } from "./notice.ts";
import type { State } from "./state.ts";

export interface NoticeState {
  /** The place in the journal up to which a person has seen everything. */
  readonly ackedSeq: number;
  /** Oldest first; those that are over are left out when another begins. */
  readonly silences: readonly Silence[];
}

export const NO_NOTICES: NoticeState = { ackedSeq: 0, silences: [] };

/** More at a time than a person can keep in mind. */
export const MOST_SILENCES = 50;

export function foldNotice(state: State, event: Event<NoticeFact["type"]>): State {
  const notices = state.notices ?? NO_NOTICES;
  const put = (changes: Partial<NoticeState>) => ({
    ...state,
    notices: { ...notices, ...changes },
  });
  switch (event.type) {
    case "notice.test.requested":
      return state;
    case "notice.acked":
      return put({ ackedSeq: Math.max(notices.ackedSeq, Math.min(event.upTo, event.seq)) });
    case "notice.silence.requested": {
      const { silence: id, match, until, reason, by, at } = event;
      const going = notices.silences.filter((s) => s.until > at && s.id !== id);
      const all = [...going, { id, match, until, reason, by, since: at }];
      return put({ silences: all.slice(-MOST_SILENCES) });
    }
    case "notice.silence.ended":
      return put({ silences: notices.silences.filter((s) => s.id !== event.silence) });
    default:
      return unreachable(event);
  }
}
