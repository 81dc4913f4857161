/**
 * What a new config means for a daemon that runs: what it cannot change, and what it changes.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { AccountId, SessionName } from "./ids.ts";
import { isAlive, type State } from "./state.ts";

/** The keys that differ but are settled when the daemon starts: its tmux server, journal and socket hang on them. */
export function fixedKeysChanged(before: Config, after: Config): string[] {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return [
    ...(same(before.tmux.socket, after.tmux.socket) ? [] : ["tmux.socket"]),
    ...(same(before.http?.listen ?? null, after.http?.listen ?? null) ? [] : ["http.listen"]),
    ...(same(before.http?.tls ?? null, after.http?.tls ?? null) ? [] : ["http.tls"]),
    ...(before.paths.stateDir === after.paths.stateDir ? [] : ["paths.state_dir"]),
    ...(before.paths.runtimeDir === after.paths.runtimeDir ? [] : ["paths.runtime_dir"]),
  ];
}

/** What comes and goes with a new config. */
export interface ConfigChange {
  /** They are started. */
  readonly sessionsAdded: readonly SessionName[];
  /** A live one is left alone. */
  readonly sessionsRemoved: readonly { readonly session: SessionName; readonly runs: boolean }[];
  readonly accountsAdded: readonly AccountId[];
  readonly accountsRemoved: readonly RemovedAccount[];
}

/** No move goes there any more; the sessions that live under it stay. */
export interface RemovedAccount {
  readonly account: AccountId;
  readonly sessions: readonly SessionName[];
}

/** The config in force against the next one. */
export function configChange(state: State, next: Config): ConfigChange {
  const { config, sessions } = state;
  const names = next.sessions.map((s) => s.name);
  const ids = next.accounts.map((a) => a.id);
  const removed = (config?.sessions ?? []).filter((s) => !names.includes(s.name));
  const gone = (config?.accounts ?? []).filter((a) => !ids.includes(a.id));
  return {
    sessionsAdded: names.filter((name) => !config?.sessions.some((s) => s.name === name)),
    sessionsRemoved: removed.map(({ name }) => {
      const session = sessions[name];
      return { session: name, runs: session !== undefined && isAlive(session) };
    }),
    accountsAdded: ids.filter((id) => !config?.accounts.some((a) => a.id === id)),
    accountsRemoved: gone.map(({ id }) => ({ account: id, sessions: liveUnder(state, id) })),
  };
}

/** Accounts that are no longer in the config, but sessions still live under them. */
export function removedAccounts(state: State): RemovedAccount[] {
  const used = new Set(Object.values(state.sessions).filter(isAlive).map((s) => s.account));
  return [...used]
    .filter((id) => !state.config?.accounts.some((a) => a.id === id))
    .sort()
    .map((account) => ({ account, sessions: liveUnder(state, account) }));
}

function liveUnder(state: State, account: AccountId): SessionName[] {
  return Object.values(state.sessions)
    .filter((s) => s.account === account && isAlive(s))
    .map((s) => s.name)
    .sort();
}
