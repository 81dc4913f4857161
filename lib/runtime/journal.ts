/**
 * The journal on disk: events, the keys of what was recorded once, and one snapshot, in SQLite.
 *
 * It knows rows, not rules: what may be written and what it means is the store's business.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Event } from "../model/event.ts";

/** The version of the tables below, kept in `PRAGMA user_version`. */
const SCHEMA_VERSION = 2;

// Every column is NOT NULL: node:sqlite binds NULL for an argument that is missing, and says nothing.
const SCHEMA_1 = `
  CREATE TABLE journal (
    seq  INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    type TEXT    NOT NULL,
    body TEXT    NOT NULL
  ) STRICT;
  CREATE TABLE once (
    key  TEXT    NOT NULL PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE snapshot (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    seq   INTEGER NOT NULL,
    fold  INTEGER NOT NULL,
    state TEXT    NOT NULL
  ) STRICT;`;

/** Events before \`first\` were removed; whoever folds anew begins with this state, which is that after event \`seq\`. */
const SCHEMA_2 = `
  CREATE TABLE base (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    first INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    fold  INTEGER NOT NULL,
    state TEXT    NOT NULL
  ) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};`;

/** The journal could not be opened, read or written. Nothing was changed by the call that threw it. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly path: string;
  /** The event it is about, if it is about one. */
  readonly seq: number | null;
  /** A newer version has written it: to try again does not help. */
  readonly isNewer: boolean;

  constructor(
    message: string,
    { path, seq = null, isNewer = false, cause }: {
      path: string;
      seq?: number | null;
      isNewer?: boolean;
      cause?: unknown;
    },
  ) {
    super(message, { cause });
    this.path = path;
    this.seq = seq;
    this.isNewer = isNewer;
  }
}

/** An event as it is written: `body` is the JSON of its fact. */
export interface Row {
  readonly seq: number;
  /** Epoch milliseconds, an integer. */
  readonly at: number;
  readonly type: string;
  readonly body: string;
}

export interface Snapshot {
  /** Of the last event it contains. */
  readonly seq: number;
  /** The `FOLD_VERSION` it was made by. */
  readonly fold: number;
  /** JSON. */
  readonly state: string;
}

/** Whoever looks in between sees none of it: it is one transaction. */
const PROBE_KEY = "(can it be written?)";

interface Trim {
  readonly at: number;
  readonly keep: number;
  readonly lateAt: number;
}

/** Opens the connection. A test gives its own, to fill the disk or to forbid writing. */
export type Connect = (path: string) => DatabaseSync;

/** A lock held by another program (a backup, the `sqlite3` shell) is waited for this long. */
const BUSY_MS = 2_000;

export const connect: Connect = (path) => new DatabaseSync(path, { timeout: BUSY_MS });

/** For who only looks: a write through it is refused by SQLite. */
export const connectReadOnly: Connect = (path) =>
  new DatabaseSync(path, { timeout: BUSY_MS, readOnly: true });

export class Journal implements Disposable {
  readonly path: string;
  #db: DatabaseSync;
  #statements = new Map<string, StatementSync>();

  /** @throws {JournalError} if it is no journal, or one of a newer version */
  constructor(path: string, open: Connect) {
    this.path = path;
    let db: DatabaseSync | null = null;
    try {
      db = open(path);
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      this.#db = db;
      this.#migrate();
    } catch (error) {
      db?.close();
      throw this.#error("open", error);
    }
  }

  #migrate(): void {
    const version = Number(this.#get("PRAGMA user_version")?.user_version);
    if (version === SCHEMA_VERSION) return;
    if (version > SCHEMA_VERSION) {
      throw new JournalError(
        `Cannot open the journal ${this.path}: it has schema ${version}, and this version knows ` +
          `${SCHEMA_VERSION} at most. Start the newer claude-failover that wrote it.`,
        { path: this.path, isNewer: true },
      );
    }
    this.#transaction(() => this.#db.exec(version === 0 ? SCHEMA_1 + SCHEMA_2 : SCHEMA_2));
  }

