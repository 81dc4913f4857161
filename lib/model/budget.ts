/**
 * What asking for an account's figures costs in requests to the provider. Pure.
 *
 * @module
 */
import type { Account } from "./state.ts";

const HOUR_MS = 3_600_000;

/** What one asking may cost, and what it has if it was answered: a refused token is refreshed and asked with again. */
export const ASKING = { open: 2, answered: 1 };

/** What was asked of the provider for this account in the last hour, at most. One from the future counts as just made. */
export function requestsIn({ asked }: Account, now: number): number {
  return (asked?.askings ?? []).filter(({ at }) => now - at < HOUR_MS)
    .reduce((sum, { answered }) => sum + (answered ? ASKING.answered : ASKING.open), 0);
}
