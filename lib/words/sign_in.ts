/**
 * The end of a sign-in in words.
 *
 * @module
 */
import { EARLY_MS, signInStage } from "../model/sign_in.ts";
import { type AccountId, unreachable } from "../model/ids.ts";
import { calendarDay, type LocalTimeOf } from "./time.ts";

/** What is to be said of a sign-in that ends then, behind "its sign-in"; null: nothing, it is far away or not known. */
export function signInWords(
  endsAt: number | null | undefined,
  now: number,
  localTime: LocalTimeOf,
): string | null {
  const stage = signInStage(endsAt, now);
  const day = (at: number) => calendarDay(at, localTime);
  switch (stage) {
    case "far":
      return null;
    case "soon":
      return `ends between ${day(endsAt! - EARLY_MS)} and ${day(endsAt!)}`;
    case "any day":
      return `ends any day now, by ${day(endsAt!)}`;
    case "past":
      return `may be over: it was to end by ${day(endsAt!)}`;
    default:
      return unreachable(stage);
  }
}

/** The command with which a person signs an account in, for the first time or again. */
export function signInWith(account: AccountId): string {
  return `claude-failover account add ${account}`;
}

/** What to do about a sign-in that is missing, over or about to end: the same words wherever that is said. */
export function signInHint(account: AccountId): string {
  return `sign in: ${signInWith(account)}`;
}
