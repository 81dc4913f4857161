/**
 * Which requests the state does not allow, and why. Observations are never judged: they happened.
 *
 * @module
 */
import type { Fact } from "./event.ts";
import { entry, isAlive, moveOf, type State } from "./state.ts";

/** A reason for people why the fact is refused, or null. */
export function judge(state: State, fact: Fact): string | null {
  switch (fact.type) {
    case "swap.requested":
      return judgeSwap(state, fact);
    case "park.requested":
      return judgePark(state, fact);
    case "run.planned": {
      const session = entry(state.sessions, fact.session);
      if (!session) return `no session ${fact.session} in the config`;
      if (isAlive(session)) return `${fact.session} is ${session.phase.name}`;
      if (moveOf(state, fact.session)) return `${fact.session} is being moved`;
      if (!state.config?.accounts.some((a) => a.id === fact.plan.account)) {
        return `no account ${fact.plan.account} in the config`;
      }
      return null;
    }
    case "session.start.requested": {
      const session = entry(state.sessions, fact.session);
      if (!session) return `no session ${fact.session} in the config`;
      if (isAlive(session)) return `${fact.session} is ${session.phase.name} already`;
      if (session.phase.name === "quarantined" && fact.by === "policy") {
        return `${fact.session} is quarantined until a person starts it`;
      }
      return moveOf(state, fact.session) ? `${fact.session} is being moved` : null;
    }
    case "move.planned": {
      const move = moveOf(state, fact.session);
      if (!move || state.runningSwap !== fact.swap) return `${fact.session} is not being moved`;
      return move.plan ? `${fact.session} has its run planned already` : null;
    }
    case "freeze.requested":
      return state.frozen ? `already frozen: ${state.frozen.reason}` : null;
    case "thaw.requested":
      return state.frozen ? null : "nothing is frozen";
    default:
      return null;
  }
}

type Asked = Extract<Fact, { type: "swap.requested" | "park.requested" }>;

/** What holds for every swap, wherever it leads. */
function judgeBegin(state: State, fact: Asked): string | null {
  if (!state.config) return "no config is in force";
  if (state.runningSwap !== null) return `swap ${state.runningSwap} is still running`;
  if (entry(state.swaps, fact.swap)) return `swap ${fact.swap} was asked for before`;
  if (state.daemon.phase === "stopping") return "the daemon is stopping";
  return state.frozen && fact.by === "policy" ? `frozen: ${state.frozen.reason}` : null;
}

function judgePark(state: State, fact: Extract<Fact, { type: "park.requested" }>): string | null {
  const reason = judgeBegin(state, fact);
  if (reason !== null) return reason;
  if (fact.sessions.length === 0) return `no session of ${fact.from} can be parked`;
  for (const name of fact.sessions) {
    const session = entry(state.sessions, name);
    if (!session) return `no session ${name} in the config`;
    if (session.account !== fact.from) {
      return `${name} is under ${session.account}, not ${fact.from}`;
    }
    if (!isAlive(session)) return `${name} is ${session.phase.name}`;
  }
  return null;
}

function judgeSwap(state: State, fact: Extract<Fact, { type: "swap.requested" }>): string | null {
  const { config } = state;
  const reason = judgeBegin(state, fact);
  if (reason !== null || !config) return reason;
  for (const id of [fact.from, fact.to]) {
    if (!config.accounts.some((a) => a.id === id)) return `no account ${id} in the config`;
  }
  if (fact.from === fact.to) return `${fact.from} is both source and target`;
  if (fact.sessions.length === 0) return `no session of ${fact.from} can move to ${fact.to}`;
  for (const name of fact.sessions) {
    const session = entry(state.sessions, name);
    if (!session) return `no session ${name} in the config`;
    if (session.account !== fact.from) {
      return `${name} is under ${session.account}, not ${fact.from}`;
    }
    const spec = config.sessions.find((s) => s.name === name);
    if (spec && !spec.allowedAccounts.includes(fact.to)) {
      return `the project of ${name} does not allow ${fact.to}`;
    }
    if (spec?.neverMove) return `${name} is held (never_move)`;
  }
  return null;
}
