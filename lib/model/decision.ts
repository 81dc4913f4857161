/**
 * What can be decided, with its reasons as data.
 *
 * @module
 */
import type { SwapReason } from "./event.ts";
import type { AccountId, SessionName } from "./ids.ts";
import type { Candidate } from "./policy.ts";

export type Decision =
  | {
    readonly do: "nothing";
    readonly why: string;
    /** Each account that there was reason to leave, and why it was not. */
    readonly stays: readonly Stays[];
  }
  | {
    readonly do: "swap" | "propose";
    readonly from: AccountId;
    readonly to: AccountId;
    readonly reason: SwapReason;
    readonly sessions: readonly SessionName[];
  }
  /** Nowhere to go: the sessions that can or may do nothing here are ended until there is. */
  | {
    readonly do: "park";
    readonly from: AccountId;
    readonly reason: SwapReason;
    readonly sessions: readonly SessionName[];
  };

export interface Stays {
  readonly account: AccountId;
  /** What speaks for leaving it; null: sessions only stand at a wall that is over. */
  readonly reason: SwapReason | null;
  /** For people. */
  readonly why: string;
  /** Every other account, best first, as far as that was looked at. */
  readonly candidates: readonly Candidate[];
}

/** Something is done. */
export type Act = Exclude<Decision, { do: "nothing" }>;
