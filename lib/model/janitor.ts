/**
 * What is tidied up, and what of the config concerns it.
 *
 * @module
 */

export const DUTY_NAMES = [
  "runs",
  "checkpoints",
  "locks",
  "texts",
  "panes",
  "markers",
  "archive",
  "journal",
] as const;
export type DutyName = (typeof DUTY_NAMES)[number];

const MINUTE_MS = 60_000;

/** In the order in which they are done. */
export const DUTIES: readonly {
  readonly name: DutyName;
  /** One line for people. */
  readonly summary: string;
  readonly everyMs: number;
}[] = [
  {
    name: "runs",
    summary: "folders of runs that ended more than an hour ago",
    everyMs: 10 * MINUTE_MS,
  },
  {
    name: "checkpoints",
    summary: "old checkpoints, and all but the last 5 of a session",
    everyMs: 10 * MINUTE_MS,
  },
  {
    name: "locks",
    summary: "lock files of conversations that no session has",
    everyMs: 10 * MINUTE_MS,
  },
  {
    name: "texts",
    summary: "week-old prompts and notes that nobody has any more",
    everyMs: 60 * MINUTE_MS,
  },
  {
    name: "panes",
    summary: "tmux sessions of ours that ended and have left the config",
    everyMs: 10 * MINUTE_MS,
  },
  {
    name: "markers",
    summary: "markers in inboxes whose owner is provably gone",
    everyMs: 10 * MINUTE_MS,
  },
  {
    name: "archive",
    summary: "ended tasks of months that are past janitor.archive_after",
    everyMs: 60 * MINUTE_MS,
  },
  {
    name: "journal",
    summary: "events past janitor.keep_events",
    everyMs: 360 * MINUTE_MS,
  },
];

export interface JanitorSpec {
  /** Ended tasks stay in `done/`, `failed/` and `cancelled/` so long; null: for ever. */
  readonly archiveAfterMs: number | null;
  /** Checkpoints that nothing needs any more. */
  readonly keepCheckpointsMs: number;
  /** Events of the journal; null: for ever. */
  readonly keepEventsMs: number | null;
}
