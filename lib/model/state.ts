/**
 * The one shared state: what the journal folds to. `fold.ts` has the rules.
 *
 * @module
 */
import type { Config, ConfirmThen } from "./config.ts";
import type { DialogKind } from "./dialog.ts";
import type { EventType, MoveStep, Quiesced, Requester, RunPlan, SwapReason } from "./event.ts";
import type { Grounds } from "./grounds.ts";
import type {
  AccountId,
  ConversationId,
  ProcessId,
  ProposalId,
  RunId,
  SessionName,
  SwapId,
  TaskId,
} from "./ids.ts";
import type { FolderProblem } from "./preflight.ts";
import type { StartFailure } from "./start_failures.ts";
import type { QuotaSource, Refusal, WindowName, WindowReading } from "./quota.ts";
import type { Task } from "./task.ts";

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
  /** The tmux server as it was last seen; it may be gone. */
  readonly tmuxServer: ProcessId | null;
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
  readonly windows: Readonly<Partial<Record<WindowName, AccountWindow>>>;
  readonly wall: Wall | null;
  /** When a swap last brought work here. */
  readonly arrivedAt: number | null;
  /** What the last preflight found; null when there was none. */
  readonly check: {
    readonly at: number;
    readonly problems: readonly string[];
    /** Folders whose sessions cannot be there. */
    readonly folders?: readonly FolderProblem[] | undefined;
  } | null;
}

export interface AccountWindow extends WindowReading {
  readonly source: QuotaSource;
  readonly readAt: number;
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

export interface Session {
  readonly name: SessionName;
  readonly account: AccountId;
  readonly conversation: ConversationId | null;
  /** The present run, or the last one. */
  readonly run: Run | null;
  readonly phase: Phase;
  /** A stop or restart that was asked for; a stop stands until somebody asks for the start. */
  readonly asked: {
    readonly to: "stop" | "restart";
    readonly by: Requester;
    readonly at: number;
  } | null;
  /** An operator's hold: no move takes it along. The config has one of its own (`neverMove`). */
  readonly hold: {
    readonly since: number;
    readonly by: Requester;
    readonly reason: string;
  } | null;
  /** An operator's pin: it belongs under this account, and no move takes it elsewhere. */
  readonly pin: {
    readonly account: AccountId;
    readonly since: number;
    readonly by: Requester;
  } | null;
  /** The last prompt that somebody sent through the daemon. */
  readonly send: Send | null;
  /** The last unsent draft that was saved when a run was ended. */
  readonly draft: {
    readonly at: number;
    readonly chars: number;
    readonly path: string;
  } | null;
  /** The last transitions, newest last, each with its reason. */
  readonly history: readonly Transition[];
  /** The last unwanted ends in a row, newest last; a run that did well ends the row (`restart.ts`). */
  readonly deaths: readonly Death[];
  /** Accounts under which moves could not bring it up. */
  readonly startFailures: readonly StartFailure[];
}

/** A prompt on its way into a session. Its text is in a file of its own. */
export interface Send {
  readonly id: string;
  readonly by: Requester;
  readonly chars: number;
  readonly digest: string;
  readonly requestedAt: number;
  readonly until: number;
  readonly stage:
    | { readonly is: "waiting" }
    /** It may have been typed, in this run. */
    | { readonly is: "typing"; readonly at: number; readonly run: RunId }
    | { readonly is: "accepted"; readonly at: number }
    | { readonly is: "failed"; readonly at: number; readonly reason: string };
}

/** The end of a run that nobody wanted, outside of moves. */
export interface Death {
  readonly at: number;
  readonly exit: number | null;
  /** From the launch on. */
  readonly livedMs: number;
  /** A turn had succeeded in the run. */
  readonly proven: boolean;
  /** Its place in the row, from 1. */
  readonly nth: number;
}

export type Phase =
  | { readonly name: "absent" }
  | { readonly name: "starting" }
  | { readonly name: "idle" }
  | { readonly name: "working" }
  | {
    readonly name: "waiting";
    readonly for: "human" | "permission" | "dialog";
    /** Which dialog, once it was recognised on the screen. */
    readonly dialog?: DialogKind;
  }
  | { readonly name: "limited"; readonly window: WindowName | null }
  | { readonly name: "stopping" }
  /** Ended by us on purpose; the conversation is kept. */
  | { readonly name: "stopped" }
  | Parked
  /** Ended by a person; it stays ended until a person starts it. */
  | { readonly name: "ended" }
  /** Gone, and nobody wanted that. */
  | { readonly name: "dead"; readonly exit: number | null }
  /** Dead, and restarts change nothing: it stays so until a person starts it. */
  | { readonly name: "quarantined"; readonly why: string };

/** Ended by us since no account has room; it is woken when one has. */
export interface Parked {
  readonly name: "parked";
  /** When that was thought to be, as it was parked (`wakeOf` in park.ts knows better since). */
  readonly until: number;
  /** The account that it was to leave; the session may have failed under others since. */
  readonly home: AccountId;
  /** Accounts under which its launch failed just before. */
  readonly avoid: readonly AccountId[];
  /** Work was cut: it is woken with a prompt to go on. */
  readonly cut: boolean;
  /** The name of its checkpoint. */
  readonly checkpoint: string;
  /** A person wants it up now, wherever that may be. */
  readonly asked: boolean;
}

export interface Transition {
  readonly at: number;
  readonly to: Phase["name"];
  readonly why: string;
}

export interface Run {
  readonly plan: RunPlan;
  readonly plannedAt: number;
  readonly launchedAt: number | null;
  readonly readyAt: number | null;
  /** It came up with this conversation instead of the plan's, and no person has chosen another one in it since. */
  readonly stray: ConversationId | null;
  /** When Claude Code took the prompt that carries the plan's mark. */
  readonly markAcceptedAt: number | null;
  /** A turn succeeded in this run. */
  readonly proven: boolean;
  /** The last prompt got no answer, and why. */
  readonly unanswered: Refusal | null;
  /** When that was, by the signal itself: the daemon may have learned of it much later. */
  readonly refusedAt: number | null;
  readonly pane: string | null;
  readonly process: ProcessId | null;
  readonly transcript: string | null;
  /** What hung below the process when we began to stop it. */
  readonly tree: readonly ProcessId[];
  /** The `SessionEnd` reason, if it said one. */
  readonly closing: string | null;
  /** It died in the middle of work, or before it took the prompt to go on with it; or a move stopped it just then. */
  readonly cut: boolean;
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
