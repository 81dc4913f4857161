/**
 * The names of things. All are plain strings; the aliases say which one is meant.
 *
 * @module
 */

/** An account of the config, e.g. `work`. */
export type AccountId = string;
/** A tmux session of ours, e.g. `ccl-3`. It outlives runs, accounts and daemons. */
export type SessionName = string;
/** Claude Code's session id (a UUID): the conversation. It stays the same across accounts. */
export type ConversationId = string;
/** One start of `claude`. Late signals of an earlier run never touch the present one. */
export type RunId = string;
/** A plan that moves a set of sessions off one account. */
export type SwapId = string;
/** A move that waits for a person's word. */
export type ProposalId = string;
/** A task of an inbox. Ours; the author's own name for it is its `ref`. */
export type TaskId = string;

/** A process, told from a later one with the same number by its time of birth. */
export interface ProcessId {
  readonly pid: number;
  /** The id of the host's boot, a space, and the start time in ticks (on Linux). */
  readonly birth: string;
}

/** The end of every `switch` over a union: a new member is a type error here. */
export function unreachable(value: never): never {
  throw new TypeError(`Cannot handle value: ${JSON.stringify(value)} is not expected here`);
}
