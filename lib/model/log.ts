/**
 * The daemon's own log: how much it says of what, and where it is kept.
 *
 * @module
 */

/** From all to little. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The parts of the program that a level can be set for. */
export const LOG_AREAS = [
  "daemon",
  "config",
  "sessions",
  "accounts",
  "moves",
  "tasks",
  "notices",
  "janitor",
] as const;
export type LogArea = (typeof LOG_AREAS)[number];

export interface LogSpec {
  readonly level: LogLevel;
  /** Of single areas; the others have `level`. */
  readonly levels: Readonly<Partial<Record<LogArea, LogLevel>>>;
  /** JSON lines, beside what is printed; null: nowhere. */
  readonly file: {
    /** Absolute. */
    readonly path: string;
    /** Past it a new file is begun. */
    readonly maxBytes: number;
    /** How many files there are at most. */
    readonly keep: number;
  } | null;
}

/** Of a config in the journal of a version that had no log. */
export const DEFAULT_LOG: LogSpec = { level: "info", levels: {}, file: null };
