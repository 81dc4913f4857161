/**
 * The one shared state: what the journal folds to. `fold.ts` has the rules.
 *
 * @module
 */
import type { Overage, Spent } from "./bounds.ts";
import type { Config, ConfirmThen } from "./config.ts";
import type { EventType, MoveStep, Quiesced, Requester, RunPlan, SwapReason } from "./event.ts";
import type { Sample } from "./forecast.ts";
import type { NoticeState } from "./fold_notice.ts";
import type { Grounds } from "./grounds.ts";
import type { HostProblem } from "./host_event.ts";
import type { AccountId, ProcessId, ProposalId, SessionName, SwapId, TaskId } from "./ids.ts";
import type { FolderProblem } from "./preflight.ts";
import type { ByWindow, QuotaSource, Tokens, WindowName, WindowReading } from "./quota.ts";
import type { Send, Session } from "./session.ts";
import type { Task } from "./task.ts";

export type { Death, Parked, Phase, Run, Send, Session, Transition } from "./session.ts";

export interface State {
  /** Of the last event. */
  readonly seq: number;
  readonly at: number;
  readonly config: Config | null;
  readonly daemon: DaemonState;
  /** Set: no move begins that a person did not ask for. */
  readonly frozen:
    | { readonly since: number; readonly by: Requester; readonly reason: string }
    | null;
  readonly accounts: Readonly<Record<AccountId, Account>>;
  readonly sessions: Readonly<Record<SessionName, Session>>;
  /** The running one and the last ones that ended. */
  readonly swaps: Readonly<Record<SwapId, Swap>>;
  readonly runningSwap: SwapId | null;
  /** In mode `confirm`: the move that waits for a person's word. */
  readonly proposal: Proposal | null;
  /** Proposals that were rejected or got no answer: the last one for each account that was to be left. */
  readonly declined: Readonly<Record<AccountId, Declined>>;
  /** Those that wait or are worked on, and the last ones that ended. */
  readonly tasks: Readonly<Record<TaskId, Task>>;
  /** Set: no task is handed out. */
  readonly dispatchPaused: {
    readonly since: number;
    readonly by: Requester;
    readonly reason: string;
  } | null;
  /** What people said about notices; absent: nothing. */
  readonly notices?: NoticeState;
  /** What was last seen of the machine; absent: it was not looked at. */
  readonly host?: { readonly problems: readonly HostProblem[]; readonly claude: string | null };
  /** The tmux server as it was last seen; it may be gone. */
  readonly tmuxServer: ProcessId | null;
  /** The last requests with an Idempotency-Key, by its digest, oldest first. Absent in a snapshot of an earlier version. */
  readonly answered?: Readonly<Record<string, { readonly seq: number; readonly digest: string }>>;
  /** Observations that did not fit the state (late signals of an earlier run, mostly). */
  readonly unexpected: { readonly count: number; readonly last: EventType | null };
}

export interface Proposal {
  readonly id: ProposalId;
  readonly from: AccountId;
  readonly to: AccountId;
  readonly reason: SwapReason;
  readonly since: number;
  /** Null: it waits for ever (a journal of an earlier version). */
  readonly deadline: number | null;
  readonly then: ConfirmThen;
  /** Only these; absent: all that may move. */
  readonly sessions?: readonly SessionName[];
}

export interface Declined {
  readonly how: "rejected" | "lapsed";
  readonly at: number;
  /** What it was proposed for; something worse is proposed all the same. */
  readonly reason: SwapReason["kind"];
  readonly until: number;
}

export type DaemonState =
  | { readonly phase: "down" }
  | { readonly phase: "up"; readonly pid: number; readonly version: string; readonly since: number }
  | { readonly phase: "stopping"; readonly pid: number; readonly endSessions: boolean };

export interface Account {
  readonly windows: ByWindow<AccountWindow>;
  readonly wall: Wall | null;
  /** The last figures of each window, oldest first: what a forecast stands on. */
  readonly samples?: ByWindow<readonly Sample[]>;
  /** What our sessions have used in the last hours, oldest first; absent: nothing was counted. */
  readonly tokens?: readonly TokenBucket[];
  /** Of use from before then, the epoch milliseconds, all is counted. */
  readonly countedUntil?: number;
  /** How a source was asked that makes requests; absent: it never was. */
  readonly asked?: Asked;
  /** Paid use past the plan; absent: nothing is known of it. */
  readonly overage?: Overage | null;
  /** What our sessions have cost here; absent: nothing was said of it. */
  readonly spent?: Spent;
  /** When a swap last brought work here. */
  readonly arrivedAt: number | null;
  /** What the last preflight found; null when there was none. */
  readonly check: {
    readonly at: number;
    readonly problems: readonly string[];
    /** Folders whose sessions cannot be there. */
    readonly folders?: readonly FolderProblem[] | undefined;
    /** When its sign-in ends at the latest, in epoch milliseconds; null or absent: nothing is known of that. */
    readonly signInEndsAt?: number | null | undefined;
  } | null;
}

