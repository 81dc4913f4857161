/**
 * The state as the outside sees it: one versioned JSON, made by a pure function.
 *
 * The state of `lib/model` may change with every release; this is what scripts, the CLI and a dashboard hold on
 * to. Times are epoch milliseconds.
 *
 * @module
 */
import type {
  AccountKind,
  AccountSpec,
  Config,
  ConfirmThen,
  FailoverMode,
} from "../model/config.ts";
import { DIALOG_WORDS } from "../model/dialog.ts";
import type { Requester } from "../model/event.ts";
import type { AccountId, ConversationId, ProposalId, RunId, SessionName } from "../model/ids.ts";
import { forecastOf } from "../model/ahead.ts";
import { type Confidence, confidenceIn } from "../model/confidence.ts";
import { decide } from "../model/decide.ts";
import type { Forecast } from "../model/forecast.ts";
import { type Pressure, pressure } from "../model/policy.ts";
import { isOnDemand, stayOf, wakeOf } from "../model/park.ts";
import { type RemovedAccount, removedAccounts } from "../model/reload.ts";
import type { QuotaSource, WindowName } from "../model/quota.ts";
import { restartOf } from "../model/restart.ts";
import {
  type Account,
  type AccountWindow,
  type DaemonState,
  isAlive,
  moveOf,
  NEW_ACCOUNT,
  type Phase,
  type Proposal,
  type Session,
  type State,
  type Wall,
} from "../model/state.ts";
import { NO_SWAP_YET, type SwapView, swapView } from "./swap_view.ts";
import { type TaskCounts, taskCounts } from "./task_view.ts";
import { decisionWords, reasonWords } from "../words/reasons.ts";

/** Raised when a field changes its meaning or goes away; new fields may come without. */
export const VIEW_VERSION = 1;

export interface StatusView {
  readonly v: typeof VIEW_VERSION;
  /** When the view was made. */
  readonly now: number;
  /** The last journal line it includes. */
  readonly seq: number;
  /** When that was written. */
  readonly asOf: number;
  /** Why nothing can be written down, and so nothing is done; null: all is well. */
  readonly journalProblem: string | null;
  readonly daemon: DaemonState;
  readonly mode: FailoverMode | null;
  readonly frozen:
    | { readonly since: number; readonly by: Requester; readonly reason: string }
    | null;
  readonly accounts: readonly AccountView[];
  readonly sessions: readonly SessionView[];
  /** How many tasks wait, are worked on and need a person; null when no project is in the config. */
  readonly tasks: TaskCounts | null;
  /** The swap under way, else the last one that ended. */
  readonly swap: SwapView | null;
  /** In mode `confirm`: the move that waits for a person's word. */
  readonly proposal: ProposalView | null;
  /** What the policy wants now. */
  readonly decision: {
    readonly do: "nothing" | "swap" | "propose" | "park";
    readonly text: string;
  };
  /** No longer in the config, but sessions still live under them. */
  readonly removedAccounts: readonly RemovedAccount[];
  /** Signals that fitted nothing; a few late ones are normal. */
  readonly unexpected: number;
}

export interface ProposalView {
  readonly id: ProposalId;
  readonly from: AccountId;
  readonly to: AccountId;
  readonly why: string;
  readonly since: number;
  /** Until when it waits; null: for ever. */
  readonly deadline: number | null;
  /** What happens then. */
  readonly then: ConfirmThen;
}

export interface AccountView {
  readonly id: AccountId;
  readonly kind: AccountKind;
  readonly priority: number;
  readonly auto: boolean;
  readonly pressure: Pressure;
  readonly windows: readonly WindowView[];
  readonly wall: Wall | null;
  /** What the last preflight found; null when there was none. */
  readonly check: Account["check"];
  /** How many of its sessions live. */
  readonly liveSessions: number;
}

