/**
 * A pool of scripted agents in a real tmux, with a daemon that is a process of its own and may be killed.
 *
 * @module
 */
import { loadConfig } from "../../lib/config.ts";
import agent from "../../lib/cli/demo/agent.sh" with { type: "text" };
import { journalPath } from "../../lib/runtime/store.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Event } from "../../lib/model/event.ts";
import type { State } from "../../lib/model/state.ts";
import { realTmux, systemClock, systemFiles, systemProcesses } from "../../lib/ports/real.ts";
import type { Tmux } from "../../lib/ports/tmux.ts";
import { procTable } from "../../lib/ports/process_table.ts";
import { readRegistry } from "../../lib/claude/registry.ts";
import { CANARY, leaksInText, refuseLeaks } from "../support/leaks.ts";
import { isThere, testHome, tmuxSocket, until } from "../support/mod.ts";
import { BUILT, denoRun, programWords } from "../support/program.ts";
import { JournalReader } from "./journal_reader.ts";

export interface PoolOptions {
  readonly accounts: readonly string[];
  readonly sessions: readonly string[];
  readonly failover?: string;
  /** The state folder of each daemon is a file system of its own of so many KiB, which only it and its sessions see. */
  readonly stateKiB?: number;
  /** How long a start may take, as the config says it; 20 s when it is left out. */
  readonly bootTimeout?: string;
  /** The YAML of projects, tasks and sessions, in place of these sessions in one folder. */
  readonly work?: (root: string) => string;
  /** More of the config, as YAML. */
  readonly more?: string;
  /** What stands in for `claude`; the scripted agent when it is left out. */
  readonly claude?: string;
}

export interface Pool extends AsyncDisposable {
  readonly config: Config;
  readonly configPath: string;
  readonly tmux: Tmux;
  /** Sets what the agent knows of its account, as in agent.sh's `fake-account`. */
  account(id: string, values: Readonly<Record<string, string | number>>): Promise<void>;
  /** Types a prompt into a session, as a person would. */
  prompt(session: string, text: string): Promise<void>;
  /**
   * A daemon; with `dieAfter`, one that is killed after so many journal lines since the last `swap.requested`; with `storm`, one
   * that gets so many events within a second of it. It is one of the tests' own, whose clock can leap, unless the executable is under test and neither is asked for (`ofTests`).
   */
  daemon(options?: { dieAfter?: number; storm?: number; ofTests?: boolean }): Daemon;
  /** The daemon as people start it: `claude-failover run`, with more in its environment. */
  program(env?: Readonly<Record<string, string>>): Daemon;
  /** How a program starts `claude-failover` with these arguments. */
  command(...args: string[]): { command: string; args: string[]; env: Record<string, string> };
  /** Runs `claude-failover` with these arguments to its end. */
  cli(...args: string[]): Promise<{ code: number; out: string; err: string }>;
  events(): Event[];
  state(): State;
  /** Sets the wall clock of its daemons, those that run too, ahead by so much more, as a suspend does. */
  leap(ms: number): Promise<void>;
  /** Waits until the journal says so. */
  until(wanted: (state: State) => boolean, timeoutMs?: number): Promise<State>;
  /** The live agents by the registries of all accounts: conversation -> pids. */
  agents(): Promise<Map<string, number[]>>;
  /** The path as the last daemon sees it, whose state folder may be a file system of its own. */
  inside(path: string): string;
}

export interface Daemon {
  readonly exited: Promise<Deno.CommandStatus>;
  readonly pid: number;
  /** SIGKILL to its whole process group. */
  kill(): Promise<void>;
  stop(): Promise<Deno.CommandStatus>;
  /** SIGHUP: reload. */
  hangUp(): void;
}

const DAEMON = new URL("doomed_daemon.ts", import.meta.url).pathname;

