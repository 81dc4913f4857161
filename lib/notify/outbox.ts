/**
 * What is to be sent, was sent, or never will be, in an SQLite file of its own beside the journal.
 *
 * It knows rows, not rules. What one call writes is written as a whole: a notice is in the outbox exactly when the cursor
 * is past its event. It is written without waiting for the disk (`synchronous = NORMAL`): what a dying process has
 * written stays; after a power cut the cursor lies with the messages a moment back, and they are made again.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SaidStage } from "../model/said.ts";
import { makePrivate } from "../runtime/store.ts";
import type { Bundle } from "./bundle.ts";

const SCHEMA_VERSION = 1;
/** A clock that was set back by less makes a message wait for so long at most. */
const CLOCK_JUMP_MS = 60_000;

const SCHEMA = `
  CREATE TABLE place (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE channel (
    name      TEXT    NOT NULL PRIMARY KEY,
    since_seq INTEGER NOT NULL,
    rest      INTEGER NOT NULL,
    failures  INTEGER NOT NULL,
    why       TEXT    NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE message (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    channel  TEXT    NOT NULL,
    grp      TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    stage    TEXT    NOT NULL CHECK (stage IN ('pending', 'sending', 'sent', 'dead', 'silenced')),
    due      INTEGER NOT NULL,
    began    INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    unsure   INTEGER NOT NULL,
    prev     INTEGER NOT NULL,
    ref      TEXT    NOT NULL,
    why      TEXT    NOT NULL,
    body     TEXT    NOT NULL
  ) STRICT;
  CREATE INDEX message_next ON message (channel, stage, due);
  CREATE INDEX message_group ON message (channel, grp, stage);
  PRAGMA user_version = ${SCHEMA_VERSION};`;

export type Stage = SaidStage;

/** A message to one channel. Times are epoch milliseconds. */
export interface Row {
  readonly id: number;
  readonly channel: string;
  readonly group: string;
  /** The same at each attempt. */
  readonly key: string;
  readonly stage: Stage;
  /** Not before it. */
  readonly due: number;
  /** When the first of its group was made, or the message itself. */
  readonly began: number;
  /** When its stage or body last changed. */
  readonly changed: number;
  readonly attempts: number;
  /** An earlier attempt may have arrived. */
  readonly unsure: boolean;
  /** The message that it brings up to date; null: it is a new one. */
  readonly prev: number | null;
  readonly ref: string | null;
  /** Why the last attempt failed, why it is dead or silenced, or who of several did not take it. */
  readonly why: string | null;
  readonly bundle: Bundle;
}

export type NewRow =
  & Pick<Row, "channel" | "group" | "key" | "due" | "began" | "prev" | "bundle">
  & Partial<Pick<Row, "stage" | "why">>;

/** How a channel does. */
export interface Health {
  readonly name: string;
  /** Events up to it are none of its business: they were before it was in the config. */
  readonly sinceSeq: number;
  /** No attempt before it, in epoch milliseconds. */
  readonly rest: number;
  /** In a row. */
  readonly failures: number;
  readonly why: string | null;
}

type Value = string | number;
type Raw = Record<string, unknown>;