  /** Writes all of it or nothing. */
  append({ rows, key, snapshot }: {
    rows: readonly Row[];
    key: string | null;
    snapshot: Snapshot | null;
  }): void {
    try {
      this.#transaction(() => {
        for (const { seq, at, type, body } of rows) {
          this.#run("INSERT INTO journal VALUES (?, ?, ?, ?)", seq, at, type, body);
        }
        if (key !== null) this.#run("INSERT INTO once VALUES (?)", key);
        if (snapshot) {
          const { seq, fold, state } = snapshot;
          this.#run("INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?, ?)", seq, fold, state);
        }
      });
    } catch (error) {
      throw this.#error("write", error);
    }
  }

  /** Writes something and takes it away again, down to the disk; throws as `append` does. */
  probe(): void {
    try {
      this.#transaction(() => {
        this.#run("INSERT INTO once VALUES (?)", PROBE_KEY);
        this.#run("DELETE FROM once WHERE key = ?", PROBE_KEY);
      });
    } catch (error) {
      throw this.#error("write", error);
    }
  }

  /** How much of the disk it takes, its write-ahead log included. */
  bytes(): number {
    return [this.path, `${this.path}-wal`].reduce((sum, path) => sum + sizeOf(path), 0);
  }

  hasKey(key: string): boolean {
    try {
      return this.#get("SELECT 1 FROM once WHERE key = ?", key) !== undefined;
    } catch (error) {
      throw this.#error("read", error);
    }
  }

  /** How many keys that begin with `prefix` were there. */
  forgetKeys(prefix: string): number {
    try {
      return this.#run("DELETE FROM once WHERE substr(key, 1, length(?1)) = ?1", prefix);
    } catch (error) {
      throw this.#error("write", error);
    }
  }

  /** How many events were written before that time, and how many there are. */
  countBefore(at: number): { readonly old: number; readonly all: number } {
    try {
      const row = this.#get(
        "SELECT count(*) AS n, coalesce(sum(at < ?), 0) AS old FROM journal",
        at,
      );
      return { old: Number(row?.old), all: Number(row?.n) };
    } catch (error) {
      throw this.#error("read", error);
    }
  }

  /**
   * Removes the events from the first one on that were written before that time; `base` is the state now. Says how many. From
   * `keep` on only those before `lateAt`.
   */
  trim({ at, keep, lateAt }: Trim, { seq, fold, state }: Snapshot): number {
    try {
      let removed = 0;
      this.#transaction(() => {
        // A clock that was set back leaves later events with earlier times: what follows a young one stays.
        const youngFrom = (time: number) =>
          this.#get("SELECT min(seq) AS seq FROM journal WHERE at >= ?", time)?.seq;
        const late = Math.max(keep, Number(youngFrom(lateAt) ?? seq));
        const first = Math.min(Number(youngFrom(at) ?? seq), late, seq);
        removed = this.#run("DELETE FROM journal WHERE seq < ?", first);
        this.#run("INSERT OR REPLACE INTO base VALUES (1, ?, ?, ?, ?)", first, seq, fold, state);
      });
      return removed;
    } catch (error) {
      throw this.#error("write", error);
    }
  }

  /** From where to fold when there is no snapshot of the present fold; null: from the first event. */
  base(): Snapshot | null {
    try {
      const row = this.#get("SELECT seq, fold, state FROM base");
      return row as unknown as Snapshot ?? null;
    } catch (error) {
      throw this.#error("read", error);
    }
  }

  /** The `seq` of the oldest event that was not trimmed; 1 when none was written yet. */
  first(): number {
    try {
      return Number(this.#get("SELECT first FROM base")?.first ?? 1);
    } catch (error) {
      throw this.#error("read", error);
    }
  }

  /** The `seq` of the last event that was written at that time or before; 0: none is kept. */
  lastUntil(at: number): number {
    try {
      return Number(this.#get("SELECT max(seq) AS seq FROM journal WHERE at <= ?", at)?.seq ?? 0);
    } catch (error) {
      throw this.#error("read", error);
    }
  }

  /** The events after `seq` in order, at most `limit` (-1: all). Those that were trimmed are left out. */
  *read(after: number, limit: number): Generator<Event> {
    let last = after;
    try {
      last = Math.max(after, this.first() - 1);
      const rows = this.#prepare("SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?");
      for (const row of rows.iterate(after, limit)) {
        const event = this.#parse(row as unknown as Row, last);
        last = event.seq;
        yield event;
      }
    } catch (error) {
      throw this.#error("read", error, last + 1);
    }
  }

  #parse({ seq, at, body }: Row, last: number): Event {
    if (seq !== last + 1) throw new Error("it is missing");
    return { ...JSON.parse(body), seq, at };
  }

  snapshot(): Snapshot | null {
    try {
      const row = this.#get("SELECT seq, fold, state FROM snapshot");
      return row as unknown as Snapshot ?? null;
    } catch (error) {
      throw this.#error("read", error);
    }
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#db.close();
  }

  #transaction(write: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      write();
      this.#db.exec("COMMIT");
    } catch (error) {
      // SQLite has rolled back by itself when the disk is full.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #get(sql: string, ...values: (string | number)[]) {
    return this.#prepare(sql).get(...values);
  }

  #run(sql: string, ...values: (string | number)[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #error(what: "open" | "read" | "write", cause: unknown, seq: number | null = null): JournalError {
    if (cause instanceof JournalError) return cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    const reason = text.endsWith("journal.seq")
      ? `another process has written to it, a second daemon perhaps (${text})`
      : text;
    const object = seq === null ? "the journal" : `event ${seq} of the journal`;
    return new JournalError(`Cannot ${what} ${object} ${this.path}: ${reason}`, {
      path: this.path,
      seq,
      cause,
    });
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0; // in memory, or not made yet
  }
}