export async function makePool(options: PoolOptions): Promise<Pool> {
  const home = await testHome();
  const socket = await tmuxSocket();
  const root = home.dir;
  const configPath = `${root}/config.yaml`;
  const text = configText(root, socket.path, options);
  const config = loadConfig(text, { path: configPath, home: root, env: {} });
  await systemFiles.writeAtomic(configPath, text);
  await systemFiles.writeAtomic(`${root}/claude`, options.claude ?? agent, 0o700);
  await systemFiles.makeDir(`${root}/work`);
  await systemFiles.makeDir(config.share.projectsDir);
  for (const { id, configDir } of config.accounts) await makeAccount(id, configDir, `${root}/work`);
  const tmux = realTmux(socket.socket, { processes: systemProcesses() });
  const daemons: Daemon[] = [];
  const isApart = options.stateKiB !== undefined;
  const journal = new JournalReader(isApart ? `${root}/journal-copy.db` : journalPath(config));
  function read(): ReturnType<JournalReader["read"]> {
    if (isApart) copyJournal(pool.inside(journalPath(config)), `${root}/journal-copy.db`);
    return journal.read();
  }
  let aheadMs = 0;

  const pool: Pool = {
    config,
    configPath,
    tmux,
    account: (id, values) => writeAccount(dirOf(config, id), id, values),
    async prompt(session, prompt) {
      await tmux.type(session, prompt);
      await tmux.key(session, "Enter");
    },
    daemon({ dieAfter, storm, ofTests = (dieAfter ?? storm) !== undefined } = {}) {
      const words = BUILT === null || ofTests
        ? denoRun([DAEMON, configPath, String(dieAfter ?? ""), String(storm ?? "")])
        : programWords("--config", configPath, "run");
      const { stateKiB: sizeKiB } = options;
      const state = sizeKiB === undefined ? null : { dir: config.paths.stateDir, sizeKiB };
      const daemon = startDaemon(root, words, { state });
      daemons.push(daemon);
      return daemon;
    },
    program(env = {}) {
      const daemon = startDaemon(root, programWords("--config", configPath, "run"), { env });
      daemons.push(daemon);
      return daemon;
    },
    command(...words) {
      const [command, ...args] = programWords("--config", configPath, ...words);
      return { command: command!, args, env: daemonEnv(root) };
    },
    async cli(...words) {
      const { command, args, env } = pool.command(...words);
      const ran = await new Deno.Command(command, { args, env, stdin: "null" }).output();
      const text = new TextDecoder();
      const [out, err] = [text.decode(ran.stdout), text.decode(ran.stderr)];
      // A new token is shown once, to whoever makes it.
      const isMade = words[0] === "token" || words.includes("--token");
      if (!isMade) refuseLeaks(leaksInText(words.join(" "), out + err));
      return { code: ran.code, out, err };
    },
    events: () => [...read().events],
    state: () => read().state,
    leap(ms) {
      aheadMs += ms;
      return systemFiles.writeAtomic(`${root}/clock-ahead`, String(aheadMs));
    },
    inside: (path) =>
      options.stateKiB === undefined ? path : `/proc/${daemons.at(-1)?.pid}/root${path}`,
    until: (wanted, timeoutMs = 15_000) =>
      until(() => {
        const state = pool.state();
        return wanted(state) ? state : null;
      }, { timeoutMs, everyMs: 25, what: () => JSON.stringify(pool.events().slice(-8), null, 1) }),
    agents: () => liveAgents(config),
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons) await daemon.kill();
      const err = await Deno.readTextFile(printed(root, "err")).catch(() => "");
      if (err !== "") console.error(err.trimEnd());
      await socket[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
  return pool;
}

function configText(
  root: string,
  socket: string,
  { accounts, sessions, failover = "", bootTimeout = "20s", work, more = "" }: PoolOptions,
) {
  const q = JSON.stringify;
  return `version: 1
accounts:
${
    accounts.map((id, i) =>
      `  - { id: ${id}, kind: subscription, config_dir: ${
        q(`${root}/claude-${id}`)
      }, priority: ${i} }`
    ).join("\n")
  }
failover:
  mode: auto
  to_kinds: [subscription]
  quiesce_grace: 5s
  boot_timeout: ${bootTimeout}
  slow_boots_above_load: 1000 # whatever else this machine does
${failover}
${
    work?.(root) ??
      `sessions:\n  - { names: ${q(sessions)}, cwd: ${q(`${root}/work`)}, account: ${accounts[0]} }`
  }
share: { projects_dir: ${q(`${root}/projects`)} }
claude: { path: ${q(`${root}/claude`)} }
tmux: { socket: ${q(socket)} }
paths: { state_dir: ${q(`${root}/state`)}, runtime_dir: ${q(`${root}/run`)} }
${more}
`;
}

function dirOf(config: Config, id: string): string {
  return config.accounts.find((a) => a.id === id)!.configDir;
}

async function makeAccount(id: string, dir: string, cwd: string): Promise<void> {
  await systemFiles.makeDir(dir, 0o700);
  const seed = {
    hasCompletedOnboarding: true,
    projects: { [cwd]: { hasTrustDialogAccepted: true } },
  };
  await systemFiles.writeAtomic(`${dir}/.claude.json`, JSON.stringify(seed));
  const signIn = { claudeAiOauth: { accessToken: `sk-ant-oat01-${CANARY}-${id}` } };
  await systemFiles.writeAtomic(`${dir}/.credentials.json`, JSON.stringify(signIn));
  await writeAccount(dir, id, {});
}

async function writeAccount(
  dir: string,
  id: string,
  values: Readonly<Record<string, string | number>>,
): Promise<void> {
  const all = {
    name: id,
    email: `${id}@example.test`,
    plan: "max",
    org: `made-up-${id}`,
    five_hour_pct: 10,
    five_hour_burn_pct: 0,
    five_hour_resets_at: Math.floor(systemClock.now() / 1000) + 3600,
    ...values,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
  await systemFiles.writeAtomic(`${dir}/fake-account`, lines.join(""));
}

function daemonEnv(root: string): Record<string, string> {
  return { HOME: root, TMUX: "", DENO_DIR: denoDir(), PLANTED_SECRET: CANARY };
}

/** Where the daemons of a pool print, so that it is searched for secrets as all else that they write. */
function printed(root: string, stream: "out" | "err"): string {
  return `${root}/printed-${stream}`;
}

function startDaemon(
  root: string,
  argv: readonly string[],
  { state = null, env = {} }: {
    readonly state?: { readonly dir: string; readonly sizeKiB: number } | null;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Daemon {
  const words = state ? inTmpfs(state.dir, state.sizeKiB, argv) : argv;
  const toFiles = 'out=$1 err=$2; shift 2; exec "$@" >>"$out" 2>>"$err"';
  const child = new Deno.Command("sh", {
    args: ["-c", toFiles, "sh", printed(root, "out"), printed(root, "err"), ...words],
    env: { ...daemonEnv(root), ...env },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    detached: true, // a process group of its own, so that it can be killed as one
  }).spawn();
  let over = false;
  const exited = child.status.then((status) => {
    over = true;
    return status;
  });
  const send = (signal: Deno.Signal, pid: number) => {
    try {
      if (!over) Deno.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  return {
    exited,
    pid: child.pid,
    async kill() {
      send("SIGKILL", -child.pid);
      await exited;
    },
    hangUp: () => send("SIGHUP", child.pid),
    stop() {
      send("SIGTERM", child.pid);
      return exited;
    },
  };
}

/** The command with a small file system of its own in that place; it keeps the pid. */
export function inTmpfs(dir: string, sizeKiB: number, argv: readonly string[]): string[] {
  const script =
    'mkdir -p "$1"; mount -t tmpfs -o size="$2"k,mode=700 none "$1"; shift 2; exec "$@"';
  const user = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];
  return ["unshare", ...user, "--mount", "sh", "-ec", script, "sh", dir, `${sizeKiB}`, ...argv];
}

/** Where this Deno has its packages: a program with another HOME must find them too. */
export function denoDir(): string {
  const env = Deno.env.toObject();
  return env.DENO_DIR ?? `${env.XDG_CACHE_HOME ?? `${env.HOME}/.cache`}/deno`;
}

/** SQLite follows the link of `/proc/PID/root` to the wrong place, so it reads a copy. */
function copyJournal(journal: string, copy: string): void {
  for (const part of ["", "-wal"]) {
    try {
      Deno.copyFileSync(`${journal}${part}`, `${copy}${part}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function liveAgents(config: Config): Promise<Map<string, number[]>> {
  const alive = new Map<string, number[]>();
  for (const { configDir } of config.accounts) {
    for (const { pid, conversation, procStart } of await readRegistry(systemFiles, configDir)) {
      // A killed one has left its entry, and its pid may be somebody else's by now.
      const isSame = procStart === null || (await procTable.row(pid))?.started === procStart;
      if (isThere(pid) && isSame) {
        alive.set(conversation, [...(alive.get(conversation) ?? []), pid]);
      }
    }
  }
  return alive;
}
