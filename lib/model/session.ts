/**
 * One session as the state has it: who it is, what it does, and the run that it has now or had last.
 *
 * @module
 */
import type { DialogKind } from "./dialog.ts";
import type { Requester, RunPlan } from "./event.ts";
import type { AccountId, ConversationId, ProcessId, RunId, SessionName } from "./ids.ts";
import type { Refusal, WindowName } from "./quota.ts";
import type { StartFailure } from "./start_failures.ts";

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
  /** The account that a person moved it to: it is its home from then on. Absent: the one that the config names. */
  readonly home?: AccountId;
  /** What Claude Code last said of the cost of this conversation. */
  readonly cost?: { readonly run: RunId; readonly totalUsd: number };
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
  /** Somebody wants it up now, wherever that may be. */
  readonly asked: boolean;
  /** It was idle, and waits to be needed rather than for room (`failover.idle: on_demand`). */
  readonly onDemand?: true;
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
  /** How many turns in a row got none; a journal of an earlier version does not say. */
  readonly refusals?: number;
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
