/**
 * The fold: state + event -> state. Pure and total: no clock, no file, and no event makes it throw.
 *
 * @module
 */
import type { Config, SessionSpec } from "./config.ts";
import type { Event } from "./event.ts";
import { foldAccount } from "./fold_account.ts";
import { foldMove } from "./fold_move.ts";
import { foldAsked } from "./fold_asked.ts";
import { enter, foldRun } from "./fold_run.ts";
import { withCost } from "./fold_cost.ts";
import { foldNotice } from "./fold_notice.ts";
import { foldTask, followSession } from "./fold_task.ts";
import { foldSend } from "./fold_send.ts";
import { unreachable } from "./ids.ts";
import { entry, isAlive, moveOf, NEW_ACCOUNT, type Session, type State } from "./state.ts";

/** Part of each snapshot: raise it whenever a rule below changes, and old snapshots are folded anew. */
export const FOLD_VERSION = 10;

/** So many keys of requests are known; the oldest go first. */
const KEYS_KEPT = 256;

export function fold(before: State, event: Event): State {
  const state = foldOne(withKey({ ...before, seq: event.seq, at: event.at }, event), event);
  switch (event.type) {
    case "prompt.accepted":
    case "turn.ended":
    case "turn.failed":
    case "move.finished":
      return state.unexpected.count === before.unexpected.count
        ? followSession(state, event)
        : state; // a late signal of an earlier run
    default:
      return state;
  }
}

function withKey(state: State, { once, seq }: Event): State {
  if (!once) return state;
  const known = Object.entries(state.answered ?? {}).filter(([key]) => key !== once.key);
  const kept = [...known.slice(1 - KEYS_KEPT), [once.key, { seq, digest: once.digest }] as const];
  return { ...state, answered: Object.fromEntries(kept) };
}

function foldOne(state: State, event: Event): State {
  switch (event.type) {
    case "daemon.started":
      return {
        ...state,
        daemon: { phase: "up", pid: event.pid, version: event.version, since: event.at },
      };
    case "daemon.stop.requested":
      if (state.daemon.phase === "down") return unexpected(state, event);
      return {
        ...state,
        daemon: { phase: "stopping", pid: state.daemon.pid, endSessions: event.endSessions },
      };
    case "daemon.stopped":
      return { ...state, daemon: { phase: "down" } };
    case "config.applied":
      return withConfig(state, event.config);
    case "worker.failed":
    case "request.refused":
    case "config.rejected":
    case "project.status.said":
    case "task.add.requested":
    case "janitor.tidied":
      return state;
    case "session.stop.requested":
    case "session.restart.requested":
    case "session.hold.requested":
    case "session.unhold.requested":
    case "session.pin.requested":
    case "session.unpin.requested":
      return foldAsked(state, event) ?? unexpected(state, event);
    case "send.requested":
    case "send.typing":
    case "send.accepted":
    case "send.failed":
    case "draft.saved":
      return foldSend(state, event) ?? unexpected(state, event);
    case "session.start.requested":
    case "run.planned":
    case "run.launched":
    case "run.stopping":
    case "run.ready":
    case "run.status":
    case "prompt.accepted":
    case "turn.failed":
    case "question.asked":
    case "dialog.seen":
    case "dialog.answered":
    case "run.proven":
    case "run.closing":
    case "run.ended":
    case "session.quarantined":
      return foldRun(state, event) ?? unexpected(state, event);
    case "turn.ended": {
      const next = foldRun(state, event);
      return next ? withoutDisprovedWall(next, state, event.session) : unexpected(state, event);
    }
    case "tmux.server.seen":
      return { ...state, tmuxServer: event.server };
    case "quota.read":
    case "quota.asked":
    case "quota.unanswered":
    case "quota.wall":
    case "usage.counted":
    case "overage.seen":
    case "account.checked": {
      const account = entry(state.accounts, event.account) ?? NEW_ACCOUNT;
      return withAccount(state, event.account, foldAccount(account, event));
    }
    case "cost.read":
      return withCost(state, event) ?? unexpected(state, event);
    case "swap.requested":
    case "park.requested":
    case "swap.redirected":
    case "swap.finished":
    case "swap.failed":
    case "move.step.started":
    case "move.quiesced":
    case "move.planned":
    case "move.step.finished":
    case "move.redirected":
    case "move.parking":
    case "move.parked":
    case "move.finished":
    case "move.failed":
      return foldMove(state, event) ?? unexpected(state, event);
    case "task.found":
    case "task.changed":
    case "task.refused":
    case "task.assigned":
    case "task.claimed":
    case "task.taken":
    case "task.released":
    case "task.sent":
    case "task.accepted":
    case "task.nudged":
    case "task.attention":
    case "task.requeued":
    case "task.ended":
    case "task.closed":
    case "task.cancel.requested":
    case "task.retry.requested":
    case "task.returned":
    case "task.moved":
      return foldTask(state, event) ?? unexpected(state, event);
    case "dispatch.pause.requested":
      return {
        ...state,
        dispatchPaused: { since: event.at, by: event.by, reason: event.reason },
      };
    case "dispatch.resume.requested":
      return { ...state, dispatchPaused: null };
    case "swap.proposed": {
      const { from, to, reason, at, deadline = null, then = "stay" } = event;
      const id = event.proposal ?? `proposal-${event.seq}`;
      const proposal = { id, from, to, reason, since: at, deadline, then };
      const { sessions } = event;
      return { ...state, proposal: sessions ? { ...proposal, sessions } : proposal };
    }
    case "proposal.closed":
      return closeProposal(state, event) ?? unexpected(state, event);
    case "notice.test.requested":
    case "notice.acked":
    case "notice.silence.requested":
    case "notice.silence.ended":
      return foldNotice(state, event);
    case "host.checked":
      return { ...state, host: { problems: event.problems, claude: event.claude } };
    case "freeze.requested":
      return { ...state, frozen: { since: event.at, by: event.by, reason: event.reason } };
    case "thaw.requested":
      return { ...state, frozen: null };
    default:
      return unreachable(event);
  }
}

