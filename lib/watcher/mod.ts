/**
 * Compares the sessions we believe in with the processes and signals there are, and starts those that are missing.
 *
 * One sweep does it all, so the first one after a crash needs nothing special. A change in a spool folder
 * rings for a sweep at once; otherwise there is one each second, since file events get lost.
 *
 * @module
 */
import { spoolDir } from "../claude/layout.ts";
import { readRegistry, type RegistryEntry } from "../claude/registry.ts";
import { readSpool } from "../claude/spool.ts";
import type { Event } from "../model/event.ts";
import type { AccountId } from "../model/ids.ts";
import { isAlive, moveOf, type Run, type Session, type State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import type { Tmux } from "../ports/tmux.ts";
import { Channel } from "../runtime/channel.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { endSessions } from "./ends.ts";
import { factsOfHook, factsOfRegistry } from "./signals.ts";
import { startSessions } from "./starts.ts";

export interface WatcherDeps {
  readonly clock: Clock;
  readonly tmux: Tmux;
  readonly files: Files;
  readonly processes: Processes;
  newId(): string;
}

type Wakes =
  | "config.applied"
  | "session.start.requested"
  | "daemon.stop.requested"
  | "run.launched";

export type WatcherLife = Life<Event<Wakes>>;

const SWEEP_MS = 1_000;

export function watcher(deps: WatcherDeps): Worker<Event<Wakes>> {
  return {
    name: "watcher",
    listens: ["config.applied", "session.start.requested", "daemon.stop.requested", "run.launched"],
    async run(life) {
      using bell = new Channel<"ring">({ capacity: 1 });
      const over = new AbortController();
      const signal = AbortSignal.any([life.signal, over.signal]);
      const ringers = [
        ringOnWakeUps(life, bell, signal),
        ringOnFiles(life.state(), deps, bell, signal),
        ringOnTime(deps.clock, bell, signal),
      ];
      try {
        await observeAll(life, deps);
        askForMissing(life);
        while (true) {
          await sweep(life, deps);
          await Promise.race([bell.receive({ signal }), ...ringers]);
        }
      } finally {
        over.abort();
        await Promise.allSettled(ringers);
      }
    },
  };
}

async function ringOnWakeUps(life: WatcherLife, bell: Channel<"ring">, signal: AbortSignal) {
  while (true) {
    await life.inbox.receive({ signal });
    bell.trySend("ring");
  }
}

async function ringOnTime(clock: Clock, bell: Channel<"ring">, signal: AbortSignal) {
  while (true) {
    await clock.sleep(SWEEP_MS, signal);
    bell.trySend("ring");
  }
}

async function ringOnFiles(
  state: State,
  { files, clock }: WatcherDeps,
  bell: Channel<"ring">,
  signal: AbortSignal,
) {
  const { config } = state;
  if (config) {
    const runs = `${config.paths.stateDir}/runs`;
    await files.makeDir(runs, 0o700);
    for await (const _ of files.watch(runs, signal)) bell.trySend("ring");
  }
  // Without a config, or when watching has ended, the sweeps go on by time alone.
  while (true) await clock.sleep(SWEEP_MS, signal);
}

/** Everything the watcher does, once. */
export async function sweep(life: WatcherLife, deps: WatcherDeps): Promise<void> {
  await observeAll(life, deps);
  await endSessions(life, deps);
  await startSessions(life, deps);
}

async function observeAll(life: WatcherLife, deps: WatcherDeps): Promise<void> {
  const registries = new Map<AccountId, RegistryEntry[]>();
  for (const name of Object.keys(life.state().sessions)) {
    await observe(name, life, deps, registries);
  }
}

/** Once per life: what was lost or stopped while no daemon was there comes back; what a person ended does not. */
function askForMissing(life: WatcherLife): void {
  const { sessions } = life.state();
  for (const { name, phase } of Object.values(sessions)) {
    if (phase.name !== "dead" && phase.name !== "stopped") continue;
    if (moveOf(life.state(), name)) continue;
    life.record({ type: "session.start.requested", session: name, by: "policy" });
  }
}

/** Spool first, then the registry, then whether the process is there: a run's last words come before its end. */
async function observe(
  name: string,
  life: WatcherLife,
  deps: WatcherDeps,
  registries: Map<AccountId, RegistryEntry[]>,
): Promise<void> {
  const before = live(life.state(), name);
  if (!before) return;
  await consumeSpool(before.session, before.run, life, deps);
  await askRegistry(name, life, deps, registries);
  const now = live(life.state(), name);
  if (!now?.run.process || await deps.processes.isAlive(now.run.process)) return;
  await consumeSpool(now.session, now.run, life, deps);
  // Only for the exit status: the process is gone, whatever tmux can or cannot say.
  const panes = await deps.tmux.panes().catch(() => []);
  const exit = panes.find((p) => p.id === now.run.pane && p.dead)?.exit ?? null;
  life.record({ type: "run.ended", session: name, run: now.run.plan.id, exit });
}

/** The session and its run, if there should be a process. */
function live(state: State, name: string): { session: Session; run: Run } | null {
  const session = state.sessions[name];
  return session?.run && isAlive(session) ? { session, run: session.run } : null;
}

async function consumeSpool(
  session: Session,
  run: Run,
  life: WatcherLife,
  { files }: WatcherDeps,
): Promise<void> {
  const { config } = life.state();
  if (!config) return;
  for (const entry of await readSpool(files, spoolDir(config, run.plan.id))) {
    // Recorded under the file's key first, removed second: after a crash between, it counts once all the same.
    life.recordOnce(`${run.plan.id}/${entry.key}`, ...factsOfHook(session, run, entry));
    await files.remove(entry.path);
  }
}

/** Each account's registry is read at most once a sweep. */
async function askRegistry(
  name: string,
  life: WatcherLife,
  { files }: WatcherDeps,
  registries: Map<AccountId, RegistryEntry[]>,
): Promise<void> {
  const before = live(life.state(), name);
  const account = life.state().config?.accounts.find((a) => a.id === before?.run.plan.account);
  if (!before?.run.process || !account) return;
  const entries = registries.get(account.id) ?? await readRegistry(files, account.configDir);
  registries.set(account.id, entries);
  const now = live(life.state(), name);
  const entry = entries.find((e) => e.pid === now?.run.process?.pid);
  if (now && entry) life.record(...factsOfRegistry(now.session, now.run, entry));
}
