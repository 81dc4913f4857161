/**
 * A task: one Markdown file that somebody dropped into a project's inbox, and what became of it.
 *
 * The file is the promise, the journal is the story. A task is always in exactly one place (`TaskPlace`), and each
 * place says which file there must be: `lib/queue` keeps the files so, and asks them after a crash.
 *
 * @module
 */
import type { Requester } from "./event.ts";
import type { AccountId, ConversationId, SessionName, TaskId } from "./ids.ts";

/** What a task file may say in its front matter, beside its `id`. */
export const TASK_KEYS = [
  "title",
  "priority",
  "session",
  "model",
  "account",
  "after",
  "not_before",
  "timeout",
  "max_attempts",
  "labels",
] as const;
export type TaskKey = (typeof TASK_KEYS)[number];

/** What a task asks for, as far as the config lets a file ask for it. */
export interface TaskSpec {
  /** For people: at most 120 characters, the name of the file when it has none. */
  readonly title: string;
  /** 0 to 100; greater goes first; 50 when it says nothing. */
  readonly priority: number;
  /** `ref`s of tasks of the same project that must be done before. */
  readonly after: readonly string[];
  readonly labels: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number | null;
  /** From the accepted prompt on; null: as the config says. */
  readonly timeoutMs: number | null;
  readonly maxAttempts: number | null;
  /** Only there, only under it, only where `claude` was started with it. */
  readonly session: SessionName | null;
  readonly account: AccountId | null;
  readonly model: string | null;
  /** 0: a person made it; else one more than the task whose agent made it. */
  readonly hops: number;
}

/** How a task ended for good. */
export type TaskEnd = "done" | "failed" | "cancelled";

export type TaskPlace =
  /** In the inbox. `notBefore`: not again until then, after an attempt that failed. */
  | { readonly at: "queued"; readonly since: number; readonly notBefore: number | null }
  /** Chosen for a session: the marker is made, then the prompt is handed over. */
  | Assigned
  | Running
  /** A turn ended without a word on the task, also after the nudge; or a hand-over whose outcome is unknown. */
  | {
    readonly at: "attention";
    readonly since: number;
    readonly why: string;
    readonly session: SessionName | null;
  }
  /** Another daemon's marker stands beside the file. */
  | { readonly at: "elsewhere"; readonly since: number; readonly owner: string }
  | Returning
  /** Ended; the result is still to be written and the file to be put away. */
  | Closing
  /** Put away: `file` is its name in the folder of its end. */
  | {
    readonly at: "closed";
    readonly as: TaskEnd;
    readonly why: string | null;
    readonly since: number;
    readonly file: string | null;
  };

export interface Assigned {
  readonly at: "assigned";
  readonly since: number;
  readonly session: SessionName;
  readonly account: AccountId;
  /** Stands in the prompt; the hand-over counts when Claude Code says that it took it. */
  readonly mark: string;
  /** The marker file is there and is ours. */
  readonly claimed: boolean;
  /** When typing began: from then on, until the mark is seen, it may or may not have arrived. */
  readonly sentAt: number | null;
}

export interface Running {
  readonly at: "running";
  readonly since: number;
  readonly session: SessionName;
  readonly conversation: ConversationId | null;
  readonly account: AccountId;
  readonly mark: string;
  /** A turn ended and the task is not said to be done: when. Null while it works. */
  readonly silentSince: number | null;
  /** The one reminder that it gets. */
  readonly nudge: { readonly mark: string; readonly sentAt: number } | null;
}

export interface Closing {
  readonly at: "closing";
  readonly as: TaskEnd;
  readonly since: number;
  /** Who said so: the agent by moving the file or by the command, a person, or we. */
  readonly by: "agent" | Requester;
  readonly why: string | null;
}

/** To be tried again: its file is still to be brought back from the folder of its end. */
export interface Returning {
  readonly at: "returning";
  readonly since: number;
  readonly from: TaskEnd;
  /** Its name there. */
  readonly file: string;
}

/** One try: a session got the task. The last ones are kept. */
export interface Attempt {
  /** From 1. */
  readonly nth: number;
  /** Of its prompt; a journal of an earlier version does not say. */
  readonly mark?: string | undefined;
  readonly session: SessionName;
  readonly account: AccountId;
  /** Those under which it went on, in order; absent while there are none. */
  readonly then?: readonly AccountId[] | undefined;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly end: string | null;
}

export interface Task {
  readonly id: TaskId;
  readonly project: string;
  /** Of the file in the inbox, with `.md`. */
  readonly file: string;
  /** By which others name it in `after`: its front matter's `id`, else the file's name without `.md`. */
  readonly ref: string;
  readonly spec: TaskSpec;
  /** Of the file's content as it was read. */
  readonly digest: string;
  readonly foundAt: number;
  /** Keys that the file set and may not set. */
  readonly ignored: readonly TaskKey[];
  readonly place: TaskPlace;
  readonly attempts: readonly Attempt[];
  /** How many moves to another account it lived through. */
  readonly swapsSurvived: number;
}

/** Tasks that are put away stay in the state so many at most, the latest ones. */
export const CLOSED_TASKS = 200;
export const ATTEMPTS_KEPT = 10;

/** The session that has the task in its hands, or null. */
export function sessionOf(task: Task): SessionName | null {
  return task.place.at === "assigned" || task.place.at === "running" ? task.place.session : null;
}

/** Whether it will never be worked on again. */
export function isOver({ place }: Task): boolean {
  return place.at === "closing" || place.at === "closed";
}
