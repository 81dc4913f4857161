/**
 * The part of the fold that adds up what sessions cost under each account and day.
 *
 * Claude Code says what a conversation has cost so far, and a resumed one may go on with its sum or begin anew (not documented).
 * So what has been added since the last word of the same session counts, and a smaller sum counts as begun anew.
 *
 * @module
 */
import { dayOf, type Spent } from "./bounds.ts";
import type { Event } from "./event.ts";
import { withSession } from "./fold_run.ts";
import { entry, NEW_ACCOUNT, type State } from "./state.ts";

/** The state after the event, or null when the event does not fit it. */
export function withCost(state: State, event: Event<"cost.read">): State | null {
  const { account: id, run, totalUsd, at } = event;
  const session = entry(state.sessions, event.session);
  if (!session) return null;
  const before = session.cost?.totalUsd ?? 0;
  const added = totalUsd >= before ? totalUsd - before : totalUsd;
  const account = entry(state.accounts, id) ?? NEW_ACCOUNT;
  // What a plan covers is paid already, whatever it would have cost.
  const isBilled = state.config?.accounts.find((a) => a.id === id)?.kind !== "subscription" ||
    account.overage?.inUse === true;
  const spent = isBilled ? { spent: plus(account.spent, added, at) } : {};
  const accounts = { ...state.accounts, [id]: { ...account, ...spent } };
  return withSession({ ...state, accounts }, { ...session, cost: { run, totalUsd } });
}

/** A clock that was set back over midnight does not open a new day. */
function plus(spent: Spent | undefined, usd: number, at: number): Spent {
  const day = dayOf(at);
  return spent && spent.day >= day ? { ...spent, usd: spent.usd + usd } : { day, usd };
}
