/**
 * Compares the sessions we believe in with the processes and signals there are, and starts those that are missing.
 *
 * One sweep does it all, so the first one after a crash needs nothing special. `rings.ts` says when there is one, and
 * whether it looks at every session.
 *
 * @module
 */
import type { Checkpoint } from "../claude/checkpoint_file.ts";
import { spoolDir } from "../claude/layout.ts";
import { keepLastPrompt } from "../claude/last_prompt.ts";
import { paneAfterEnd } from "../claude/pane_end.ts";
import { entryOfProcess, isOf } from "../claude/registry.ts";
import { readSpool, type SpoolEntry } from "../claude/spool.ts";
import type { Config } from "../model/config.ts";
import type { Event } from "../model/event.ts";
import type { RunId, SessionName } from "../model/ids.ts";
import { isAlive, moveOf, type Run, type Session, type State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import type { Tmux } from "../ports/tmux.ts";
import { Channel } from "../runtime/channel.ts";
import { sideBySide } from "../runtime/side_by_side.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { type Sights, watchDialogs } from "./dialogs.ts";
import { type Ending, endSessions } from "./ends.ts";
import { type Due, ringOnFiles, ringOnTime, ringOnWakeUps, Rings } from "./rings.ts";
import { giveUpFutile } from "./restarts.ts";
import { watchServer } from "./server.ts";
import { factsOfHook, factsOfRegistry, freezeAfter } from "./signals.ts";
import { withSilentTurn } from "./silent_turn.ts";
import { startSessions } from "./starts.ts";

export interface WatcherDeps {
  readonly clock: Clock;
  readonly tmux: Tmux;
  readonly files: Files;
  readonly processes: Processes;
  newId(): string;
  saveCheckpoint(config: Config, session: Session, id: string): Promise<Checkpoint>;
  loadCheckpoint(config: Config, session: SessionName, id: string): Promise<Checkpoint | null>;
}

type Wakes =
  | "config.applied"
  | "session.start.requested"
  | "session.stop.requested"
  | "session.restart.requested"
  | "daemon.stop.requested"
  | "run.launched"
  | "project.status.said";

export type WatcherLife = Life<Event<Wakes>>;

/** How soon to look again at what is about to end: Claude Code (2.1.330) tells of its end before it ends. */
const CLOSING_MS = 50;
const ASK_MS = 900;

export function watcher(deps: WatcherDeps): Worker<Event<Wakes>> {
  return {
    name: "watcher",
    listens: [
      "config.applied",
      "session.start.requested",
      "session.stop.requested",
      "session.restart.requested",
      "daemon.stop.requested",
      "run.launched",
      "project.status.said",
    ],
    async run(life) {
      using rings = new Rings();
      using endBell = new Channel<"ring">({ capacity: 1 });
      const memory: Memory = {
        heardAt: new Map(),
        ending: new Set(),
        sights: new Map(),
        waiting: new Set(),
        askedAt: null,
      };
      await sideBySide(life.signal, [
        (signal) => ringOnWakeUps(life.inbox, rings, signal),
        (signal) => ringOnFiles(life.state(), deps, rings, signal),
        (signal) => ringOnTime(deps.clock, rings, signal),
        (signal) => sweepOnRing({ ...life, signal }, deps, memory, { rings, endBell }),
        (signal) => endOnRing({ ...life, signal }, deps, memory, endBell),
      ]);
    },
  };
}

async function sweepOnRing(
  life: WatcherLife,
  deps: WatcherDeps,
  memory: Memory,
  { rings, endBell }: { readonly rings: Rings; readonly endBell: Channel<"ring"> },
): Promise<void> {
  await observeAll(life, deps, memory, "all");
  // Before it is asked what is missing: a stop may have been cut short.
  await endSessions(life, deps, endingOf(life, deps, memory));
  askForMissing(life);
  while (true) {
    const due = rings.take();
    await observeAll(life, deps, memory, due);
    endBell.trySend("ring");
    await act(life, deps, memory, due);
    const ms = isAnyClosing(life.state()) ? CLOSING_MS : null;
    await rings.next({ clock: deps.clock, ms, signal: life.signal });
  }
}

/** A stop takes as long as its grace, and nobody else's signals may wait for that. */
async function endOnRing(
  life: WatcherLife,
  deps: WatcherDeps,
  memory: Memory,
  endBell: Channel<"ring">,
): Promise<void> {
  while (true) {
    await endBell.receive({ signal: life.signal });
    await endSessions(life, deps, endingOf(life, deps, memory));
  }
}

/** What one life of the watcher remembers. A fresh one does well without it. */
interface Memory {
  /** When the last signal of a run was made that has been recorded, in epoch milliseconds. */
  readonly heardAt: Map<RunId, number>;
  /** Sessions whose stop is under way. */
  readonly ending: Set<SessionName>;
  /** What the screens of runs that stand still have shown. */
  readonly sights: Sights;
  /** Runs whose registry entry says that they wait for somebody. */
  readonly waiting: Set<RunId>;
  /** When the registries were last asked, on the monotonic clock. */
  askedAt: number | null;
}

/** What is done about what was seen; between two sweeps for all only what may be urgent. */
async function act(
  life: WatcherLife,
  deps: WatcherDeps,
  memory: Memory,
  due: Due,
): Promise<void> {
  if (due === "all") await watchDialogs(life, deps, memory);
  giveUpFutile(life);
  await startSessions(life, deps, memory.ending);
  if (due !== "all") return;
  await watchServer(life, deps);
}

async function observeAll(
  life: WatcherLife,
  deps: WatcherDeps,
  memory: Memory,
  due: Due,
): Promise<void> {
  const asksRegistry = due === "all" && isTimeToAsk(memory, deps.clock);
  const look: Look = { life, deps, memory, asksRegistry };
  for (const [name, { run }] of Object.entries(life.state().sessions)) {
    const isDue = due === "all" || run !== null && (due.has(run.plan.id) || run.closing !== null);
    if (isDue && !memory.ending.has(name)) await observe(name, look);
  }
  const runs = new Set(Object.values(life.state().sessions).map((s) => s.run?.plan.id));
  for (const run of memory.heardAt.keys()) if (!runs.has(run)) memory.heardAt.delete(run);
  for (const run of memory.waiting) if (!runs.has(run)) memory.waiting.delete(run);
}

/** One that has said goodbye will be gone in a moment. */
function isAnyClosing({ sessions }: State): boolean {
  return Object.values(sessions).some((session) =>
    isAlive(session) && session.run !== null && session.run.closing !== null
  );
}

/** The registry rings for no sweep, so it is asked by time alone, however often hooks ring. */
function isTimeToAsk(memory: Memory, clock: Clock): boolean {
  const now = clock.monotonic();
  if (memory.askedAt !== null && now - memory.askedAt < ASK_MS) return false;
  memory.askedAt = now;
  return true;
}

/**
 * Once per life: what was stopped by an earlier daemon comes back; what a person ended or stopped does not. What is
 * dead comes back by itself, in its own time (`restarts.ts`), which a new daemon does not shorten.
 */
function askForMissing(life: WatcherLife): void {
  const { sessions, daemon, config } = life.state();
  if (daemon.phase !== "up") return;
  for (const { name, phase, asked } of Object.values(sessions)) {
    if (asked?.to === "stop" && asked.by === "person") continue;
    if (!config?.sessions.some((spec) => spec.name === name)) continue;
    if (phase.name !== "stopped") continue;
    if (moveOf(life.state(), name)) continue;
    life.record({ type: "session.start.requested", session: name, by: "policy" });
  }
}

/** One look at every session. */
interface Look {
  readonly life: WatcherLife;
  readonly deps: WatcherDeps;
  readonly memory: Memory;
  readonly asksRegistry: boolean;
}

/** Spool first, then the registry, then whether the process is there: a run's last words come before its end. */
async function observe(name: string, look: Look): Promise<void> {
  const { life, deps } = look;
  const before = live(life.state(), name);
  if (!before) return;
  await consumeSpool(before.session, before.run, look);
  if (look.asksRegistry) await askRegistry(name, look);
  const now = live(life.state(), name);
  if (!now?.run.process || await deps.processes.isAlive(now.run.process)) return;
  await consumeSpool(now.session, now.run, look);
  // Only for the exit status: the process is gone, whatever tmux can or cannot say.
  const pane = now.run.pane === null
    ? null
    : await paneAfterEnd(deps, now.run.pane, life.signal).catch(() => null);
  if (live(life.state(), name)?.run.plan.id !== now.run.plan.id) return; // a move saw it first
  life.record({ type: "run.ended", session: name, run: now.run.plan.id, exit: pane?.exit ?? null });
}

/** The session and its run, if there should be a process. */
function live(state: State, name: string): { session: Session; run: Run } | null {
  const session = state.sessions[name];
  return session?.run && isAlive(session) ? { session, run: session.run } : null;
}

function endingOf(life: WatcherLife, deps: WatcherDeps, memory: Memory): Ending {
  return {
    ending: memory.ending,
    async lastWords(name) {
      const now = live(life.state(), name);
      if (now) await consumeSpool(now.session, now.run, { life, deps, memory });
    },
  };
}

async function consumeSpool(
  session: Session,
  run: Run,
  { life, deps: { files }, memory }: Omit<Look, "asksRegistry">,
): Promise<void> {
  const { config } = life.state();
  if (!config) return;
  for (const entry of await readSpool(files, spoolDir(config, run.plan.id))) {
    // Recorded under the file's key first, removed second: after a crash between, it counts once all the same.
    const now = life.state().sessions[session.name] ?? session;
    const facts = [...factsOfHook(now, run, entry), ...freezeAfter(life.state(), run, entry)];
    life.recordOnce(`${run.plan.id}/${entry.key}`, ...facts);
    // What cannot be understood tells nothing, and must not hide what the registry says.
    if (facts.length > 0) memory.heardAt.set(run.plan.id, entry.seenAt);
    if (isRequest(entry, run)) await keepLastPrompt(files, config, session.name, entry);
    else await files.remove(entry.path);
  }
}

/** A prompt that says something new: not our own word to go on, which may repeat the one before. */
function isRequest({ event }: SpoolEntry, { plan }: Run): boolean {
  return event.kind === "prompt" && (event.mark === null || event.mark !== plan.mark);
}

async function askRegistry(name: string, look: Look): Promise<void> {
  const { life, deps, memory } = look;
  const before = live(life.state(), name);
  const account = life.state().config?.accounts.find((a) => a.id === before?.run.plan.account);
  if (!before?.run.process || !account) return;
  const ours = before.run.process;
  // It only adds to the hooks: a registry that cannot be read adds nothing.
  const entry = await entryOfProcess(deps.files, account.configDir, ours.pid).catch(() => null);
  const now = live(life.state(), name);
  if (!now || now.run.plan.id !== before.run.plan.id || !entry || !isOf(entry, ours)) return;
  if (entry.status === "waiting") memory.waiting.add(now.run.plan.id);
  else memory.waiting.delete(now.run.plan.id);
  const heardAt = memory.heardAt.get(now.run.plan.id) ?? now.session.history.at(-1)?.at ?? 0;
  const facts = factsOfRegistry(now.session, now.run, entry, { now: deps.clock.now(), heardAt });
  if (facts.length === 0) return;
  const all = await withSilentTurn(facts, life.state(), now, deps);
  const still = live(life.state(), name);
  if (still?.run.plan.id !== now.run.plan.id || still.session.phase !== now.session.phase) return;
  life.record(...all);
  memory.heardAt.set(now.run.plan.id, entry.updatedAt);
}
