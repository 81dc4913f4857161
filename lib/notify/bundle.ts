/**
 * Notices that belong together, and the one notice that tells of them: pure.
 *
 * However many there are, what is kept of them stays small: the last ones whole, the rest as a number.
 *
 * @module
 */
import type { Notice, NoticeKind, Severity, Subject } from "../model/notice.ts";
import { SEVERITIES } from "../model/notice.ts";
import { type LocalTimeOf, wallTime } from "../words/time.ts";
import { named } from "./make.ts";

export interface Bundle {
  /** The last ones, oldest first; of those with the same id the latest. */
  readonly kept: readonly Notice[];
  /** How many happenings they and those that are not kept stand for. */
  readonly count: number;
  readonly severity: Severity;
  readonly seqs: Notice["seqs"];
}

const KEPT = 20;
const LINES = 8;

export function bundleOf(notice: Notice): Bundle {
  const { count, severity, seqs } = notice;
  return { kept: [notice], count, severity, seqs };
}

export function plus(bundle: Bundle, notice: Notice): Bundle {
  const again = bundle.kept.find((n) => n.id === notice.id && sameWords(n, notice));
  const replaced = bundle.kept.filter((n) => n.id !== notice.id);
  // The same happening, of which more is known now; said in the same words, it has happened once more.
  const isNew = again !== undefined || replaced.length === bundle.kept.length;
  const count = (again?.count ?? 0) + notice.count;
  return {
    kept: [...replaced, { ...notice, count }].slice(-KEPT),
    count: bundle.count + (isNew ? notice.count : 0),
    severity: graver(bundle.severity, notice.severity),
    seqs: {
      first: Math.min(bundle.seqs.first, notice.seqs.first),
      last: Math.max(bundle.seqs.last, notice.seqs.last),
    },
  };
}

/** The one with the other behind it. */
export function joined(bundle: Bundle, later: Bundle): Bundle {
  const all = later.kept.reduce(plus, bundle);
  const unkept = later.count - later.kept.reduce((sum, n) => sum + n.count, 0);
  return {
    kept: all.kept,
    count: all.count + Math.max(0, unkept),
    severity: graver(all.severity, later.severity),
    seqs: {
      first: Math.min(all.seqs.first, later.seqs.first),
      last: Math.max(all.seqs.last, later.seqs.last),
    },
  };
}

function sameWords(a: Notice, b: Notice): boolean {
  return a.title === b.title && a.lines.join() === b.lines.join();
}

/** What notices of one kind are called together. A digest holds several kinds. */
const TOGETHER: Readonly<Record<NoticeKind, string>> = {
  "failover.done": "Failovers are done",
  "failover.failed": "Failovers have failed",
  "failover.proposed": "Failovers wait for your word",
  "accounts.full": "No account has room",
  "account.unfit": "Accounts cannot take work",
  "login.expiring": "Sign-ins run out soon",
  "session.waiting": "Sessions wait for you",
  "session.degraded": "Sessions have died or get no answers",
  "session.quarantined": "Sessions are given up",
  "session.recovered": "Sessions are well again",
  "task.done": "Tasks are done",
  "task.failed": "Tasks have failed",
  "task.needs_attention": "Tasks need attention",
  "daemon.started": "The daemon has started",
  "daemon.stopped": "The daemon was stopped",
  "daemon.crashed": "The daemon has ended without a word and runs again",
  "daemon.trouble": "Parts of the daemon fail",
  "config.rejected": "The changed config is not in force",
  "host.warning": "Something about this machine",
  digest: "What has happened meanwhile",
  test: "Tests",
};

/** The notice that tells of all of them. */
export function tell({ kept, count, severity, seqs }: Bundle, localTime: LocalTimeOf): Notice {
  const last = kept.at(-1)!;
  if (kept.length === 1 && kept[0]!.kind !== "digest") return { ...last, severity, count, seqs };
  const kinds = new Set(kept.map((n) => n.kind));
  const kind = kinds.size === 1 ? last.kind : "digest";
  const subjects = [...new Set(kept.flatMap(({ subject }) => nameOf(subject) ?? []))];
  const about = subjects.length > 0 ? `: ${named(subjects, 5)}` : "";
  const shown = kept.slice(-LINES);
  const counted = shown.reduce((sum, n) => sum + n.count, 0);
  const todos = [...new Set(kept.flatMap((n) => n.todo ?? []))];
  return {
    id: `${kind}:${seqs.first}-${seqs.last}`,
    kind,
    severity,
    at: last.at,
    title: kind === "digest" ? TOGETHER.digest : `${TOGETHER[kind]}${about}`,
    lines: [
      ...shown.map((n) => lineOf(n, localTime)),
      ...(count > counted ? [`And ${count - counted} more before.`] : []),
    ],
    todo: todos.length > 1 ? "claude-failover status shows them" : todos[0] ?? null,
    subject: common(kept.map((n) => n.subject)),
    seqs,
    count,
  };
}

function lineOf({ at, title, count }: Notice, localTime: LocalTimeOf): string {
  return `${wallTime(at, localTime)} ${title}${count > 1 ? ` (${count} times)` : ""}`;
}

function nameOf({ session, task, account, project }: Subject): string | undefined {
  return session ?? task ?? account ?? project;
}

/** What all of them are about. */
function common(subjects: readonly Subject[]): Subject {
  const first = subjects[0] ?? {};
  const keys = (Object.keys(first) as (keyof Subject)[])
    .filter((key) => subjects.every((s) => s[key] === first[key]));
  return Object.fromEntries(keys.map((key) => [key, first[key]]));
}

export function graver(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

/** Notices of the same group within a time become one message. */
export function groupOf({ kind, id, subject }: Notice): string {
  switch (kind) {
    case "failover.done":
    case "failover.failed":
    case "failover.proposed":
      return id; // each swap and proposal by itself
    case "account.unfit":
    case "accounts.full":
    case "login.expiring":
      return `${kind} ${subject.account ?? ""}`;
    case "task.done":
    case "task.failed":
    case "task.needs_attention":
      return `${kind} ${subject.project ?? ""}`;
    case "test":
      return id; // nobody waits for a test
    default:
      return kind;
  }
}
