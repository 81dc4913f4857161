/**
 * What people are told of: one thing that happened and matters to somebody who is not watching.
 *
 * A notice is made of events of the journal by pure rules, so the same journal always makes the same notices.
 *
 * @module
 */
import type { Requester } from "./event.ts";
import type { AccountId, SessionName, TaskId } from "./ids.ts";

/** `critical`: work stands still or something may be lost; `warning`: it soon may; `info`: good to know. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const NOTICE_KINDS = [
  "failover.done",
  "failover.failed",
  "failover.proposed",
  "accounts.full",
  "account.unfit",
  "login.expiring",
  "session.waiting",
  "session.degraded",
  "session.quarantined",
  "session.recovered",
  "task.done",
  "task.failed",
  "task.needs_attention",
  "daemon.started",
  "daemon.stopped",
  "daemon.crashed",
  "daemon.trouble",
  "config.rejected",
  "host.warning",
  "digest",
  "test",
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What a notice is about, as far as it is about one of these; routes match on it. */
export interface Subject {
  readonly session?: SessionName;
  readonly account?: AccountId;
  readonly project?: string;
  readonly task?: TaskId;
}

export interface Notice {
  /** The same for the same happening, however often it is made; notices that belong together share it (`count`). */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly severity: Severity;
  /** Of the last event that it was made of, in epoch milliseconds. */
  readonly at: number;
  /** One line: what happened. */
  readonly title: string;
  /** What was done, and the circumstances: short lines, plain text. */
  readonly lines: readonly string[];
  /** What the person should do, with the command to type; null: nothing. */
  readonly todo: string | null;
  readonly subject: Subject;
  /** The places in the journal that it was made of. */
  readonly seqs: { readonly first: number; readonly last: number };
  /** How many happenings it stands for. */
  readonly count: number;
}

/** Which notices are meant: all that fit every part; an empty one means all. */
export interface NoticeMatch {
  /** At least. */
  readonly severity?: Severity;
  readonly kinds?: readonly NoticeKind[];
  readonly sessions?: readonly SessionName[];
  readonly accounts?: readonly AccountId[];
  readonly projects?: readonly string[];
}

/** A person's word that something is not to be told for a time. */
export interface Silence {
  readonly id: string;
  readonly match: NoticeMatch;
  /** Epoch milliseconds, as `since`. */
  readonly until: number;
  readonly since: number;
  readonly reason: string;
  readonly by: Requester;
}

export function matches({ severity, kind, subject }: Notice, match: NoticeMatch): boolean {
  const within = (list: readonly string[] | undefined, value: string | undefined) =>
    list === undefined || (value !== undefined && list.includes(value));
  const least = match.severity === undefined ? 0 : SEVERITIES.indexOf(match.severity);
  return SEVERITIES.indexOf(severity) >= least &&
    within(match.kinds, kind) &&
    within(match.sessions, subject.session) &&
    within(match.accounts, subject.account) &&
    within(match.projects, subject.project);
}
