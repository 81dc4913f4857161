/**
 * From events to notices: pure, so the same journal always says the same.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { Notice } from "../model/notice.ts";
import type { State } from "../model/state.ts";
import { countOf } from "../words/count.ts";
import { clockTime } from "../words/time.ts";
import { accountNotices } from "./notices_account.ts";
import { sessionNotices } from "./notices_session.ts";
import { failoverNotices } from "./notices_failover.ts";
import { taskNotices } from "./notices_task.ts";
import { bounded, type Happening, make } from "./make.ts";

/** So many failures in a row are more than a bad moment. */
const TROUBLE_TIMES = 3;

/** What people are to hear of the event, mostly nothing. */
export function noticesOf(happening: Happening): Notice[] {
  return [
    ...daemonNotices(happening),
    ...failoverNotices(happening),
    ...accountNotices(happening),
    ...sessionNotices(happening),
    ...taskNotices(happening),
  ];
}

function daemonNotices(happening: Happening): Notice[] {
  const { event, before } = happening;
  switch (event.type) {
    case "daemon.started":
      return [started(happening, event, before)];
    case "daemon.stop.requested":
      return [make(happening, {
        kind: "daemon.stopped",
        severity: "info",
        title: "The daemon is being stopped",
        lines: [
          event.endSessions
            ? "The sessions are ended with it."
            : "The sessions go on; nobody moves them at a limit until it is started again.",
        ],
      })];
    case "worker.failed":
      if (event.times < TROUBLE_TIMES) return [];
      return [make(happening, {
        id: `worker:${event.worker}`,
        kind: "daemon.trouble",
        severity: "warning",
        title: `A part of the daemon fails again and again: ${event.worker}`,
        lines: [`${countOf(event.times, "time")} in a row: ${bounded(event.error)}`],
        todo: "claude-failover doctor",
      })];
    case "config.rejected":
      return [make(happening, {
        kind: "config.rejected",
        severity: "warning",
        title: "The changed config is not in force",
        lines: [
          "The one before goes on to hold.",
          ...event.problems.slice(0, 5).map(bounded),
        ],
        todo: "mend the file, then claude-failover reload",
      })];
    case "tmux.server.seen":
      if (before.tmuxServer === null || before.tmuxServer.birth === event.server.birth) return [];
      return [make(happening, {
        kind: "host.warning",
        severity: "warning",
        title: "The tmux server is another one than before",
        lines: ["What ran in the one before has ended; its sessions are started again."],
      })];
    case "host.checked": {
      const known = new Set(before.host?.problems.map(({ what }) => what));
      return event.problems.filter(({ what }) => !known.has(what)).map(
        ({ about, severity, what, hint }) =>
          make(happening, {
            id: about,
            kind: "host.warning",
            severity,
            title: what,
            todo: hint,
          }),
      );
    }
    case "notice.test.requested":
      return [make(happening, {
        kind: "test",
        severity: "info",
        title: "A test of claude-failover's notices",
        lines: ["Whoever reads this is reached by this channel."],
      })];
    case "janitor.tidied":
      if (event.problems.length === 0) return [];
      return [make(happening, {
        id: `janitor:${event.duty}`,
        kind: "host.warning",
        severity: "info",
        title: `Tidying up could not be done: ${event.duty}`,
        lines: event.problems.map(bounded),
        todo: "claude-failover janitor run --dry-run",
      })];
    default:
      return [];
  }
}

function started(happening: Happening, event: Event<"daemon.started">, before: State): Notice {
  const { version } = event;
  if (before.daemon.phase === "down") {
    return make(happening, {
      kind: "daemon.started",
      severity: "info",
      title: `The daemon has started (${version})`,
      lines: [`It keeps ${countOf(Object.keys(happening.after.sessions).length, "session")}.`],
    });
  }
  const last = clockTime(before.at, event.at, happening.localTime);
  return make(happening, {
    kind: "daemon.crashed",
    severity: "warning",
    title: "The daemon had ended without a word and runs again",
    lines: [`It last wrote at ${last}. The sessions went on meanwhile.`, `Version ${version}.`],
    todo: "claude-failover events shows what came before",
  });
}
