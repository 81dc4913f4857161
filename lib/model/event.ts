/**
 * Everything that can happen, as one discriminated union.
 *
 * A `Fact` is what a worker, a signal or a person reports; an `Event` is a fact that has its place in
 * the journal. A request is a fact too, so a command survives a crash just as an observation does.
 * Observations are always written; a request may be refused by the fold (see `judge` in `state.ts`),
 * and then the journal holds `request.refused` with the reason instead.
 *
 * No secret, no prompt and no transcript text ever stands here.
 *
 * @module
 */
import type { AccountFact } from "./account_event.ts";
import type { Bound } from "./bounds.ts";
import type { Config, ConfirmThen } from "./config.ts";
import type { DialogKind } from "./dialog.ts";
import type { Grounds } from "./grounds.ts";
import type {
  AccountId,
  ConversationId,
  ProcessId,
  ProposalId,
  RunId,
  SessionName,
  SwapId,
} from "./ids.ts";
import type { HostFact } from "./host_event.ts";
import type { DutyName } from "./janitor.ts";
import type { NoticeFact } from "./notice_event.ts";
import type { Refusal, WindowName } from "./quota.ts";
import type { TaskFact } from "./task_event.ts";

/** Who asked: a person at the CLI or API, or the daemon by its policy. */
export type Requester = "person" | "policy";

export type SwapReason =
  | { readonly kind: "asked" }
  | { readonly kind: "wall"; readonly session: SessionName; readonly window: WindowName | null }
  | { readonly kind: "threshold"; readonly window: WindowName; readonly usedPct: number }
  /** A fresh figure near the line, and a forecast that the window is full at `wallAt` (epoch milliseconds). */
  | {
    readonly kind: "forecast";
    readonly window: WindowName;
    readonly usedPct: number;
    readonly wallAt: number;
  }
  /** A bound of the config is reached: nothing of ours goes on there. */
  | { readonly kind: "bound"; readonly bound: Bound; readonly window: WindowName | null }
  /** The account is their home and has room again. */
  | { readonly kind: "fail_back" };

/** The steps of one move, in order. */
export const MOVE_STEPS = [
  "checkpoint",
  "quiesce",
  "stop",
  "rehome",
  "launch",
  "resumed",
] as const;
export type MoveStep = (typeof MOVE_STEPS)[number];

/** What is decided before a run is launched; it never changes afterwards. */
export interface RunPlan {
  readonly id: RunId;
  readonly account: AccountId;
  readonly conversation: ConversationId;
  /** `new` uses `--session-id`; `resume` goes on with a conversation that has messages. */
  readonly how: "new" | "resume";
  /** Stands in the prompt that the run begins with, if it begins with one. */
  readonly mark: string | null;
  /** The name of the checkpoint that prompt tells of, where it is not the swap's own: a parked session is woken. */
  readonly checkpoint?: string;
  /** That prompt says the last one again, which the conversation does not hold (`lib/claude/last_prompt.ts`). */
  readonly unrecorded?: true;
}

/** How a quiesce ended: nothing was under way, or the grace ran out and the work is cut. */
export type Quiesced = "at rest" | "cut";

/** How a request came, where there is more to say than `by`. A journal of an earlier version never does. */
export interface Provenance {
  /** The id of the token it was asked with, or `mcp`: the owner's MCP server; absent: the owner, or the daemon itself. */
  readonly via?: string;
  /** It was asked with an Idempotency-Key: digests of that key, and of what was asked. */
  readonly once?: { readonly key: string; readonly digest: string };
}

export type Fact = Happening & Provenance;