export interface WindowView {
  readonly window: WindowName;
  /** 0 to 100, may pass 100. */
  readonly usedPct: number;
  /** The account counts as near at or past this; null for a window that is one model's only. */
  readonly linePct: number | null;
  readonly resetsAt: number | null;
  /** The reset has passed, so the figure says nothing any more. */
  readonly expired: boolean;
  readonly source: QuotaSource;
  /** When the figure was made; with `ageUnknown`, the earliest it can have been. */
  readonly readAt: number;
  readonly ageUnknown: boolean;
  readonly confidence: Confidence;
  /** When it is full at the pace of late, or why that cannot be said. */
  readonly forecast: Forecast;
}

export interface SessionView {
  readonly name: SessionName;
  readonly account: AccountId;
  readonly project: string | null;
  readonly cwd: string | null;
  readonly phase: Phase["name"];
  /** What it waits for, which window is used up, how it exited, why it was given up; null when there is nothing to add. */
  readonly detail: string | null;
  /** Parked: when it is to be woken, as things are now; null when it is not, or no account may take it. */
  readonly wakesAt: number | null;
  /** Parked, and comes up when it is needed. */
  readonly onDemand: boolean;
  readonly since: number | null;
  readonly why: string | null;
  readonly conversation: ConversationId | null;
  readonly run: RunId | null;
  readonly pid: number | null;
  /** Resumed under this account and no answer seen from it yet. */
  readonly unproven: boolean;
  /** No move takes it along, by the config or by a person's word. */
  readonly held: boolean;
  /** It is dead, and starts again not before `at`; `nth`: which restart since a run last did well, from 1. */
  readonly restart: { readonly at: number; readonly nth: number } | null;
  /** The person's word; null when there is none. */
  readonly hold: Session["hold"];
  /** The account it belongs under, by a person's word; null when there is none. */
  readonly pin: Session["pin"];
  /** False: a live session that has left the config. */
  readonly inConfig: boolean;
}

export function statusView(
  state: State,
  now: number,
  { journalProblem = null }: { readonly journalProblem?: string | null } = {},
): StatusView {
  const { config, proposal } = state;
  const decision = decide(state, now);
  const shown = findSwap(state, "last");
  return {
    v: VIEW_VERSION,
    now,
    seq: state.seq,
    asOf: state.at,
    journalProblem,
    daemon: state.daemon,
    mode: config?.failover.mode ?? null,
    frozen: state.frozen,
    accounts: accountViews(state, now),
    sessions: sessionViews(state, now),
    tasks: taskCounts(state),
    swap: shown === null ? null : swapView(state, shown),
    proposal: proposal && proposalView(proposal),
    decision: { do: decision.do, text: decisionWords(decision) },
    removedAccounts: removedAccounts(state),
    unexpected: state.unexpected.count,
  };
}

export function proposalView(
  { id, from, to, reason, since, deadline, then }: Proposal,
): ProposalView {
  return { id, from, to, why: reasonWords(reason), since, deadline, then };
}

/** The preferred one first. */
export function accountViews(state: State, now: number): AccountView[] {
  return accountsByPriority(state.config).map((spec) => accountView(state, spec, now));
}

/** In the order of the config; those that are no longer in it come last. */
export function sessionViews(state: State, now: number): SessionView[] {
  const order = state.config?.sessions.map((s) => s.name) ?? [];
  const gone = Object.keys(state.sessions).filter((name) => !order.includes(name)).sort();
  return [...order, ...gone].flatMap((name) => {
    const session = state.sessions[name];
    return session ? [sessionView(session, state, now)] : [];
  });
}

/** The swap that ended last, or null. */
function lastSwap(state: State): string | null {
  return Object.values(state.swaps).findLast((s) => s.outcome.is !== "running")?.id ?? null;
}

/** The id that is meant; `last` is the running one, else the one that ended last. Null: there is none. */
export function findSwap(state: State, word: string): string | null {
  return word === "last" ? state.runningSwap ?? lastSwap(state) : word;
}

