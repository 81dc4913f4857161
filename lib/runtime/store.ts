/**
 * The single writer: journal first, then state, then subscribers.
 *
 * `record` is synchronous on purpose: SQLite commits in the same turn of the event loop, so nobody sees a state
 * that a crash would take back. What is folded is what was written (the JSON of the fact, not the fact), so the
 * live state and a replayed one cannot differ.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Config } from "../model/config.ts";
import type { Event, EventType, Fact, Provenance } from "../model/event.ts";
import { fold, FOLD_VERSION } from "../model/fold.ts";
import { judge } from "../model/judge.ts";
import { EMPTY, type State } from "../model/state.ts";
import type { Inbox } from "./channel.ts";
import {
  type Connect,
  connect,
  connectReadOnly,
  Journal,
  JournalError,
  type Row,
} from "./journal.ts";
import { beginning, foldEvent, stateAfter, stateAt } from "./replay.ts";
import { type Subscriber, Wakeups } from "./wakeups.ts";
import type { LookAgain } from "./worker.ts";

export { JournalError };

export interface StoreOptions {
  /** Wall-clock time in epoch milliseconds. */
  readonly now: () => number;
  /** A snapshot of the state is written with every so many events, so a start reads at most these. */
  readonly snapshotEvery?: number;
  readonly connect?: Connect;
}

export function journalPath({ paths }: Config): string {
  return `${paths.stateDir}/journal.db`;
}

const SNAPSHOT_EVERY = 1_000;
const INBOX = 64;

/** Facts that are judged and not written yet. */
interface Batch {
  readonly rows: Row[];
  readonly events: Event[];
}

export class Store implements Disposable {
  #journal: Journal;
  #now: () => number;
  #snapshotEvery: number;
  #snapshotSeq = 0;
  #state: State = EMPTY;
  #batch: Batch | null = null;
  #writeProblem: JournalError | null = null;
  #subscribers = new Set<Subscriber>();

