/**
 * Which events people are told of, and in which words. Pure: the same events make the same notices.
 *
 * What an event does not say itself is looked up in the state, which may be that of a little later.
 *
 * @module
 */
import { DIALOG_WORDS } from "../model/dialog.ts";
import type { Event } from "../model/event.ts";
import { exitWords } from "../model/exits.ts";
import type { Notice, NoticeKind, Severity, Subject } from "../model/notice.ts";
import { entry, type State } from "../model/state.ts";
import { countOf } from "../words/count.ts";
import { windowWords } from "../words/reasons.ts";
import { clockTime, coarse, type LocalTimeOf } from "../words/time.ts";
import { failoverNotices } from "./notices_failover.ts";
import { taskNotices } from "./notices_task.ts";

/** What has been told, as far as it decides on what is told next. Bounded by the config's names. */
export interface NoticeMemory {
  /** A start of the daemon without a stop behind it. */
  readonly isUp: boolean;
  /** What stood in the way of an account when that was told. */
  readonly unfit: Readonly<Record<string, string>>;
  /** Sessions that were told to be in trouble, and have not been seen well since. */
  readonly troubled: readonly string[];
}

export const NO_MEMORY: NoticeMemory = { isUp: false, unfit: {}, troubled: [] };

export interface Around {
  readonly state: State;
  readonly localTime: LocalTimeOf;
}

/** What a rule says; the rest of a notice follows from the event. */
export interface Said {
  readonly kind: NoticeKind;
  readonly severity: Severity;
  readonly title: string;
  readonly lines?: readonly string[];
  readonly todo?: string | null;
  readonly subject?: Subject;
  /** Happenings with the same words here are told together; the kind when left out. */
  readonly group?: string;
  readonly count?: number;
}

/** A worker that fails this often in a row has more than bad luck. */
const TROUBLE_TIMES = 3;
/** Deaths in a row from which on a session is more than unlucky. */
const DEGRADED_DEATHS = 2;

export function noticesOf(
  event: Event,
  memory: NoticeMemory,
  around: Around,
): { readonly notices: readonly Notice[]; readonly memory: NoticeMemory } {
  const said = [
    ...daemonNotices(event, memory),
    ...accountNotices(event, memory, around),
    ...sessionNotices(event, memory, around),
    ...failoverNotices(event, around),
    ...taskNotices(event, around),
  ];
  return {
    notices: said.map((one) => noticeOf(one, event)),
    memory: remember(event, memory, said),
  };
}

function noticeOf(said: Said, { seq, at }: Event): Notice {
  const { kind, severity, title, lines = [], todo = null, subject = {}, count = 1 } = said;
  return {
    id: said.group ?? kind,
    kind,
    severity,
    at,
    title,
    lines,
    todo,
    subject,
    seqs: { first: seq, last: seq },
    count,
  };
}

function remember(event: Event, memory: NoticeMemory, said: readonly Said[]): NoticeMemory {
  switch (event.type) {
    case "daemon.started":
      return { ...memory, isUp: true };
    case "daemon.stopped":
      return { ...memory, isUp: false };
    case "account.checked": {
      const { [event.account]: _, ...others } = memory.unfit;
      const problems = event.problems.join("; ");
      return {
        ...memory,
        unfit: problems === "" ? others : { ...others, [event.account]: problems },
      };
    }
    case "run.proven":
      return { ...memory, troubled: memory.troubled.filter((s) => s !== event.session) };
    default: {
      const troubled = said.flatMap(({ kind, subject }) =>
        (kind === "session.quarantined" || kind === "session.degraded") && subject?.session
          ? [subject.session]
          : []
      );
      return troubled.length === 0
        ? memory
        : { ...memory, troubled: [...new Set([...memory.troubled, ...troubled])] };
    }
  }
}

function* daemonNotices(event: Event, { isUp }: NoticeMemory): Iterable<Said> {
  switch (event.type) {
    case "daemon.started":
      yield isUp
        ? {
          kind: "daemon.crashed",
          severity: "warning",
          title: "The daemon died and was started again",
          lines: ["The sessions live in tmux and went on; it goes on where it was."],
          todo: "look at what ended it: claude-failover events",
        }
        : { kind: "daemon.started", severity: "info", title: `The daemon runs (${event.version})` };
      return;
    case "daemon.stopped":
      yield {
        kind: "daemon.stopped",
        severity: "info",
        title: "The daemon has stopped",
        lines: [
          event.sessions === "ended"
            ? "Its sessions were ended; their conversations are kept."
            : "The sessions go on; nothing moves them until it runs again.",
        ],
      };
      return;
    case "worker.failed":
      if (event.times < TROUBLE_TIMES) return;
      yield {
        kind: "daemon.trouble",
        severity: "critical",
        title: `The daemon's ${event.worker} fails again and again`,
        lines: [`${event.times} times in a row: ${event.error}`, "It is started anew each time."],
        todo: "claude-failover doctor",
        group: `daemon.trouble:${event.worker}`,
      };
      return;
    case "config.rejected":
      yield {
        kind: "config.rejected",
        severity: "warning",
        title: "The new config is not in force",
        lines: [...event.problems.slice(0, 5), "The one before goes on."],
        todo: "correct the file, then: claude-failover reload",
      };
      return;
    case "janitor.tidied":
      if (event.problems.length === 0) return;
      yield {
        kind: "host.warning",
        severity: "warning",
        title: "Something could not be tidied up",
        lines: event.problems.slice(0, 5),
        todo: "claude-failover janitor run",
        group: `host.warning:${event.duty}`,
      };
      return;
    case "notice.test.requested":
      yield {
        kind: "test",
        severity: "info",
        title: "A test of claude-failover's notices",
        lines: ["When you read this, this channel works."],
        group: `test:${event.seq}`,
      };
      return;
    default:
      return;
  }
}

