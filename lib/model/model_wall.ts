/**
 * Limits of one model: the account has room, and only sessions that ask for that model stand still. Pure.
 *
 * @module
 */
import { WALL_WITHOUT_RESET_MS } from "./bounds.ts";
import type { AccountId } from "./ids.ts";
import type { WindowName } from "./quota.ts";
import { entry, isAlive, NEW_ACCOUNT, type Session, type State } from "./state.ts";
import { windowWords } from "./window_words.ts";

/** Whether it is the whole account's; null (a limit that did not say which) counts as that. */
export function isOfAccount(window: WindowName | null): window is "five_hour" | "seven_day" | null {
  return window === null || window === "five_hour" || window === "seven_day";
}

export interface AtModelWall {
  readonly session: Session;
  readonly window: WindowName;
}

/** The sessions that stand at the limit of one model, by account, and that a move may take along. */
export function atModelWall(state: State, account: AccountId): AtModelWall[] {
  return Object.values(state.sessions).flatMap((session) => {
    const { phase, name, hold, asked } = session;
    if (session.account !== account || !isAlive(session) || phase.name !== "limited") return [];
    if (isOfAccount(phase.window)) return [];
    const spec = state.config?.sessions.find((s) => s.name === name);
    if (!spec || spec.neverMove || hold || asked) return [];
    return [{ session, window: phase.window }];
  });
}

/** Why the model has no room under this account either, for people; null: nothing says so. */
export function modelFull(
  state: State,
  account: AccountId,
  window: WindowName,
  now: number,
): string | null {
  const reading = (entry(state.accounts, account) ?? NEW_ACCOUNT).windows[window];
  const endsAt = reading && (reading.resetsAt ?? reading.readAt + WALL_WITHOUT_RESET_MS);
  if (reading && reading.usedPct >= 100 && now < endsAt!) {
    return `its ${windowWords(window)} is used up`;
  }
  // A model's limit is often known by the sessions alone that were moved away from it.
  const left = Object.values(state.swaps).find(({ from, reason, requestedAt }) =>
    from === account && reason.kind === "wall" && reason.window === window &&
    now < requestedAt + WALL_WITHOUT_RESET_MS
  );
  return left ? `a session has just left it at the limit of its ${windowWords(window)}` : null;
}