export interface AccountWindow extends WindowReading {
  readonly source: QuotaSource;
  readonly readAt: number;
  /** Nobody said when the figure was made; `readAt` is then the earliest it can have been. */
  readonly ageUnknown?: true;
}

export interface TokenBucket extends Tokens {
  /** When it begins, epoch milliseconds. */
  readonly at: number;
  readonly messages: number;
}

/** The askings of the last hours, and what came of the last ones. */
export interface Asked {
  readonly askings: readonly { readonly at: number; readonly answered: boolean }[];
  /** Since the last answer. */
  readonly failures: number;
  /** Why there was none, and until when it is let be, epoch milliseconds; null after an answer. */
  readonly rest: { readonly why: string; readonly until: number } | null;
}

export interface Wall {
  /** Who ran into it. */
  readonly session: SessionName;
  readonly transcript: string | null;
  readonly window: WindowName | null;
  readonly resetsAt: number | null;
  /** When it was told. */
  readonly since: number;
  /** When it was hit. */
  readonly hitAt: number;
  readonly evidence: readonly string[];
}

export interface Swap {
  readonly id: SwapId;
  readonly from: AccountId;
  /** The same as `from` when its sessions are only to be parked. */
  readonly to: AccountId;
  /** The targets before, each with why it cannot take the work. */
  readonly rejected: readonly { readonly account: AccountId; readonly reason: string }[];
  readonly by: Requester;
  readonly reason: SwapReason;
  /** What was known when it was decided; null when an earlier version asked for it. */
  readonly grounds: Grounds | null;
  readonly requestedAt: number;
  /** The config it began with: it keeps it, whatever is applied meanwhile. */
  readonly config: Config;
  readonly moves: Readonly<Record<SessionName, Move>>;
  readonly outcome:
    | { readonly is: "running" }
    | { readonly is: "finished"; readonly at: number }
    | { readonly is: "failed"; readonly at: number; readonly reason: string };
}

export interface Move {
  readonly session: SessionName;
  readonly to: AccountId;
  /** Accounts under which its launch has failed in this swap. */
  readonly tried: readonly AccountId[];
  /** Why it is to be parked rather than moved; null: it is to be moved. */
  readonly parking: string | null;
  /** To be parked until it is needed, not until an account has room. */
  readonly onDemand?: true;
  readonly finished: readonly MoveStep[];
  /** Begun and not yet finished: the world must be asked whether it happened. */
  readonly inDoubt: MoveStep | null;
  readonly quiesced: Quiesced | null;
  readonly plan: RunPlan | null;
  readonly times: Readonly<
    Partial<Record<MoveStep, { readonly startedAt: number; readonly finishedAt: number | null }>>
  >;
  readonly outcome:
    | { readonly is: "running" }
    | { readonly is: "moved"; readonly at: number }
    | { readonly is: "parked"; readonly at: number; readonly until: number }
    | {
      readonly is: "failed";
      readonly at: number;
      readonly reason: string;
      readonly left: "untouched" | "stopped";
      /** What it was for is gone. */
      readonly moot?: true | undefined;
    };
}

export const EMPTY: State = {
  seq: 0,
  at: 0,
  config: null,
  daemon: { phase: "down" },
  frozen: null,
  accounts: {},
  sessions: {},
  swaps: {},
  runningSwap: null,
  proposal: null,
  declined: {},
  tasks: {},
  dispatchPaused: null,
  tmuxServer: null,
  unexpected: { count: 0, last: null },
};

export const NEW_ACCOUNT: Account = { windows: {}, wall: null, arrivedAt: null, check: null };

/** The entry under a name, which may come from anywhere: a plain lookup would also find `constructor` and its like. */
export function entry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Whether the session's process is believed to be there. */
export function isAlive(session: Session): boolean {
  const gone = ["absent", "stopped", "parked", "ended", "dead", "quarantined"];
  return !gone.includes(session.phase.name);
}

/** The prompt that is on its way into the session, if any. */
export function pendingSend({ send }: Session): Send | null {
  return send?.stage.is === "waiting" || send?.stage.is === "typing" ? send : null;
}

/** Whether a session lives under the account, be it in the config or not. */
export function isInUse(state: State, account: AccountId): boolean {
  return Object.values(state.sessions).some((s) => s.account === account && isAlive(s));
}

/** The running move that has this session in its hands, if any. */
export function moveOf(state: State, session: SessionName): Move | null {
  const swap = state.runningSwap === null ? null : state.swaps[state.runningSwap];
  const move = swap && entry(swap.moves, session);
  return move?.outcome.is === "running" ? move : null;
}

/** Whether anything of the move was done or decided yet. */
export function hasBegun(move: Move): boolean {
  return move.finished.length > 0 || move.inDoubt !== null || move.parking !== null ||
    move.outcome.is !== "running";
}
