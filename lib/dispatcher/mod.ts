/**
 * Finds task files in the inboxes of the projects and sees each one through: to an idle session, and from there into
 * `done/` or `failed/`.
 *
 * The files are the promise and the journal is the story. A sweep compares the two and does what is missing, so the first
 * one after a crash needs nothing special. Changes in an inbox ring for a sweep at once; otherwise there is one every few
 * seconds, since file events get lost.
 *
 * @module
 */
import { assign } from "../model/assignment.ts";
import { markOf } from "../claude/spool.ts";
import type { Event } from "../model/event.ts";
import type { TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Tmux } from "../ports/tmux.ts";
import type { Owner } from "../queue/owner.ts";
import type { StatusFile } from "../queue/status_file.ts";
import { Channel } from "../runtime/channel.ts";
import { JournalError } from "../runtime/journal.ts";
import { sideBySide } from "../runtime/side_by_side.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { advanceTask } from "./advance.ts";
import { Background } from "./background.ts";
import { findTasks, type Found, NOTHING_FOUND } from "./find.ts";
import { ringOnInboxes } from "./inboxes.ts";
import { tellProject } from "./projects.ts";

export interface DispatcherDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly tmux: Tmux;
  newId(): string;
  /** Who we are to others that look at the same inboxes. */
  owner(): Promise<Owner>;
}

type Wakes =
  | "config.applied"
  | "task.ended"
  | "task.cancel.requested"
  | "task.retry.requested"
  | "dispatch.resume.requested"
  | "prompt.accepted"
  | "turn.ended"
  | "run.ready"
  | "run.ended"
  | "session.quarantined"
  | "quota.read";

export type DispatcherLife = Life<Event<Wakes>>;

/** What one life of the dispatcher remembers. A fresh one does well without it. */
export interface Memory {
  readonly owner: Owner;
  /** By project. */
  readonly found: Map<string, Found>;
  /** What was last written into `status.json`, by project. */
  readonly told: Map<string, StatusFile>;
  /** What is being typed, by task. */
  readonly background: Background;
  /** What went wrong with a project or task at the last look, by what it was. */
  readonly problems: Map<string, string>;
  /** Tasks whose file was not to be seen at the last look, and since when (monotonic). */
  readonly missing: Map<TaskId, number>;
}

const SWEEP_MS = 5_000;
/** While a task is on its way into a session or into its folder. */
const BUSY_SWEEP_MS = 500;

export function dispatcher(deps: DispatcherDeps): Worker<Event<Wakes>> {
  return {
    name: "dispatcher",
    listens: [
      "config.applied",
      "task.ended",
      "task.cancel.requested",
      "task.retry.requested",
      "dispatch.resume.requested",
      "prompt.accepted",
      "turn.ended",
      "run.ready",
      "run.ended",
      "session.quarantined",
      "quota.read",
    ],
    async run(life) {
      using bell = new Channel<"ring">({ capacity: 1 });
      const memory: Memory = {
        owner: await deps.owner(),
        found: new Map(),
        told: new Map(),
        background: new Background(),
        problems: new Map(),
        missing: new Map(),
      };
      await sideBySide(life.signal, [
        (signal) => ringOnWakeUps(life, bell, signal),
        (signal) => ringOnInboxes({ ...life, signal }, deps, bell),
        (signal) => ringOnTime(life, deps.clock, bell, signal),
        async (signal) => {
          try {
            await sweepOnRing({ ...life, signal }, deps, memory, bell);
          } finally {
            await memory.background.ended();
          }
        },
      ]);
    },
  };
}

async function ringOnWakeUps(life: DispatcherLife, bell: Channel<"ring">, signal: AbortSignal) {
  while (true) {
    await life.inbox.receive({ signal });
    bell.trySend("ring");
  }
}

async function ringOnTime(
  life: DispatcherLife,
  clock: Clock,
  bell: Channel<"ring">,
  signal: AbortSignal,
) {
  while (true) {
    await clock.sleep(isBusy(life.state()) ? BUSY_SWEEP_MS : SWEEP_MS, signal);
    bell.trySend("ring");
  }
}

/** Whether something is under way that the next second may bring to its end. */
function isBusy({ tasks }: State): boolean {
  return Object.values(tasks).some(({ place }) =>
    place.at === "assigned" || place.at === "closing" || place.at === "returning" ||
    place.at === "running" && place.silentSince !== null
  );
}

async function sweepOnRing(
  life: DispatcherLife,
  deps: DispatcherDeps,
  memory: Memory,
  bell: Channel<"ring">,
): Promise<void> {
  while (true) {
    await sweep(life, deps, memory, bell);
    memory.background.throwFailure();
    await bell.receive({ signal: life.signal });
  }
}

/** Everything the dispatcher does, once. */
async function sweep(
  life: DispatcherLife,
  deps: DispatcherDeps,
  memory: Memory,
  bell: Channel<"ring">,
): Promise<void> {
  const { config } = life.state();
  if (!config?.tasks.dispatch) return;
  let again: number | null = null;
  for (const project of config.projects) {
    await apart(`the inbox of ${project.id}`, life, memory, async () => {
      const before = memory.found.get(project.id) ?? NOTHING_FOUND;
      const found = await findTasks(project, life, deps, before);
      memory.found.set(project.id, found);
      if (found.again !== null) again = Math.min(again ?? found.again, found.again);
    });
  }
  for (const id of Object.keys(life.state().tasks)) {
    await apart(`task ${id}`, life, memory, () => advanceTask(id, life, deps, memory));
  }
  if (handOut(life, deps) > 0) bell.trySend("ring");
  for (const project of config.projects) {
    const what = `the status of ${project.id}`;
    await apart(what, life, memory, () => tellProject(project, life, deps, memory));
  }
  if (again !== null) ringAt(again, life, deps.clock, bell);
}

/**
 * One project or task whose files cannot be had must not hold up the others. It is told once, and tried again in the next
 * sweep.
 */
async function apart(
  what: string,
  life: DispatcherLife,
  { problems }: Memory,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
    problems.delete(what);
  } catch (error) {
    if (life.signal.aborted || error instanceof JournalError) throw error;
    const words = `${what}: ${error instanceof Error ? error.message : String(error)}`.slice(
      0,
      500,
    );
    if (problems.get(what) === words) return;
    problems.set(what, words);
    life.record({ type: "worker.failed", worker: "dispatcher", error: words, times: 1 });
  }
}

/** A file that is still being written is looked at again when it may be whole. */
function ringAt(at: number, life: DispatcherLife, clock: Clock, bell: Channel<"ring">): void {
  const ms = Math.max(0, at - clock.monotonic());
  if (ms >= SWEEP_MS) return;
  clock.sleep(ms, life.signal).then(() => bell.trySend("ring"), () => {});
}

/** Chooses sessions for what waits. Returns how many tasks were given one. */
function handOut(life: DispatcherLife, deps: DispatcherDeps): number {
  const chosen = assign(life.state(), deps.clock.now());
  for (const { task, session, why } of chosen) {
    life.record({ type: "task.assigned", task, session, mark: markOf(deps.newId()), why });
  }
  return chosen.length;
}
