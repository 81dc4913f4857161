/**
 * What a person's `failover` means: which account is left, where its sessions go, and which of them.
 *
 * @module
 */
import type { SwapReason } from "../model/event.ts";
import type { AccountId, SessionName } from "../model/ids.ts";
import { type Candidate, candidates, movable } from "../model/policy.ts";
import { proposedSessions } from "../model/proposal.ts";
import { isAlive, isInUse, type State } from "../model/state.ts";

export interface FailoverWish {
  readonly from?: AccountId | undefined;
  readonly to?: AccountId | undefined;
}

export interface FailoverPlan {
  readonly from: AccountId;
  readonly to: AccountId;
  readonly reason: SwapReason;
  readonly sessions: readonly SessionName[];
  /** The sessions of `from` that stay, each with the reason. */
  readonly left: readonly { readonly session: SessionName; readonly why: string }[];
  /** Every other account, best first. */
  readonly candidates: readonly Candidate[];
  /** What speaks against the target that the person named; they may have it all the same. */
  readonly warning: string | null;
}

export type Planned =
  | { readonly plan: FailoverPlan }
  | { readonly unknown: string }
  | { readonly refused: string };

/**
 * Without `from`: the account of the waiting proposal, else the one with the most live sessions. Without `to`:
 * the target of the proposal if it can still take the work, else the best candidate.
 */
export function planFailover(state: State, wish: FailoverWish, now: number): Planned {
  for (const id of [wish.from, wish.to]) {
    // Sessions may still be under an account that has left the config.
    if (id !== undefined && id === wish.from && isInUse(state, id)) continue;
    if (id !== undefined && !state.config?.accounts.some((a) => a.id === id)) {
      return { unknown: `no account ${id} in the config` };
    }
  }
  const proposal = matchingProposal(state, wish);
  const from = wish.from ?? proposal?.from ?? busiest(state, wish.to);
  if (from === null) return { refused: nothingToMove(state, wish.to) };
  const all = candidates(state, { from, by: "person", now });
  const to = wish.to ?? proposedTarget(proposal, all) ?? all.find((c) => !c.rejected)?.account;
  if (to === undefined) return { refused: noTarget(from, all) };
  return {
    plan: {
      from,
      to,
      reason: proposal && proposal.to === to ? proposal.reason : { kind: "asked" },
      ...planned(movable(state, from, to, { by: "person", now }), proposal),
      candidates: all,
      warning: all.find((c) => c.account === to)?.rejected ?? null,
    },
  };
}

/** Who carries out a proposal moves the sessions that it is about. */
function planned(
  { sessions, left }: ReturnType<typeof movable>,
  proposal: State["proposal"],
): Pick<FailoverPlan, "sessions" | "left"> {
  const about = proposal ? proposedSessions(proposal, sessions) : sessions;
  const others = sessions.filter((name) => !about.includes(name))
    .map((session) => ({ session, why: "the proposal is not about it" }));
  return { sessions: about, left: [...left, ...others] };
}

function matchingProposal(state: State, { from, to }: FailoverWish): State["proposal"] {
  const { proposal } = state;
  if (!proposal || (from ?? proposal.from) !== proposal.from) return null;
  return (to ?? proposal.to) === proposal.to ? proposal : null;
}

function proposedTarget(
  proposal: State["proposal"],
  all: readonly Candidate[],
): AccountId | undefined {
  return all.find((c) => c.account === proposal?.to && c.rejected === null)?.account;
}

/** The account with the most live sessions, the preferred one of equals; never the target itself. */
function busiest(state: State, except: AccountId | undefined): AccountId | null {
  const live = Object.values(state.sessions).filter(isAlive);
  const counted = (state.config?.accounts ?? [])
    .filter((spec) => spec.id !== except)
    .map(({ id, priority }) => ({
      id,
      priority,
      count: live.filter((s) => s.account === id).length,
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.priority - b.priority);
  return counted[0]?.id ?? null;
}

function nothingToMove(state: State, to: AccountId | undefined): string {
  const live = Object.values(state.sessions).filter(isAlive);
  if (live.length === 0 || to === undefined) return "no session is running";
  return live.length === 1
    ? `${live[0]!.name} is the only session that runs, and it is under ${to} already`
    : `all ${live.length} sessions that run are under ${to} already`;
}

function noTarget(from: AccountId, all: readonly Candidate[]): string {
  const why = all.map((c) => `${c.account}: ${c.rejected}`).join("; ");
  return `no account can take the work of ${from} (${why || "it is the only account"})`;
}