export class Outbox implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens it, or makes it (0600). `:memory:` keeps nothing. */
  constructor(path: string) {
    makePrivate(path);
    this.#db = new DatabaseSync(path, { timeout: 2_000 });
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const version = Number(this.#get("PRAGMA user_version")?.["user_version"]);
    if (version > SCHEMA_VERSION) {
      this.#db.close();
      throw new Error(`Cannot open ${path}: a newer claude-failover has made it`);
    }
    if (version === 0) this.together(() => this.#db.exec(SCHEMA));
  }

  /** All that `work` writes, or nothing. */
  together<T>(work: () => T): T {
    if (this.#db.isTransaction) return work();
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** The event up to which notices were made; null: none was looked at yet. */
  get seq(): number | null {
    const seq = this.#get("SELECT seq FROM place")?.["seq"];
    return seq === undefined ? null : Number(seq);
  }

  moveTo(seq: number | null): void {
    if (seq === null) this.#run("DELETE FROM place");
    else this.#run("INSERT OR REPLACE INTO place VALUES (1, ?)", seq);
  }

  health(): Health[] {
    return this.#all("SELECT * FROM channel ORDER BY name").map((raw) => ({
      name: String(raw["name"]),
      sinceSeq: Number(raw["since_seq"]),
      rest: Number(raw["rest"]),
      failures: Number(raw["failures"]),
      why: textOrNull(raw["why"]),
    }));
  }

  setHealth({ name, sinceSeq, rest, failures, why }: Health): void {
    this.#run(
      "INSERT OR REPLACE INTO channel VALUES (?, ?, ?, ?, ?)",
      ...[name, sinceSeq, Math.trunc(rest), failures, why ?? ""],
    );
  }

  forgetChannel(name: string): void {
    this.#run("DELETE FROM channel WHERE name = ?", name);
  }

  add(row: NewRow, now: number): void {
    const { channel, group, key, stage = "pending", due, began, prev, why = null, bundle } = row;
    this.#run(
      "INSERT INTO message (channel, grp, key, stage, due, began, changed, attempts, unsure, prev, ref, why, body) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, '', ?, ?)",
      ...[channel, group, key, stage, Math.trunc(due), Math.trunc(began), Math.trunc(now)],
      ...[prev ?? 0, why ?? "", JSON.stringify(bundle)],
    );
  }

  /** The last message of the group in one of these stages. */
  lastOf(channel: string, group: string, ...stages: readonly Stage[]): Row | null {
    const marks = stages.map(() => "?").join(", ");
    const raw = this.#get(
      `SELECT * FROM message WHERE channel = ? AND grp = ? AND stage IN (${marks}) ORDER BY id DESC LIMIT 1`,
      ...[channel, group, ...stages],
    );
    return raw ? rowOf(raw) : null;
  }

  byId(id: number): Row | null {
    const raw = this.#get("SELECT * FROM message WHERE id = ?", id);
    return raw ? rowOf(raw) : null;
  }

  /**
   * The first message of the channel that is due, behind that one (its id). One that is from the future is: the clock was set
   * back.
   */
  next(channel: string, now: number, behind = 0): Row | null {
    const raw = this.#get(
      "SELECT * FROM message WHERE channel = ? AND stage = 'pending' AND (due <= ? OR changed > ?) " +
        "AND id > ? ORDER BY id LIMIT 1",
      ...[channel, Math.trunc(now), Math.trunc(now) + CLOCK_JUMP_MS, behind],
    );
    return raw ? rowOf(raw) : null;
  }

  /** When the next one of the channel is due; null: none waits. */
  nextDue(channel: string): number | null {
    const due = this.#get(
      "SELECT min(due) AS due FROM message WHERE channel = ? AND stage = 'pending'",
      channel,
    )?.["due"];
    return due === null || due === undefined ? null : Number(due);
  }

  /** How many messages each channel has in each stage; what is not told is none. */
  counts(): { readonly channel: string; readonly stage: Stage; readonly count: number }[] {
    return this.#all("SELECT channel, stage, count(*) AS n FROM message GROUP BY channel, stage")
      .map(
        (raw) => ({
          channel: String(raw["channel"]),
          stage: raw["stage"] as Stage,
          count: Number(raw["n"]),
        }),
      );
  }

  count(channel: string, stage: Stage): number {
    const raw = this.#get(
      "SELECT count(*) AS n FROM message WHERE channel = ? AND stage = ?",
      ...[channel, stage],
    );
    return Number(raw?.["n"]);
  }

  change(
    id: number,
    changes: Partial<
      Pick<Row, "stage" | "due" | "attempts" | "unsure" | "ref" | "why" | "bundle" | "prev">
    >,
    now: number,
  ): void {
    const { bundle, unsure, ...plain } = changes;
    const values: Record<string, Value> = { changed: Math.trunc(now) };
    for (const [key, value] of Object.entries(plain)) {
      values[key] = typeof value === "number"
        ? Math.trunc(value)
        : value ?? (key === "prev" ? 0 : "");
    }
    if (unsure !== undefined) values["unsure"] = Number(unsure);
    if (bundle !== undefined) values["body"] = JSON.stringify(bundle);
    const sets = Object.keys(values).map((key) => `${key} = ?`).join(", ");
    this.#run(`UPDATE message SET ${sets} WHERE id = ?`, ...Object.values(values), id);
  }

  /** What was under way when the loop before ended, with the daemon perhaps, may have arrived. */
  recover(channel: string): void {
    this.#run(
      "UPDATE message SET stage = 'pending', unsure = 1 WHERE channel = ? AND stage = 'sending'",
      channel,
    );
  }

  /** The messages that wait for a channel that is no more: they are dead. */
  bury(channel: string, why: string, now: number): void {
    this.#run(
      "UPDATE message SET stage = 'dead', why = ?, changed = ? WHERE channel = ? AND stage IN ('pending', 'sending')",
      ...[why, Math.trunc(now), channel],
    );
  }

  /** The last messages, newest first. */
  history({ limit, channel, stage }: {
    readonly limit: number;
    readonly channel?: string | undefined;
    readonly stage?: Stage | undefined;
  }): Row[] {
    const rows = this.#all(
      "SELECT * FROM message WHERE (?1 = '' OR channel = ?1) AND (?2 = '' OR stage = ?2) " +
        "ORDER BY changed DESC, id DESC LIMIT ?3",
      ...[channel ?? "", stage ?? "", limit],
    );
    return rows.map(rowOf);
  }

  /** Forgets what is over, but the last `keep` of it. */
  trim(keep: number): void {
    this.#run(
      "DELETE FROM message WHERE stage NOT IN ('pending', 'sending') AND id <= " +
        "(SELECT coalesce(max(id), 0) FROM (SELECT id FROM message WHERE stage NOT IN ('pending', 'sending') " +
        "ORDER BY id DESC LIMIT 1 OFFSET ?))",
      keep,
    );
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#db.close();
  }

  #get(sql: string, ...values: Value[]): Raw | undefined {
    return this.#prepare(sql).get(...values) as Raw | undefined;
  }

  #all(sql: string, ...values: Value[]): Raw[] {
    return this.#prepare(sql).all(...values) as Raw[];
  }

  #run(sql: string, ...values: Value[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function rowOf(raw: Raw): Row {
  return {
    id: Number(raw["id"]),
    channel: String(raw["channel"]),
    group: String(raw["grp"]),
    key: String(raw["key"]),
    stage: raw["stage"] as Stage,
    due: Number(raw["due"]),
    began: Number(raw["began"]),
    changed: Number(raw["changed"]),
    attempts: Number(raw["attempts"]),
    unsure: raw["unsure"] === 1,
    prev: raw["prev"] === 0 ? null : Number(raw["prev"]),
    ref: textOrNull(raw["ref"]),
    why: textOrNull(raw["why"]),
    bundle: JSON.parse(String(raw["body"])),
  };
}

function textOrNull(value: unknown): string | null {
  return value === "" ? null : String(value);
}