function* accountNotices(
  event: Event,
  { unfit }: NoticeMemory,
  { state, localTime }: Around,
): Iterable<Said> {
  switch (event.type) {
    case "account.checked": {
      const { account, problems } = event;
      if (problems.length === 0 || unfit[account] === problems.join("; ")) return;
      yield {
        kind: "account.unfit",
        severity: "warning",
        title: `${account} cannot take work`,
        lines: problems,
        todo: `claude-failover account check ${account}`,
        subject: { account },
        group: `account.unfit:${account}`,
      };
      return;
    }
    case "turn.failed": {
      const { refusal, session } = event;
      if (refusal.kind !== "login" && refusal.kind !== "billing") return;
      const account = accountOf(state, session);
      yield {
        kind: "account.unfit",
        severity: "critical",
        title: refusal.kind === "login"
          ? `${account ?? session} is signed out`
          : `${account ?? session} has a problem with its bill`,
        lines: [`${session} got no answer: ${refusal.text}`],
        todo: refusal.kind === "login" && account !== undefined
          ? `sign in again: claude-failover account add ${account}`
          : "look into the account with its provider",
        subject: { session, ...(account === undefined ? {} : { account }) },
        group: `account.unfit:${account ?? session}`,
      };
      return;
    }
    case "freeze.requested":
      if (event.by !== "policy") return;
      yield {
        kind: "account.unfit",
        severity: "critical",
        title: "All automatic moves are frozen",
        lines: [event.reason],
        todo: "look into it first, then: claude-failover thaw",
        group: "freeze",
      };
      return;
    case "quota.wall": {
      if (state.config?.failover.mode !== "off") return;
      const { account, window, resetsAt, session, at } = event;
      const until = resetsAt === null ? "" : ` until ${clockTime(resetsAt, at, localTime)}`;
      yield {
        kind: "accounts.full",
        severity: "warning",
        title: `${account} is at its limit: ${windowWords(window)} used up${until}`,
        lines: [`Seen by ${session}. Nothing is moved: failover.mode is off.`],
        todo: "claude-failover failover, if it should go on elsewhere",
        subject: { account },
        group: `accounts.full:${account}`,
      };
      return;
    }
    default:
      return;
  }
}

function* sessionNotices(
  event: Event,
  { troubled }: NoticeMemory,
  { state }: Around,
): Iterable<Said> {
  switch (event.type) {
    case "question.asked":
      if (event.about !== "dialog") {
        yield waits(state, event.session, `for ${QUESTION[event.about]}`);
      }
      return;
    case "dialog.seen":
      if (event.person === null) return;
      yield waits(state, event.session, `for ${DIALOG_WORDS[event.kind]}: ${event.person}`);
      return;
    case "session.quarantined":
      yield {
        kind: "session.quarantined",
        severity: "critical",
        title: `${event.session} is given up`,
        lines: [event.why, "Its conversation is kept."],
        todo: `claude-failover session show ${event.session}, then session start ${event.session}`,
        subject: subjectOf(state, event.session),
      };
      return;
    case "run.ended": {
      const death = entry(state.sessions, event.session)?.deaths.find((d) => d.at === event.at);
      if (!death || death.nth < DEGRADED_DEATHS) return;
      yield {
        kind: "session.degraded",
        severity: "warning",
        title: `${event.session} died ${death.nth} times in a row`,
        lines: [
          `The last time after ${coarse(death.livedMs)} (${
            exitWords(event.exit)
          }); it is started again.`,
        ],
        subject: subjectOf(state, event.session),
      };
      return;
    }
    case "run.proven":
      if (!troubled.includes(event.session)) return;
      yield {
        kind: "session.recovered",
        severity: "info",
        title: `${event.session} is well again`,
        lines: ["It has answered."],
        subject: subjectOf(state, event.session),
      };
      return;
    default:
      return;
  }
}

const QUESTION = { permission: "a permission", human: "your answer" } as const;

function waits(state: State, session: string, what: string): Said {
  return {
    kind: "session.waiting",
    severity: "warning",
    title: `${session} waits ${what}`,
    todo: `claude-failover session attach ${session}`,
    subject: subjectOf(state, session),
  };
}

export function subjectOf(state: State, session: string): Subject {
  const account = accountOf(state, session);
  const project = state.config?.sessions.find((s) => s.name === session)?.project;
  return {
    session,
    ...(account === undefined ? {} : { account }),
    ...(project ? { project } : {}),
  };
}

function accountOf(state: State, session: string): string | undefined {
  return entry(state.sessions, session)?.account;
}

/** What several notices of one kind are called together. */
export function togetherTitle(kind: NoticeKind, count: number): string {
  switch (kind) {
    case "session.quarantined":
      return `${countOf(count, "session")} given up`;
    case "session.waiting":
      return `${countOf(count, "time")} a session waits for a person`;
    case "session.degraded":
      return `Sessions die again and again (${count} times)`;
    case "session.recovered":
      return `${countOf(count, "session")} well again`;
    case "task.done":
      return `${countOf(count, "task")} done`;
    case "task.failed":
      return `${countOf(count, "task")} failed`;
    case "task.needs_attention":
      return `${countOf(count, "task")} in need of a person`;
    case "digest":
      return `While it was quiet: ${countOf(count, "notice")}`;
    case "failover.done":
    case "failover.failed":
    case "failover.proposed":
    case "accounts.full":
    case "account.unfit":
    case "login.expiring":
    case "daemon.started":
    case "daemon.stopped":
    case "daemon.crashed":
    case "daemon.trouble":
    case "config.rejected":
    case "host.warning":
    case "test":
      return "";
  }
}