  /**
   * Opens the journal, or makes it (0600, its folder 0700), and folds what it holds. `:memory:` keeps nothing.
   *
   * @throws {JournalError} when it cannot be opened or an event in it cannot be folded (with its `seq`)
   */
  constructor(
    path: string,
    { now, snapshotEvery = SNAPSHOT_EVERY, connect: open = connect }: StoreOptions,
  ) {
    this.#now = now;
    this.#snapshotEvery = snapshotEvery;
    makePrivate(path);
    this.#journal = new Journal(path, open);
    try {
      this.#replay();
    } catch (error) {
      this.#journal[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * What a daemon that is gone has left, to look at: the events and the state they lead to. Null when there is no journal.
   *
   * @throws {JournalError} as the constructor does
   */
  static lookAt(path: string, options: Pick<StoreOptions, "now">): Store | null {
    return isFile(path) ? new Store(path, { ...options, connect: connectReadOnly }) : null;
  }

  get state(): State {
    return this.#state;
  }

  /** Why nothing can be recorded (the disk is full, say); null again as soon as something was. */
  get writeProblem(): JournalError | null {
    return this.#writeProblem;
  }

  /** Why nothing can be written now, by trying; null: it can. What the last `record` met counts until one succeeds. */
  canWrite(): JournalError | null {
    if (this.#writeProblem) return this.#writeProblem;
    try {
      this.#journal.probe();
      return null;
    } catch (error) {
      if (error instanceof JournalError) return error;
      throw error;
    }
  }

  /** How much of the disk the journal takes. */
  bytes(): number {
    return this.#journal.bytes();
  }

  /**
   * Makes facts durable, all or none, then visible. A request that the state does not allow becomes
   * `request.refused` in its place; each fact is judged against the state that those before it lead to.
   *
   * @throws {JournalError} when they could not be written: then nothing has changed and nobody was woken
   */
  record(...facts: Fact[]): Event[] {
    return facts.length === 0 ? [] : this.#commit(facts, null);
  }

  /**
   * What `work` records is written as one, when it returns: one wait for the disk. Only it sees the new state before that;
   * when it throws, or the write fails, nothing of it has happened.
   */
  together<T>(work: () => T extends Promise<unknown> ? never : T): T {
    if (this.#batch) return work();
    const before = this.#state;
    const batch: Batch = { rows: [], events: [] };
    this.#batch = batch;
    try {
      const result = work();
      if (batch.rows.length > 0) this.#write(batch, null);
      return result;
    } catch (error) {
      this.#state = before;
      throw error;
    } finally {
      this.#batch = null;
    }
  }

  /** As `record`, once for each key: null when something was recorded under it before. */
  recordOnce(key: string, ...facts: Fact[]): Event[] | null {
    return this.#journal.hasKey(key) ? null : this.#commit(facts, key);
  }

  /** Forgets the keys that begin with `prefix`, for when their source is gone; says how many. */
  forgetKeys(prefix: string): number {
    return this.#journal.forgetKeys(prefix);
  }

  /** How many events are older than that, in epoch milliseconds, and how many there are. */
  countBefore(at: number): { readonly old: number; readonly all: number } {
    return this.#journal.countBefore(at);
  }

  /**
   * Removes the events that are older than that. The state stays as it is, also for the next one who folds. Those from
   * `keepFrom` on stay, unless they are older than `lateAt` as well.
   */
  trim(
    at: number,
    { keepFrom = null, lateAt = at }: { keepFrom?: number | null; lateAt?: number } = {},
  ): number {
    const { seq } = this.#state;
    const keep = keepFrom ?? seq + 1;
    return this.#journal.trim({ at, keep, lateAt }, {
      seq,
      fold: FOLD_VERSION,
      state: JSON.stringify(this.#state),
    });
  }

  /** The `seq` of the oldest event that is kept. */
  first(): number {
    return this.#journal.first();
  }

  /** The events after a cursor (a `seq`), oldest first. For who must see every one. */
  events({ after = 0, limit = 1_000 }: { after?: number; limit?: number } = {}): Event[] {
    return [...this.#journal.read(after, limit)];
  }

  /** The state as it was then (epoch milliseconds), or null when the journal does not reach back so far; see `replay.ts`. */
  stateAt(at: number, rest: () => Promise<unknown>): Promise<State | null> {
    return stateAt(this.#journal, at, rest);
  }

  /** The state after that event, as `stateAt`. */
  stateAfter(seq: number, rest: () => Promise<unknown>): Promise<State | null> {
    return stateAfter(this.#journal, seq, rest);
  }

  /** An inbox that is woken by events of these types from now on. Dispose of it to end that. */
  subscribe<K extends EventType>(
    types: readonly K[] | "all",
  ): Inbox<Event<K> | LookAgain> & Disposable {
    const onDispose = () => this.#subscribers.delete(wakeups);
    const wakeups = new Wakeups<Event<K>>({ types, capacity: INBOX, onDispose });
    this.#subscribers.add(wakeups);
    return wakeups;
  }

  [Symbol.dispose](): void {
    for (const wakeups of this.#subscribers) wakeups[Symbol.dispose]();
    this.#journal[Symbol.dispose]();
  }

  #commit(facts: readonly Fact[], key: string | null): Event[] {
    const { rows, events, state } = judged(this.#state, facts, Math.trunc(this.#now()));
    const before = this.#state;
    this.#state = state;
    if (this.#batch) {
      if (key !== null) throw new Error("Cannot record under a key together with other facts");
      this.#batch.rows.push(...rows);
      this.#batch.events.push(...events);
      return events;
    }
    try {
      this.#write({ rows, events }, key);
    } catch (error) {
      this.#state = before;
      throw error;
    }
    return events;
  }

  /** The state is that after them. */
  #write({ rows, events }: Batch, key: string | null): void {
    const { seq } = this.#state;
    const due = seq - this.#snapshotSeq >= this.#snapshotEvery;
    const snapshot = due ? { seq, fold: FOLD_VERSION, state: JSON.stringify(this.#state) } : null;
    this.#append({ rows, key, snapshot });
    if (snapshot) this.#snapshotSeq = snapshot.seq;
    for (const event of events) {
      for (const wakeups of this.#subscribers) wakeups.offer(event);
    }
  }

  #append(entry: Parameters<Journal["append"]>[0]): void {
    try {
      this.#journal.append(entry);
      this.#writeProblem = null;
    } catch (error) {
      if (error instanceof JournalError) this.#writeProblem = error;
      throw error;
    }
  }

  #replay(): void {
    const { state, snapshot } = beginning(this.#journal);
    this.#state = state;
    this.#snapshotSeq = snapshot;
    for (const event of this.#journal.read(this.#state.seq, -1)) {
      this.#state = foldEvent(this.#state, event, this.#journal);
    }
  }
}

/** What the facts become: the rows to write, and the state after them. */
function judged(
  before: State,
  facts: readonly Fact[],
  at: number,
): { rows: Row[]; events: Event[]; state: State } {
  const rows: Row[] = [];
  const events: Event[] = [];
  let state = before;
  for (const asked of facts) {
    const reason = judge(state, asked);
    const fact: Fact = reason === null
      ? asked
      : { type: "request.refused", request: asked.type, reason, ...provenanceOf(asked) };
    const body = JSON.stringify(fact);
    const row = { seq: state.seq + 1, at, type: fact.type, body };
    const event: Event = { ...JSON.parse(body), seq: row.seq, at };
    state = fold(state, event);
    rows.push(row);
    events.push(event);
  }
  return { rows, events, state };
}

function provenanceOf({ via, once }: Fact): Provenance {
  return { ...(via === undefined ? {} : { via }), ...(once === undefined ? {} : { once }) };
}

/** SQLite gives its -wal and -shm files the mode of the main one. */
export function makePrivate(path: string): void {
  if (path === ":memory:") return;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!keepToOwner(path)) Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new JournalError(`Cannot make the journal ${path}: ${reason}`, { path, cause });
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** False when there is no such file. It is never opened here: closing it again would drop SQLite's own locks on it. */
function keepToOwner(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    if (isFile && mode !== null && (mode & 0o077) !== 0) Deno.chmodSync(path, 0o600);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
