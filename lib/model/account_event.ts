/**
 * What is learnt of accounts, their quota and what stands in the way of work under them: a part of the one union of
 * `event.ts`.
 *
 * @module
 */
import type { AccountId, RunId, SessionName } from "./ids.ts";
import type { FolderProblem } from "./preflight.ts";
import type { ByWindow, QuotaSource, Tokens, WindowName, WindowReading } from "./quota.ts";

export type AccountFact =
  | {
    type: "quota.read";
    account: AccountId;
    source: QuotaSource;
    windows: ByWindow<WindowReading>;
    /** When the source was written, in epoch milliseconds; absent in a journal of an earlier version. */
    madeAt?: number;
    /** The source does not say how old it is: `madeAt` is then the oldest that it can be. */
    ageUnknown?: true;
  }
  /** Written before a source is asked that makes a request to the provider: it counts, whatever comes of it. */
  | { type: "quota.asked"; account: AccountId; source: QuotaSource }
  /** It gave no figures; it is not asked again before `until`, in epoch milliseconds. */
  | {
    type: "quota.unanswered";
    account: AccountId;
    source: QuotaSource;
    why: string;
    until: number;
  }
  /** What the transcripts of our sessions under the account have grown by between two times, epoch milliseconds. */
  | {
    type: "usage.counted";
    account: AccountId;
    from: number;
    until: number;
    tokens: Tokens;
    /** Answers of the model, each counted once. */
    messages: number;
  }
  | {
    type: "quota.wall";
    account: AccountId;
    session: SessionName;
    window: WindowName | null;
    /** It may have passed already: then the wall is over, and was told late. */
    resetsAt: number | null;
    /** When it was hit, in epoch milliseconds; left out: just now. */
    hitAt?: number;
    /** Where the limit line is to be found. */
    transcript: string | null;
    /** The independent signals that together prove it, in words. */
    evidence: readonly string[];
  }
  /** What Claude Code says that a conversation has cost so far; of which account that is, says the run. */
  | {
    type: "cost.read";
    account: AccountId;
    session: SessionName;
    run: RunId;
    totalUsd: number;
  }
  /** What is known of paid use past the plan: whether the last answers were paid for, and whether it is on (null: not said). */
  | {
    type: "overage.seen";
    account: AccountId;
    inUse: boolean;
    enabled: boolean | null;
    /** When the source was written, in epoch milliseconds. */
    madeAt: number;
  }
  /** A preflight: what stands in the way of sessions under this account. */
  | {
    type: "account.checked";
    account: AccountId;
    problems: readonly string[];
    /** In the way only of the sessions in them; absent in a journal of an earlier version. */
    folders?: readonly FolderProblem[];
    /** When its sign-in ends at the latest (null: not said); absent in a journal of an earlier version. */
    signInEndsAt?: number | null;
  };
