/**
 * Sessions that go back to their home: the account that the config names for them, or the one that a person last moved them to. Pure.
 *
 * @module
 */
import type { AccountSpec, Config } from "./config.ts";
import type { AccountId } from "./ids.ts";
import { type Candidate, candidates, movable } from "./policy.ts";
import { isAlive, type Session, type State } from "./state.ts";
import { hasStayed } from "./trigger.ts";

export interface WayHome {
  readonly to: AccountId;
  readonly sessions: readonly string[];
  readonly candidates: readonly Candidate[];
  /** Why they stay all the same, for people; null: they go. */
  readonly stays: string | null;
}

export function homeOf(session: Session, config: Config): AccountId | null {
  if (session.home !== undefined) return session.home;
  return config.sessions.find((s) => s.name === session.name)?.account ?? null;
}

/** For each home of sessions that are under this account although it is not theirs. */
export function waysHome(
  state: State,
  config: Config,
  spec: AccountSpec,
  now: number,
): WayHome[] {
  if (config.failover.failBack !== true) return [];
  const away = Object.values(state.sessions).filter((session) =>
    session.account === spec.id && isAlive(session) &&
    config.accounts.some((a) => a.id === homeOf(session, config) && a.id !== spec.id)
  );
  const homes = Map.groupBy(away, (session) => homeOf(session, config)!);
  return [...homes].flatMap(([to, guests]) => {
    const all = candidates(state, { from: spec.id, by: "policy", now });
    const target = all.find((c) => c.account === to);
    const may = movable(state, spec.id, to, { by: "policy", now }).sessions;
    const sessions = guests.map((s) => s.name).filter((name) => may.includes(name));
    if (!target || sessions.length === 0) return [];
    const stays = target.rejected !== null
      ? `${spec.id} is not left for ${to}, home of ${sessions.length}: ${target.rejected}`
      : hasStayed(state, spec, now)
      ? null
      : `${spec.id} is not left for ${to} yet (failover.min_stay)`;
    return [{ to, sessions, candidates: all, stays }];
  });
}
