/**
 * What the control plane needs of the daemon.
 *
 * @module
 */
import type { AccountSpec } from "../model/config.ts";
import type { Event, Fact } from "../model/event.ts";
import type { DutyName } from "../model/janitor.ts";
import type { Preflight } from "../model/preflight.ts";
import type { ChannelHealth, Said, SaidQuery } from "../model/said.ts";
import type { State } from "../model/state.ts";
import type { EventSource } from "./feed.ts";
import type { ChannelFigures } from "./metrics/notify_figures.ts";
import type { Reload } from "./reload.ts";
import type { OwnFigures, Vitals } from "./health/vitals.ts";
import type { AtKeyboard } from "./session_view.ts";

export interface Control extends EventSource {
  state(): State;
  /** The state as it was then (epoch milliseconds); null: the journal does not reach back so far. */
  stateAt(at: number): Promise<State | null>;
  record(...facts: Fact[]): Event[];
  /** Why nothing can be recorded; null when all is well. */
  journalProblem(): string | null;
  readonly vitals: Vitals;
  /** What the daemon itself takes. */
  own(): OwnFigures;
  /** How the channels of notices do. */
  channels(): readonly ChannelFigures[];
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after so long by the clock, or as soon as the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Resolves after whatever else is to be done now. */
  breathe(): Promise<void>;
  newId(): string;
  /** What the session's pane shows; rejects with `TmuxError` when there is none. */
  capture(session: string, options: { historyLines: number }): Promise<string>;
  /** Who is at the session's keyboard; null when that cannot be told. */
  person(session: string): Promise<AtKeyboard | null>;
  /** What becomes of a text that is to be typed, and how to keep it until then. */
  prompt(id: string, text: string): {
    /** Why nobody could tell whether it was taken; null: it may be sent. */
    readonly unsendable: string | null;
    /** Of what is typed. */
    readonly digest: string;
    keep(): Promise<void>;
  };
  /**
   * Moves a task's file from the inbox of one project to that of another, never over anything; its name there, or null when it
   * is gone.
   */
  moveTaskFile(file: string, from: string, to: string): Promise<string | null>;
  /** Puts a new task into the inbox of a project of the config, never over anything. */
  addTask(wish: TaskWish): Promise<TaskAdded | { readonly refused: string }>;
  /** Keeps what is said of a task's end until its result is written; it never stands in the journal. */
  keepNote(task: string, note: string): Promise<void>;
  /** The checkpoints of a session, newest first; what cannot be read is left out. */
  checkpoints(session: string): Promise<readonly CheckpointView[]>;
  /** Reads the config file again; what comes of it is recorded by `record`. */
  reload(record: Control["record"]): Promise<Reload>;
  /** What stands in the way of work under an account of the config in force, found out now. */
  check(account: AccountSpec): Promise<Preflight>;
  /** How the channels of notices do, in the order of the names. */
  channelHealth(names: readonly string[]): ChannelHealth[];
  /** What was said to people, newest first. */
  said(query: SaidQuery): Said[];
  /** Lets the janitor do these duties now. */
  tidy(wish: TidyWish): Promise<TidyResult[]>;
}

export interface TaskWish {
  readonly project: string;
  /** Markdown. */
  readonly text: string;
  readonly title?: string | undefined;
  readonly priority?: number | undefined;
  /** `ref`s of tasks that must be done before. */
  readonly after?: readonly string[] | undefined;
  /** The task whose agent asks, and how far that one is from a person; null: a person asks. */
  readonly maker: { readonly task: string; readonly hops: number } | null;
}

export interface TaskAdded {
  /** Its name in the inbox. */
  readonly file: string;
  /** Takes it away again. */
  undo(): Promise<void>;
}

/** What a checkpoint says for sure; the rest is as `checkpoint show --json` has it. */
export interface CheckpointView {
  readonly id: string;
  readonly session: string;
  readonly takenAt: number;
}

export interface TidyWish {
  /** Undefined: all of them. */
  readonly duties?: readonly DutyName[] | undefined;
  readonly dryRun: boolean;
}

/** What came of one duty. */
export interface TidyResult {
  readonly duty: DutyName;
  readonly dryRun: boolean;
  readonly found: readonly {
    readonly what: string;
    readonly why: string;
    readonly bytes: number | null;
  }[];
  readonly removed: number;
  readonly bytes: number;
  readonly problems: readonly string[];
}
