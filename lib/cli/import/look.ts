/**
 * A pool that is run by hand or by scripts, as it is seen from outside: tmux is asked for its panes, Claude Code's
 * registry for the conversations. Nothing is typed, stopped or renamed.
 *
 * @module
 */
import { basename } from "node:path";
import { isOf, readRegistry, type RegistryEntry } from "../../claude/registry.ts";
import { findTranscript, hasMessages } from "../../claude/transcript.ts";
import type { Pane, Tmux } from "../../ports/tmux.ts";
import { ANCHOR } from "../../ports/tmux.ts";
import { type Processes, ProgramNotFoundError } from "../../ports/process.ts";
import type { CliContext, CliPorts } from "../context.ts";
import { findConfigDirs, findQueues, type FoundDir } from "../pool/find.ts";

export interface PoolSight {
  readonly dirs: readonly FoundDir[];
  readonly sessions: readonly RunningSession[];
  /** Claude Codes that run under these config dirs, but in no pane of this tmux server. */
  readonly elsewhere: readonly number[];
  /** Sessions with a name as pools have it and no Claude Code in them. */
  readonly empty: readonly string[];
  readonly queues: readonly string[];
  readonly scripts: readonly RunningScript[];
}

export interface RunningSession {
  /** Of the tmux session. */
  readonly name: string;
  readonly pid: number;
  readonly account: FoundDir;
  readonly cwd: string | null;
  /** Null: nothing was said in it yet, so there is nothing to go on with. */
  readonly conversation: string | null;
}

/** A script that starts, moves or restarts sessions, as long as it runs. */
export interface RunningScript {
  readonly name: string;
  readonly pid: number;
}

const SCRIPTS = [
  "checkpoint-daemon",
  "graceful-switch",
  "launch-agent",
  "start-dedicated-agents",
  "watchdog",
];

const INTERPRETER = /^(ba|da|z)?sh$|^python[\d.]*$|^(node|bun|perl|ruby)$/;

/** Throws `TmuxError` when the server does not answer. */
export async function lookAtPool(
  { files, processes }: Pick<CliPorts, "files" | "processes">,
  tmux: Pick<Tmux, "panes">,
  { home, env, also }: Pick<CliContext, "home" | "env"> & { readonly also: readonly string[] },
): Promise<PoolSight> {
  const [dirs, panes, queues, scripts] = await Promise.all([
    findConfigDirs(files, { home, env, also }),
    tmux.panes(),
    findQueues(files, home),
    runningScripts(processes, env),
  ]);
  const running = (await Promise.all(dirs.map(async (dir) => {
    const entries = await readRegistry(files, dir.configDir);
    const living = await Promise.all(entries.map((entry) => isLiving(processes, entry)));
    return entries.filter((_, i) => living[i]).map((entry) => ({ dir, entry }));
  }))).flat();
  const sessions: RunningSession[] = [];
  for (const pane of panes.filter(({ session, dead }) => session !== ANCHOR && !dead)) {
    const pids = await pidsOf(processes, pane);
    for (const { dir, entry } of running.filter(({ entry }) => pids.has(entry.pid))) {
      const transcript = await findTranscript(
        files,
        `${dir.configDir}/projects`,
        entry.conversation,
      );
      const goesOn = transcript !== null && await hasMessages(files, transcript);
      sessions.push({
        name: pane.session,
        pid: entry.pid,
        account: dir,
        cwd: entry.cwd,
        conversation: goesOn ? entry.conversation : null,
      });
    }
  }
  const inPanes = new Set(sessions.map(({ pid }) => pid));
  const names = new Set(panes.map(({ session }) => session));
  return {
    dirs,
    sessions,
    elsewhere: running.map(({ entry }) => entry.pid).filter((pid) => !inPanes.has(pid)),
    empty: [...names].filter((name) =>
      /^(ccl|claude)-/.test(name) && name !== ANCHOR && !sessions.some((one) => one.name === name)
    ),
    queues,
    scripts,
  };
}

/** An entry outlives a process that was killed. */
async function isLiving(processes: Processes, entry: RegistryEntry): Promise<boolean> {
  const process = await processes.identify(entry.pid);
  return process !== null && isOf(entry, process);
}

/** Scripts start Claude Code below a shell, so it may be any process of the pane. */
async function pidsOf(processes: Processes, { pid }: Pane): Promise<ReadonlySet<number>> {
  const first = await processes.identify(pid);
  const below = first === null ? [] : await processes.descendants(first);
  return new Set([pid, ...below.map((process) => process.pid)]);
}

/** By the words of command lines, of which nothing else is kept: there may be secrets in them. */
async function runningScripts(
  processes: Processes,
  env: Readonly<Record<string, string>>,
): Promise<RunningScript[]> {
  const said = await processes.run(["ps", "-eo", "pid=,args="], { env, timeoutMs: 5_000 })
    .catch((error) => {
      if (error instanceof ProgramNotFoundError) return null;
      throw error;
    });
  return (said?.stdout ?? "").split("\n").flatMap((line) => {
    const [pid, ...words] = line.trim().split(/\s+/);
    const [program = "", ...args] = words;
    const runs = INTERPRETER.test(basename(program))
      ? args.find((arg) => !/^-/.test(arg))
      : program;
    const name = basename(runs ?? "").replace(/\.(sh|py|js|ts)$/, "");
    return SCRIPTS.includes(name) ? [{ name, pid: Number(pid) }] : [];
  });
}