export function noSwapWords(word: string): string {
  return word === "last" ? NO_SWAP_YET : `no swap ${word}`;
}

function accountsByPriority(config: Config | null): AccountSpec[] {
  return [...config?.accounts ?? []].sort((a, b) => a.priority - b.priority);
}

function accountView(state: State, spec: AccountSpec, now: number): AccountView {
  const account = state.accounts[spec.id] ?? NEW_ACCOUNT;
  const { id, kind, priority, auto } = spec;
  return {
    id,
    kind,
    priority,
    auto,
    pressure: pressure(account, spec, now),
    windows: windowViews(account, spec, now),
    wall: account.wall,
    check: account.check,
    liveSessions: Object.values(state.sessions)
      .filter((s) => s.account === id && isAlive(s)).length,
  };
}

function windowViews(account: Account, spec: AccountSpec, now: number): WindowView[] {
  const rank = (name: string) => ["five_hour", "seven_day", "seven_day_opus"].indexOf(name) >>> 0;
  const known = Object.entries(account.windows) as [WindowName, AccountWindow][];
  const inOrder = known.toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return inOrder.map(([window, reading]) => {
    const { usedPct, resetsAt, source, readAt, ageUnknown = false } = reading;
    const expired = resetsAt !== null && resetsAt <= now;
    const linePct = lineOf(window, spec);
    return {
      window,
      usedPct,
      linePct,
      resetsAt,
      expired,
      source,
      readAt,
      ageUnknown,
      confidence: confidenceIn(reading, now),
      forecast: forecastOf(account, window, now),
    };
  });
}

function lineOf(window: WindowName, { thresholds }: AccountSpec): number | null {
  if (window === "five_hour") return thresholds.fiveHourPct;
  return window === "seven_day" ? thresholds.weeklyPct : null;
}

function sessionView(session: Session, state: State, now: number): SessionView {
  const spec = state.config?.sessions.find((s) => s.name === session.name);
  const last = session.history.at(-1);
  const { run } = session;
  const alive = isAlive(session);
  return {
    name: session.name,
    account: session.account,
    project: spec?.project ?? null,
    cwd: spec?.cwd ?? null,
    phase: session.phase.name,
    detail: phaseDetail(session),
    wakesAt: wakesAt(state, session, now),
    onDemand: isOnDemand(session),
    since: last?.at ?? null,
    why: last?.why ?? null,
    conversation: session.conversation,
    run: run?.plan.id ?? null,
    pid: alive ? run?.process?.pid ?? null : null,
    unproven: alive && run?.plan.how === "resume" && !run.proven,
    held: (spec?.neverMove ?? false) || session.hold !== null,
    restart: isUp(state) && spec && !moveOf(state, session.name) ? nextRestart(session) : null,
    hold: session.hold,
    pin: session.pin,
    inConfig: spec !== undefined,
  };
}

/** Without a daemon nothing is started again. */
function isUp({ daemon, seq }: State): boolean {
  return daemon.phase !== "down" || seq === 0;
}

function nextRestart(session: Session): SessionView["restart"] {
  const restart = restartOf(session);
  return restart?.do === "restart" ? { at: restart.at, nth: restart.nth } : null;
}

function wakesAt(state: State, { name }: Session, now: number): number | null {
  const stay = isUp(state) ? stayOf(state, name) : null;
  return stay && (wakeOf(state, stay, now)?.at ?? null);
}

function phaseDetail({ phase, asked }: Session): string | null {
  switch (phase.name) {
    case "stopped":
      return asked?.to === "stop" && asked.by === "person" ? "by a person" : null;
    case "waiting":
      return phase.dialog ? DIALOG_WORDS[phase.dialog] : phase.for;
    case "limited":
      return phase.window;
    case "dead":
      return phase.exit === null ? null : `exit ${phase.exit}`;
    case "parked":
      return phase.onDemand && !phase.asked ? "until it is needed" : null;
    case "quarantined":
      return phase.why;
    default:
      return null;
  }
}
