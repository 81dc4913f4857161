/**
 * A session that a move could not bring up under an account: when the policy may try that again.
 *
 * Each try costs the session a stop and a start, so the rests grow, and after the last of them only a person tries again.
 * A turn that succeeds there ends the row, and so does a person's own move there.
 *
 * @module
 */
import { hasPassed } from "./elapsed.ts";
import type { AccountId } from "./ids.ts";
import type { Session } from "./state.ts";

const MINUTE = 60_000;

/** After the first failure, the second and so on. */
export const START_RESTS_MS: readonly number[] = [5 * MINUTE, 30 * MINUTE, 120 * MINUTE];

export interface StartFailure {
  readonly account: AccountId;
  /** In a row. */
  readonly count: number;
  /** Of the last one. */
  readonly at: number;
}

/** Until when the policy leaves the pair alone; `forever`: until a person moves it there. Null: it does not. */
export function restOf(
  { startFailures }: Session,
  account: AccountId,
  now: number,
): number | "forever" | null {
  const failure = startFailures.find((f) => f.account === account);
  if (!failure) return null;
  const restMs = START_RESTS_MS[failure.count - 1];
  if (restMs === undefined) return "forever";
  return hasPassed(failure.at, restMs, now) ? null : failure.at + restMs;
}

/** For people: why the session is not moved there now, or null. */
export function restWords(session: Session, account: AccountId, now: number): string | null {
  const until = restOf(session, account, now);
  if (until === null) return null;
  const { count } = session.startFailures.find((f) => f.account === account)!;
  const failed = `under ${account} it did not come up${
    count > 1 ? ` ${count} times in a row` : ""
  }`;
  return until === "forever"
    ? `${failed}, so only a person moves it there again`
    : `${failed}, and that is tried again in ${Math.ceil((until - now) / MINUTE)} min`;
}

export function withStartFailure(session: Session, account: AccountId, at: number): Session {
  const count = (session.startFailures.find((f) => f.account === account)?.count ?? 0) + 1;
  const others = withoutStartFailures(session, account).startFailures;
  return { ...session, startFailures: [...others, { account, count, at }] };
}

export function withoutStartFailures(session: Session, account: AccountId): Session {
  return { ...session, startFailures: session.startFailures.filter((f) => f.account !== account) };
}
