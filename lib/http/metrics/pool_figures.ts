/**
 * What is measured of sessions, tasks and the daemon itself.
 *
 * @module
 */
import { pendingSend, type State } from "../../model/state.ts";
import type { WorkerHealth } from "../../runtime/roster.ts";
import type { OwnFigures } from "../health/vitals.ts";
import type { Family, Figure } from "./family.ts";

export function poolFamilies(state: State, now: number): Family[] {
  const sessions = Object.values(state.sessions);
  const open = Object.values(state.tasks).filter(({ place }) => place.at !== "closed");
  const queued = open.filter(({ place }) => place.at === "queued");
  const flag = (name: string, help: string, on: boolean): Family => ({
    name: `claude_failover_${name}`,
    help,
    type: "gauge",
    figures: [{ labels: {}, value: Number(on) }],
  });
  return [
    {
      name: "claude_failover_sessions",
      help: "How many sessions are in that state under that account",
      type: "gauge",
      figures: counted(sessions, ({ account, phase }) => ({ account, state: phase.name })),
    },
    {
      name: "claude_failover_tasks",
      help: "How many tasks are in that place",
      type: "gauge",
      figures: counted(open, ({ project, place }) => ({ project, place: place.at })),
    },
    {
      name: "claude_failover_task_oldest_queued_seconds",
      help: "How long the task waits that waits longest",
      type: "gauge",
      figures: oldest(queued.map(({ project, place }) => ({ project, since: place.since })), now),
    },
    {
      name: "claude_failover_prompts_waiting",
      help: "How many prompts wait to be typed",
      type: "gauge",
      figures: [{
        labels: {},
        value: sessions.filter((session) => pendingSend(session) !== null).length,
      }],
    },
    flag("swap_running", "1: sessions are being moved", state.runningSwap !== null),
    flag("proposal_waiting", "1: a move waits for a person's word", state.proposal !== null),
    flag("frozen", "1: no automatic move begins", state.frozen !== null),
    flag("dispatch_paused", "1: no task is handed out", state.dispatchPaused !== null),
    {
      name: "claude_failover_signals_unexpected_total",
      help: "Signals that fitted nothing, since the journal began; a few late ones are normal",
      type: "counter",
      figures: [{ labels: {}, value: state.unexpected.count }],
    },
  ];
}

export function daemonFamilies(
  state: State,
  { version, own, workers, canWrite, firstSeq }: {
    readonly version: string;
    readonly own: OwnFigures;
    readonly workers: readonly WorkerHealth[];
    readonly canWrite: boolean;
    readonly firstSeq: number;
  },
): Family[] {
  const one = (name: string, help: string, value: number, type: Family["type"] = "gauge") => ({
    name,
    help,
    type,
    figures: [{ labels: {}, value }],
  });
  const ofWorkers = (figure: (worker: WorkerHealth) => number): Figure[] =>
    workers.map((worker) => ({ labels: { worker: worker.name }, value: figure(worker) }));
  return [
    {
      name: "claude_failover_info",
      help: "Always 1; which version runs",
      type: "gauge",
      figures: [{ labels: { version }, value: 1 }],
    },
    {
      name: "claude_failover_worker_up",
      help: "0: it rests after failures, or has ended",
      type: "gauge",
      figures: ofWorkers(({ is }) => Number(is === "running")),
    },
    {
      name: "claude_failover_worker_restarts_total",
      help: "How often it was started again after a failure",
      type: "counter",
      figures: ofWorkers(({ restarts }) => restarts),
    },
    one(
      "claude_failover_journal_writable",
      "0: nothing can be written, so nothing is done",
      Number(canWrite),
    ),
    one("claude_failover_journal_seq", "The number of the last event", state.seq),
    one(
      "claude_failover_journal_first_seq",
      "The number of the oldest event that is kept",
      firstSeq,
    ),
    one("claude_failover_journal_bytes", "What the journal takes of the disk", own.journalBytes),
    one(
      "process_cpu_seconds_total",
      "Processor time of the daemon, user and system",
      own.cpuMs / 1_000,
      "counter",
    ),
    one("process_resident_memory_bytes", "Memory of the daemon", own.rssBytes),
    one("process_start_time_seconds", "When the daemon began", own.startedAt / 1_000),
  ];
}

function counted<T>(all: readonly T[], labelsOf: (item: T) => Record<string, string>): Figure[] {
  const counts = new Map<string, Figure>();
  for (const item of all) {
    const labels = labelsOf(item);
    const key = JSON.stringify(labels);
    counts.set(key, { labels, value: (counts.get(key)?.value ?? 0) + 1 });
  }
  return [...counts.values()];
}

function oldest(
  waiting: readonly { readonly project: string; readonly since: number }[],
  now: number,
): Figure[] {
  const since = new Map<string, number>();
  for (const task of waiting) {
    since.set(task.project, Math.min(task.since, since.get(task.project) ?? Infinity));
  }
  return [...since].map(([project, at]) => ({
    labels: { project },
    value: Math.max(0, now - at) / 1_000,
  }));
}
