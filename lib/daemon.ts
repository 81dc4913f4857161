/**
 * The composition root: every `new` and every wire of the daemon, on one screen.
 *
 * The daemon may end at any moment without harm: tmux holds the sessions, the journal holds the rest, and the next
 * daemon goes on from both.
 *
 * @module
 */
import { checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint/mod.ts";
import { sharedGit } from "./git/look.ts";
import { preflight } from "./claude/accounts.ts";
import { atKeyboard } from "./claude/person.ts";
import { sentPrompt } from "./claude/sent_prompt.ts";
import { dispatcher } from "./dispatcher/mod.ts";
import { listCheckpoints } from "./claude/checkpoint_file.ts";
import { hostWatch } from "./host.ts";
import type { Control } from "./http/control.ts";
import { listen } from "./http/listen.ts";
import { reloader } from "./http/reload.ts";
import { janitor, type JournalKeeper } from "./janitor/mod.ts";
import { mcpMount } from "./mcp/mount.ts";
import type { AccountSpec, Config } from "./model/config.ts";
import { cwdsFor } from "./model/preflight.ts";
import { isAlive, type State } from "./model/state.ts";
import { type Clock, waitUntil } from "./ports/clock.ts";
import type { Files } from "./ports/files.ts";
import type { Net } from "./ports/net.ts";
import type { Processes } from "./ports/process.ts";
import type { Tmux } from "./ports/tmux.ts";
import { type ChannelDeps, type Notifier, notifier, openChannel } from "./notify/mod.ts";
import { moveToInbox } from "./queue/move_file.ts";
import { newTaskFile } from "./queue/new_task.ts";
import { keepNote } from "./queue/note.ts";
import { type Owner, ownerId } from "./queue/owner.ts";
import { placeTask } from "./queue/place_task.ts";
import { quota } from "./quota/mod.ts";
import { sender } from "./sender.ts";
import { Roster } from "./runtime/roster.ts";
import { journalPath, Store } from "./runtime/store.ts";
import { supervise } from "./runtime/supervisor.ts";
import { systemLocalTime } from "./words/time.ts";
import { switcher, type SwitcherDeps } from "./switcher/mod.ts";
import { closeServer } from "./watcher/ends.ts";
import { watcher } from "./watcher/mod.ts";

/** For who checks a config before the daemon runs. */
export { channelProblems } from "./notify/mod.ts";

export interface Ports {
  readonly clock: Clock;
  readonly files: Files;
  readonly net: Net;
  readonly processes: Processes;
  readonly tmux: Tmux;
  /** A new UUID. */
  newId(): string;
  /** From 0 to 1. */
  random(): number;
  /** The IANA name of the local time zone. */
  readonly zone: string;
  /** The environment that `claude` is asked about its sign-in with, before it is scrubbed. */
  readonly env: Readonly<Record<string, string>>;
}

export interface DaemonOptions {
  readonly config: Config;
  readonly ports: Ports;
  readonly version: string;
  readonly pid: number;
  /** Aborted: stop in good order and leave the sessions running. */
  readonly signal: AbortSignal;
  /** What cannot be told by the journal (it is full, or a worker did not stop). */
  report(line: string): void;
  /** Reads the config file again; rejects with what is wrong, in lines for people. */
  readConfig(): Promise<Config>;
  /** What channels of notices need of the world beside the ports. */
  readonly outside: Pick<ChannelDeps, "fetch" | "print">;
  /** Calls the listener whenever a signal asks for a reload, until it is disposed. */
  onHangup?(listener: () => void): Disposable;
  /** Called once the daemon has been told to stop, before it waits for what must end first. */
  onStopping?(): void;
  /** Called once the journal is open and the socket listens. */
  onReady?(store: Store): void;
}

/** Another daemon holds the state folder. */
export class AlreadyRunningError extends Error {
  override name = "AlreadyRunningError";
}

/** A running swap gets this long to end before an orderly stop leaves it to the next daemon. */
const SWAP_GRACE_MS = 60_000;

/** Runs until it is told to stop, by the signal or by a recorded request. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { config, ports, signal, report } = options;
  const { clock, files, net, processes, tmux, newId } = ports;
  await files.makeDir(config.paths.stateDir, 0o700);
  await files.makeDir(config.paths.runtimeDir, 0o700);
  using _lock = await lockState(config, files);
  using store = new Store(journalPath(config), { now: () => clock.now() });
  if (store.state.tmuxServer) tmux.remember(store.state.tmuxServer);
  await announce(store, options);

  const check = (config: Config, account: AccountSpec, cwds: readonly string[]) =>
    preflight(ports, config, account, cwds);
  const saves = { clock, files, processes, git: sharedGit(ports) };
  const checkpoints: Pick<SwitcherDeps, "saveCheckpoint" | "loadCheckpoint"> = {
    saveCheckpoint: (config, session, id) =>
      saveCheckpoint(saves, { config, state: store.state, session, id }),
    loadCheckpoint: (config, session, id) => loadCheckpoint(files, { config, session, id }),
  };
  const deps = { clock, files, processes, tmux, newId, preflight: check, ...checkpoints };
  const owner = () => ownerOf(config, options);
  const channelDeps = { ...deps, ...options.outside, env: ports.env };
  const telling = notifier({
    ...{ clock, newId, random: ports.random, journal: store, localTime: systemLocalTime },
    path: `${config.paths.stateDir}/notices.db`,
    open: (spec) => openChannel(spec, channelDeps),
    report,
  });
  const tidying = janitor({ ...deps, owner, journal: journalKeeper(store, telling) });
  const workers = [
    watcher(deps),
    quota({ ...deps, env: ports.env, zone: ports.zone, random: ports.random }),
    checkpoint(saves),
    switcher(deps),
    sender(deps),
    dispatcher({ ...deps, owner }),
    telling.worker,
    tidying.worker,
    hostWatch({ ...deps, env: ports.env }),
  ];
  const reload = reloader({
    state: () => store.state,
    record: (...facts) => store.record(...facts),
    readConfig: () => options.readConfig(),
  });
  const roster = new Roster(workers.map(({ name }) => name));
  const startedAt = clock.now();
  const control: Control = {
    vitals: {
      canWrite: () => store.canWrite()?.message ?? null,
      workers: () => roster.all(),
      hasTmux: async () => await tmux.serverPid() !== null,
    },
    own: () => ({ ...processes.own(), startedAt, journalBytes: store.bytes() }),
    channels: () => telling.figures(),
    state: () => store.state,
    stateAt: (at) => store.stateAt(at, () => clock.sleep(0, options.signal)),
    record: (...facts) => store.record(...facts),
    journalProblem: () => store.writeProblem?.message ?? null,
    events: (query) => store.events(query),
    firstSeq: () => store.first(),
    headSeq: () => store.state.seq,
    nextEvent: (after, until) => nextEvent(store, after, until),
    now: () => clock.now(),
    pause: (ms, until) => clock.sleep(ms, until).catch(() => {}),
    breathe: () => clock.sleep(0, options.signal).catch(() => {}),
    newId,
    capture: (session, options) => tmux.capture(session, options),
    person: (session) =>
      atKeyboard(ports, session, store.state.sessions[session]?.run?.pane ?? null),
    moveTaskFile: async (file, from, to) => {
      const at = (id: string) => store.state.config?.projects.find((p) => p.id === id);
      const [source, target] = [at(from), at(to)];
      return source && target ? await moveToInbox(files, { file, source, target }) : null;
    },
    addTask: async ({ project: id, text, ...words }) => {
      const project = store.state.config?.projects.find((p) => p.id === id);
      const made = newTaskFile(text, { ...words, name: null, newId: newId() });
      if ("refused" in made) return made;
      const path = project ? await placeTask(files, project, made) : null;
      if (path === null) return { refused: `there is no room for it in the inbox of ${id}` };
      return { file: path.split("/").at(-1)!, undo: () => files.remove(path) };
    },
    keepNote: (task, note) => keepNote(files, config, { task, note }),
    prompt: (id, text) => sentPrompt(files, config, { id, text }),
    checkpoints: (session) => listCheckpoints(files, { config, session }),
    check: (account) => {
      const { config: now } = store.state;
      return check(now ?? config, account, cwdsFor(now ?? config, account));
    },
    reload,
    channelHealth: (names) => telling.channels(names),
    said: (query) => telling.history(query),
    tidy: (wish) =>
      tidying.run(wish, {
        state: () => store.state,
        record: (...facts) => store.record(...facts),
        signal: options.signal,
      }),
  };
  const server = await listen(control, {
    ...{ config, clock, files, net },
    mcp: mcpMount(options.version),
  });
  const stop = new AbortController();
  let reloading: Promise<unknown> = Promise.resolve();
  using _hangups = options.onHangup?.(() => {
    reloading = reload().catch((error) => report(`Cannot reload the config: ${error.message}`));
  });
  try {
    options.onReady?.(store);
    const running = supervise(workers, {
      store,
      clock,
      signal: stop.signal,
      roster,
      report: (problem) => report(problem.text),
    });
    const onStopping = () => options.onStopping?.();
    const asked = stopAsked(store, { clock, asked: signal, over: stop.signal, onStopping });
    // Whichever ends first ends the other, and both have ended before the journal is closed.
    const both = [running, asked].map((part) => part.finally(() => stop.abort()));
    const failed = (await Promise.allSettled(both)).find((r) => r.status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    stop.abort();
    await server.close();
    await reloading;
  }
  const { daemon, sessions } = store.state;
  const ended = !Object.values(sessions).some(isAlive);
  if (ended && daemon.phase === "stopping" && daemon.endSessions) {
    await closeServer(tmux, Object.keys(sessions)).catch((error) => report(error.message));
  }
  store.record({ type: "daemon.stopped", sessions: ended ? "ended" : "left running" });
}

/** What nobody has told of yet is kept. */
function journalKeeper(store: Store, { unread }: Notifier): JournalKeeper {
  return {
    forgetKeys: (prefix) => store.forgetKeys(prefix),
    countBefore: (at) => store.countBefore(at),
    trim: (at, { lateAt }) => store.trim(at, { keepFrom: unread(), lateAt }),
  };
}

async function lockState(config: Config, files: Files): Promise<Disposable> {
  const path = `${config.paths.stateDir}/daemon.lock`;
  const lock = await files.lock(path);
  if (lock) return lock;
  throw new AlreadyRunningError(
    `Cannot start the daemon: another one holds ${config.paths.stateDir}`,
  );
}

/** Who we are beside the tasks that we have claimed. */
async function ownerOf(config: Config, { ports, pid }: DaemonOptions): Promise<Owner> {
  const { files, processes, newId } = ports;
  const { stateDir } = config.paths;
  const id = await ownerId(files, stateDir, newId);
  return { id, host: processes.hostname(), stateDir, pid };
}

async function announce(
  store: Store,
  { config, ports, version, pid }: DaemonOptions,
): Promise<void> {
  const boot = await ports.processes.boot();
  if (JSON.stringify(store.state.config) !== JSON.stringify(config)) {
    store.record({ type: "config.applied", config });
  }
  store.record({ type: "daemon.started", pid, version, boot });
}

/**
 * Resolves when the daemon has been told to stop, by the signal `asked` or by a recorded request, and nothing
 * is left that the stop should wait for; at once when `over` aborts.
 */
async function stopAsked(
  store: Store,
  { clock, asked, over, onStopping }: {
    clock: Clock;
    asked: AbortSignal;
    over: AbortSignal;
    onStopping: () => void;
  },
): Promise<void> {
  using inbox = store.subscribe(["daemon.stop.requested"]);
  const either = AbortSignal.any([asked, over]);
  try {
    while (store.state.daemon.phase !== "stopping" && !asked.aborted) {
      await inbox.receive({ signal: either }).catch((error) => {
        if (!asked.aborted) throw error;
      });
    }
    // A request that came first may say more, e.g. that the sessions are to end.
    if (store.state.daemon.phase !== "stopping") {
      store.record({ type: "daemon.stop.requested", by: "person", endSessions: false });
    }
    onStopping();
    await waitUntil(clock, SWAP_GRACE_MS, () => !mustWait(store.state), { signal: over });
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

function mustWait({ runningSwap, daemon, sessions }: State): boolean {
  if (runningSwap !== null) return true;
  return daemon.phase === "stopping" && daemon.endSessions && Object.values(sessions).some(isAlive);
}

/** Resolves once the journal holds something after that place. */
async function nextEvent(store: Store, after: number, signal: AbortSignal): Promise<void> {
  using inbox = store.subscribe("all");
  while (store.state.seq <= after) await inbox.receive({ signal });
}
