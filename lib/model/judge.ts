/**
 * Which requests the state does not allow, and why. Observations are never judged: they happened.
 *
 * @module
 */
import type { Fact } from "./event.ts";
import { unreachable } from "./ids.ts";
import { judgeTask } from "./judge_task.ts";
import { judgePerson } from "./judge_person.ts";
import { entry, isAlive, isInUse, moveOf, type State } from "./state.ts";

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
      if (!isConfigured(state, fact.session)) return `${fact.session} is no longer in the config`;
      return moveOf(state, fact.session) ? `${fact.session} is being moved` : null;
    }
    case "session.stop.requested":
    case "session.restart.requested":
    case "session.hold.requested":
    case "session.unhold.requested":
      return judgeOfOne(state, fact);
    case "session.pin.requested":
    case "session.unpin.requested":
    case "send.requested":
      return judgePerson(state, fact);
    case "move.planned": {
      const move = moveOf(state, fact.session);
      if (!move || state.runningSwap !== fact.swap) return `${fact.session} is not being moved`;
      return move.plan ? `${fact.session} has its run planned already` : null;
    }
    case "proposal.closed":
      return fact.proposal === state.proposal?.id ? null : "no such proposal waits for an answer";
    case "task.assigned":
    case "task.cancel.requested":
    case "task.retry.requested":
    case "task.moved":
      return judgeTask(state, fact);
    case "dispatch.pause.requested":
      return state.dispatchPaused ? `paused already: ${state.dispatchPaused.reason}` : null;
    case "dispatch.resume.requested":
      return state.dispatchPaused ? null : "the dispatcher is not paused";
    case "notice.test.requested":
      return judgeTest(state, fact);
    case "notice.silence.ended":
      return state.notices?.silences.some((s) => s.id === fact.silence)
        ? null
        : `no silence ${fact.silence} is in force`;
    case "freeze.requested":
      if (fact.by === "policy" && state.frozen?.by === "person") return null;
      return state.frozen ? `already frozen: ${state.frozen.reason}` : null;
    case "thaw.requested":
      return state.frozen ? null : "nothing is frozen";
    default:
      return null;
  }
}

function judgeTest(
  { config }: State,
  { channel }: Extract<Fact, { type: "notice.test.requested" }>,
): string | null {
  const channels = config?.notify?.channels ?? [];
  if (channels.length === 0) return "the config names no channel (notify.channels)";
  return channel === null || channels.some(({ name }) => name === channel)
    ? null
    : `no channel ${channel} in the config`;
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
    const spec = state.config?.sessions.find((s) => s.name === name);
    if (!spec) return `${name} is no longer in the config, so nothing could wake it`;
    if (spec.neverMove) return `${name} is held (never_move)`;
    if (session.hold) return `${name} is held: ${session.hold.reason}`;
    if (session.asked) return `a ${session.asked.to} of ${name} was asked for`;
  }
  return null;
}

function judgeSwap(state: State, fact: Extract<Fact, { type: "swap.requested" }>): string | null {
  const { config } = state;
  const reason = judgeBegin(state, fact);
  if (reason !== null || !config) return reason;
  if (fact.proposal !== undefined && fact.proposal !== state.proposal?.id) {
    return "no such proposal waits for an answer";
  }
  for (const id of [fact.from, fact.to]) {
    // Sessions may still be under an account that has left the config, and be moved off it.
    if (id === fact.from && isInUse(state, id)) continue;
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
    if (session.hold) return `${name} is held: ${session.hold.reason}`;
    if (session.pin && session.pin.account !== fact.to) {
      return `${name} is pinned to ${session.pin.account}`;
    }
    if (session.asked) return `a ${session.asked.to} of ${name} was asked for`;
  }
  return null;
}

type OfOne = Extract<
  Fact,
  {
    type:
      | "session.stop.requested"
      | "session.restart.requested"
      | "session.hold.requested"
      | "session.unhold.requested";
  }
>;

function judgeOfOne(state: State, { type, session: name }: OfOne): string | null {
  const session = entry(state.sessions, name);
  if (!session) return `no session ${name} in the config`;
  const { phase, asked, hold } = session;
  switch (type) {
    case "session.stop.requested":
      if (moveOf(state, name)) return `${name} is being moved; stop it once that has ended`;
      if (phase.name === "ended") return `a person has ended ${name} already`;
      return asked?.to === "stop" ? `${name} was asked to stop before` : null;
    case "session.restart.requested":
      if (moveOf(state, name)) return `${name} is being moved`;
      if (!isConfigured(state, name)) {
        return `${name} is no longer in the config, so it could not start again`;
      }
      if (asked) return `a ${asked.to} of ${name} was asked for before`;
      return isAlive(session) ? null : `${name} does not run; \`session start\` starts it`;
    case "session.hold.requested":
      if (hold) return `${name} is held already: ${hold.reason}`;
      if (phase.name === "parked") return `${name} is parked and wakes where there is room`;
      return moveOf(state, name) ? `${name} is being moved; hold it once that has ended` : null;
    case "session.unhold.requested":
      if (hold) return null;
      return state.config?.sessions.some((s) => s.name === name && s.neverMove)
        ? `only the config holds ${name} (never_move)`
        : `${name} is not held`;
    default:
      return unreachable(type);
  }
}

function isConfigured(state: State, name: string): boolean {
  return state.config?.sessions.some((s) => s.name === name) ?? false;
}