function closeProposal(state: State, event: Event<"proposal.closed">): State | null {
  const { proposal } = state;
  if (proposal?.id !== event.proposal) return null;
  const { how, at, until } = event;
  const next = { ...state, proposal: null };
  if (how === "withdrawn" || until === null) return next;
  const declined = { how, at, until, reason: proposal.reason.kind };
  return { ...next, declined: { ...state.declined, [proposal.from]: declined } };
}

function withAccount(state: State, id: string, account: State["accounts"][string]): State {
  return { ...state, accounts: { ...state.accounts, [id]: account } };
}

function unexpected(state: State, event: Event): State {
  return { ...state, unexpected: { count: state.unexpected.count + 1, last: event.type } };
}

/**
 * A turn that began after the wall was hit and has succeeded shows that the wall is gone (an early reset, say). Sessions
 * that ran into it before that turn are limited no more: they only have a prompt without an answer.
 */
function withoutDisprovedWall(state: State, before: State, name: string): State {
  const session = entry(before.sessions, name);
  const account = session && entry(state.accounts, session.account);
  if (!session || !account?.wall || session.phase.name !== "working") return state;
  const began = session.history.at(-1)?.at ?? 0;
  if (began <= account.wall.since) return state;
  const freed = Object.values(state.sessions)
    .filter((s) => s.account === session.account && s.phase.name === "limited")
    .filter((s) => (s.history.at(-1)?.at ?? 0) < began)
    .map((s) =>
      enter(s, { name: "idle" }, state.at, `a turn of ${name} shows that the limit is gone`)
    );
  const sessions = { ...state.sessions, ...Object.fromEntries(freed.map((s) => [s.name, s])) };
  return withAccount({ ...state, sessions }, session.account, { ...account, wall: null });
}

/** Sessions that never ran are as the config says; those no longer in it stay as long as they live or move. */
function withConfig(state: State, config: Config): State {
  const known = config.sessions.map((spec): Session => {
    const session = entry(state.sessions, spec.name);
    if (!session || session.run) return session ?? absent(spec);
    const { asked, hold, pin, phase, history } = session; // what people asked for outlives a change of the config
    return { ...absent(spec), asked, hold, pin, phase, history };
  });
  const left = Object.values(state.sessions).filter((session) =>
    (isAlive(session) || moveOf(state, session.name)) &&
    !config.sessions.some((spec) => spec.name === session.name)
  );
  const sessions = Object.fromEntries([...known, ...left].map((s) => [s.name, s]));
  const accounts = Object.fromEntries(
    config.accounts.map((a) => [a.id, entry(state.accounts, a.id) ?? NEW_ACCOUNT]),
  );
  return { ...state, config, sessions, accounts: { ...state.accounts, ...accounts } };
}

function absent({ name, account }: SessionSpec): Session {
  return {
    name,
    account,
    conversation: null,
    run: null,
    phase: { name: "absent" },
    asked: null,
    hold: null,
    pin: null,
    send: null,
    draft: null,
    history: [],
    deaths: [],
    startFailures: [],
  };
}
