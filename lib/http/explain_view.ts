/**
 * A decision with what it stood on: of a swap as it was kept with it, or what the policy decides now, or by what the journal
 * said at some moment ([decision 8](../../docs/decisions/0008-explain-by-replay.md)).
 *
 * @module
 */
import type { Requester } from "../model/event.ts";
import { type Reading, readings } from "../model/grounds.ts";
import type { AccountId, SessionName, SwapId } from "../model/ids.ts";
import { decide } from "../model/decide.ts";
import { type Candidate, candidates } from "../model/policy.ts";
import { isAlive, type Move, type State } from "../model/state.ts";
import { decisionWords, reasonWords } from "../words/reasons.ts";

/** Of a moment that no state can be made of any more. */
export const BEFORE_JOURNAL = "the journal does not reach back so far, or was trimmed since";

export interface ExplainView {
  /** Null: what the policy decides at `at`. */
  readonly swap: {
    readonly id: SwapId;
    readonly from: AccountId;
    readonly to: AccountId;
    readonly by: Requester;
    readonly sessions: readonly SessionName[];
    /** There was nowhere to go: the sessions are parked. */
    readonly parks: boolean;
    /** Targets that a preflight after the decision found unfit. */
    readonly rejected: readonly { readonly account: AccountId; readonly reason: string }[];
    /** The sessions that did not go where it went, each with the reason. */
    readonly strayed: readonly { readonly session: SessionName; readonly why: string }[];
  } | null;
  /** When it was decided. */
  readonly at: number;
  /** When the view was made. */
  readonly now: number;
  /** Of a swap: to stand after "because". Else the whole decision in words. */
  readonly why: string;
  /** Every account as it was known at that time; null in a swap of a version that did not keep it. */
  readonly readings: readonly Reading[] | null;
  /** For each account that was to be left, or has live sessions now: every other one, best first. */
  readonly considered: readonly {
    readonly from: AccountId;
    readonly candidates: readonly Candidate[];
  }[];
}

/** Null when the state does not know this swap (any more). */
export function explainSwap(state: State, id: SwapId, now: number): ExplainView | null {
  const swap = Object.hasOwn(state.swaps, id) ? state.swaps[id] : undefined;
  if (!swap) return null;
  const { from, to, by, moves, grounds, rejected, requestedAt, reason } = swap;
  const strayed = Object.values(moves).flatMap((move) => {
    const why = strayedWords(move, to);
    return why === null ? [] : [{ session: move.session, why }];
  });
  return {
    swap: { id, from, to, by, sessions: Object.keys(moves), parks: from === to, rejected, strayed },
    at: requestedAt,
    now,
    why: reasonWords(reason),
    readings: grounds?.readings ?? null,
    considered: grounds ? [{ from, candidates: grounds.considered }] : [],
  };
}

function strayedWords({ outcome, parking, to, tried }: Move, swapTo: AccountId): string | null {
  if (outcome.is === "failed") {
    return `${
      outcome.left === "untouched" ? "left where it was" : "left stopped"
    }: ${outcome.reason}`;
  }
  if (parking !== null) return `to be parked: ${parking}`;
  return to === swapTo ? null : `goes to ${to}, after ${tried.join(", ") || swapTo}`;
}

/** Without a daemon: what was known of each account when it ended, and no guess at what one would decide now. */
export function explainLeft(state: State, now: number): ExplainView {
  return {
    swap: null,
    at: now,
    now,
    why: "Nothing is decided: no daemon is running. What was decided before: " +
      "`claude-failover explain last`, or `--at` with a time",
    readings: readings(state, now),
    considered: [],
  };
}

/** What the policy decides at `at`, which is now unless the state is one of the past. */
export function explainNow(state: State, now: number, at = now): ExplainView {
  const used = new Set(Object.values(state.sessions).filter(isAlive).map((s) => s.account));
  return {
    swap: null,
    at,
    now,
    why: state.daemon.phase === "down" && state.seq > 0
      ? "Nothing was decided: no daemon was running"
      : decisionWords(decide(state, at)),
    readings: readings(state, at),
    considered: [...used].sort().map((from) => ({
      from,
      candidates: candidates(state, { from, by: "policy", now: at }),
    })),
  };
}