type Happening =
  // the daemon
  | { type: "daemon.started"; pid: number; version: string; boot: string }
  | { type: "daemon.stopped"; sessions: "left running" | "ended" }
  | { type: "daemon.stop.requested"; by: Requester; endSessions: boolean }
  | { type: "config.applied"; config: Config }
  /** What the config file said is not in force: the one before is. `problems` are bounded lines without excerpts. */
  | { type: "config.rejected"; problems: readonly string[] }
  | { type: "worker.failed"; worker: string; error: string; times: number }
  | { type: "request.refused"; request: string; reason: string }
  | { type: "session.start.requested"; session: SessionName; by: Requester }
  | { type: "session.stop.requested"; session: SessionName; by: Requester }
  | { type: "session.restart.requested"; session: SessionName; by: Requester }
  | { type: "session.hold.requested"; session: SessionName; by: Requester; reason: string }
  | { type: "session.unhold.requested"; session: SessionName; by: Requester }
  | { type: "session.pin.requested"; session: SessionName; account: AccountId; by: Requester }
  | { type: "session.unpin.requested"; session: SessionName; by: Requester }
  // prompts that we type into a session
  /** The text lies in a file named by the id (`sendPath`); `digest` is that of what is typed. */
  | {
    type: "send.requested";
    session: SessionName;
    send: string;
    by: Requester;
    chars: number;
    digest: string;
    /** Typed until then, or not at all; epoch milliseconds. */
    until: number;
  }
  /** Written before the first key: from here on it may have been typed, so nobody types it again. */
  | { type: "send.typing"; session: SessionName; send: string; run: RunId }
  /** UserPromptSubmit told of just this text. */
  | { type: "send.accepted"; session: SessionName; send: string }
  | { type: "send.failed"; session: SessionName; send: string; reason: string }
  /** What a person had typed and not sent, as its run is about to end. The text lies in the file, never here. */
  | { type: "draft.saved"; session: SessionName; run: RunId; chars: number; path: string }
  // runs: what we do
  | { type: "run.planned"; session: SessionName; plan: RunPlan; why: string }
  | { type: "run.launched"; session: SessionName; run: RunId; pane: string; process: ProcessId }
  /** `tree`: what hung below the process when we began to stop it; all of it must be gone in the end. */
  | {
    type: "run.stopping";
    session: SessionName;
    run: RunId;
    why: string;
    tree: readonly ProcessId[];
  }
  // runs: what we see
  | {
    type: "run.ready";
    session: SessionName;
    run: RunId;
    conversation: ConversationId;
    source: string;
    transcript: string | null;
  }
  | {
    type: "run.status";
    session: SessionName;
    run: RunId;
    status: "idle" | "busy" | "waiting";
    waitingFor: string | null;
  }
  | {
    type: "prompt.accepted";
    session: SessionName;
    run: RunId;
    mark: string | null;
    seenAt: number;
  }
  | { type: "turn.ended"; session: SessionName; run: RunId }
  | { type: "turn.failed"; session: SessionName; run: RunId; refusal: Refusal; seenAt: number }
  | {
    type: "question.asked";
    session: SessionName;
    run: RunId;
    about: "permission" | "human" | "dialog";
  }
  /** On its screen. `person`: why a person has to answer it; null: it is answered by us. */
  | {
    type: "dialog.seen";
    session: SessionName;
    run: RunId;
    kind: DialogKind;
    person: string | null;
  }
  /** We chose this option, and the dialog is gone. */
  | { type: "dialog.answered"; session: SessionName; run: RunId; kind: DialogKind; option: string }
  | { type: "run.proven"; session: SessionName; run: RunId }
  | { type: "run.closing"; session: SessionName; run: RunId; reason: string }
  | { type: "run.ended"; session: SessionName; run: RunId; exit: number | null }
  /** Restarts change nothing: given up until a person starts it. */
  | { type: "session.quarantined"; session: SessionName; why: string }
  /** First seen, or another one than before. */
  | { type: "tmux.server.seen"; server: ProcessId }
  | AccountFact
  // the swap
  | {
    type: "swap.requested";
    swap: SwapId;
    from: AccountId;
    to: AccountId;
    by: Requester;
    reason: SwapReason;
    sessions: readonly SessionName[];
    /** The proposal that it carries out. */
    proposal?: ProposalId;
    /** What was known when it was decided. A journal of an earlier version does not say it. */
    grounds?: Grounds;
  }
  /** Ends sessions in good order: at a wall, to go on when some account has room again; by a person's word, when needed. */
  | {
    type: "park.requested";
    swap: SwapId;
    from: AccountId;
    by: Requester;
    reason: SwapReason;
    sessions: readonly SessionName[];
    /** They come up when they are needed, not as soon as there is room. */
    onDemand?: true;
    /** As of a swap. */
    grounds?: Grounds;
  }
  /** Nothing was stopped yet, and the target cannot take the work: all of it goes to another account. */
  | { type: "swap.redirected"; swap: SwapId; to: AccountId; reason: string }
  | {
    type: "swap.proposed";
    from: AccountId;
    to: AccountId;
    reason: SwapReason;
    // A journal of an earlier version says none of these.
    proposal?: ProposalId;
    /** Until when a person may answer, in epoch milliseconds, and what happens without an answer. */
    deadline?: number;
    then?: ConfirmThen;
    /** Only these of the account's sessions; absent: all that may move. */
    sessions?: readonly SessionName[];
  }
  /** A person's word against it, or the policy's: it no longer fits, or nobody has answered in time. */
  | {
    type: "proposal.closed";
    proposal: ProposalId;
    how: "rejected" | "withdrawn" | "lapsed";
    by: Requester;
    reason: string;
    /** Rejected or lapsed: not to be proposed again before that, in epoch milliseconds. */
    until: number | null;
  }
  | { type: "swap.finished"; swap: SwapId }
  | { type: "swap.failed"; swap: SwapId; reason: string }
  | { type: "move.step.started"; swap: SwapId; session: SessionName; step: MoveStep }
  | { type: "move.quiesced"; swap: SwapId; session: SessionName; as: Quiesced }
  | { type: "move.planned"; swap: SwapId; session: SessionName; plan: RunPlan }
  | { type: "move.step.finished"; swap: SwapId; session: SessionName; step: MoveStep }
  | { type: "move.redirected"; swap: SwapId; session: SessionName; to: AccountId; reason: string }
  /** No account is left for it: it is ended, if it is not yet, and then parked. */
  | {
    type: "move.parking";
    swap: SwapId;
    session: SessionName;
    reason: string;
    /** An account would take it; it is idle, and comes up only when it is needed. */
    onDemand?: true;
  }
  | { type: "move.parked"; swap: SwapId; session: SessionName; until: number }
  | { type: "move.finished"; swap: SwapId; session: SessionName }
  | {
    type: "move.failed";
    swap: SwapId;
    session: SessionName;
    reason: string;
    left: "untouched" | "stopped";
    /** What it was for is gone, so nothing speaks against another one at once. */
    moot?: true;
  }
  | TaskFact
  | NoticeFact
  | HostFact
  /** A duty of the janitor removed something, or could not. */
  | {
    type: "janitor.tidied";
    duty: DutyName;
    removed: number;
    bytes: number;
    problems: readonly string[];
  }
  | { type: "freeze.requested"; by: Requester; reason: string }
  | { type: "thaw.requested"; by: Requester };

export type EventType = Fact["type"];
export type Event<K extends EventType = EventType> =
  & Extract<Fact, { type: K }>
  & { readonly seq: number; readonly at: number };
