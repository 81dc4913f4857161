/**
 * A pool of scripted agents in a real tmux, with a daemon that is a process of its own and may be killed.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { loadConfig } from "../../lib/config.ts";
import agent from "../../lib/cli/demo/agent.sh" with { type: "text" };
import { journalPath } from "../../lib/daemon.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Event } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";
import { realTmux, systemClock, systemFiles, systemProcesses } from "../../lib/ports/real.ts";
import type { Tmux } from "../../lib/ports/tmux.ts";
import { readRegistry } from "../../lib/claude/registry.ts";
import { isThere, testHome, tmuxSocket, until } from "../support/mod.ts";

export interface PoolOptions {
  readonly accounts: readonly string[];
  readonly sessions: readonly string[];
  readonly failover?: string;
}

export interface Pool extends AsyncDisposable {
  readonly config: Config;
  readonly configPath: string;
  readonly tmux: Tmux;
  /** Sets what the agent knows of its account, as in agent.sh's `fake-account`. */
  account(id: string, values: Readonly<Record<string, string | number>>): Promise<void>;
  /** Types a prompt into a session, as a person would. */
  prompt(session: string, text: string): Promise<void>;
  /** A daemon; with `dieAfter`, one that is killed after so many journal lines since the last `swap.requested`. */
  daemon(options?: { dieAfter?: number }): Daemon;
  events(): Event[];
  state(): State;
  /** Waits until the journal says so. */
  until(wanted: (state: State) => boolean, timeoutMs?: number): Promise<State>;
  /** The live agents by the registries of all accounts: conversation -> pids. */
  agents(): Promise<Map<string, number[]>>;
}

export interface Daemon {
  readonly exited: Promise<Deno.CommandStatus>;
  readonly pid: number;
  /** SIGKILL to its whole process group. */
  kill(): Promise<void>;
  stop(): Promise<Deno.CommandStatus>;
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
  await systemFiles.writeAtomic(`${root}/claude`, agent, 0o700);
  await systemFiles.makeDir(`${root}/work`);
  await systemFiles.makeDir(config.share.projectsDir);
  for (const { id, configDir } of config.accounts) await makeAccount(id, configDir, `${root}/work`);
  const tmux = realTmux(socket.socket, { processes: systemProcesses() });
  const daemons: Daemon[] = [];

  const pool: Pool = {
    config,
    configPath,
    tmux,
    account: (id, values) => writeAccount(dirOf(config, id), id, values),
    async prompt(session, prompt) {
      await tmux.type(session, prompt);
      await tmux.key(session, "Enter");
    },
    daemon({ dieAfter } = {}) {
      const daemon = startDaemon(root, configPath, dieAfter);
      daemons.push(daemon);
      return daemon;
    },
    events: () => readEvents(journalPath(config)),
    state: () => readEvents(journalPath(config)).reduce(fold, EMPTY),
    until: (wanted, timeoutMs = 15_000) =>
      until(() => {
        const state = pool.state();
        return wanted(state) ? state : null;
      }, { timeoutMs, everyMs: 25, what: () => JSON.stringify(pool.events().slice(-8), null, 1) }),
    agents: () => liveAgents(config),
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons) await daemon.kill();
      await socket[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
  return pool;
}

function configText(
  root: string,
  socket: string,
  { accounts, sessions, failover = "" }: PoolOptions,
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
  boot_timeout: 20s
  slow_boots_above_load: 1000 # whatever else this machine does
${failover}
sessions:
  - { names: ${q(sessions)}, cwd: ${q(`${root}/work`)}, account: ${accounts[0]} }
share: { projects_dir: ${q(`${root}/projects`)} }
claude: { path: ${q(`${root}/claude`)} }
tmux: { socket: ${q(socket)} }
paths: { state_dir: ${q(`${root}/state`)}, runtime_dir: ${q(`${root}/run`)} }
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

function startDaemon(root: string, configPath: string, dieAfter: number | undefined): Daemon {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--cached-only", DAEMON, configPath, String(dieAfter ?? "")],
    env: { HOME: root, TMUX: "", DENO_DIR: denoDir() },
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
    stop() {
      send("SIGTERM", child.pid);
      return exited;
    },
  };
}

/** Where this Deno has its packages: a program with another HOME must find them too. */
function denoDir(): string {
  const env = Deno.env.toObject();
  return env.DENO_DIR ?? `${env.XDG_CACHE_HOME ?? `${env.HOME}/.cache`}/deno`;
}

/** As another reader beside the daemon; an empty list while there is no journal yet. */
function readEvents(path: string): Event[] {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(path, { readOnly: true });
  } catch {
    return [];
  }
  try {
    const rows = db.prepare("SELECT seq, at, body FROM journal ORDER BY seq").all();
    return rows.map((row) => ({ ...JSON.parse(String(row.body)), seq: row.seq, at: row.at }));
  } catch {
    return []; // the tables are just being made
  } finally {
    db.close();
  }
}

async function liveAgents(config: Config): Promise<Map<string, number[]>> {
  const alive = new Map<string, number[]>();
  for (const { configDir } of config.accounts) {
    for (const { pid, conversation } of await readRegistry(systemFiles, configDir)) {
      if (isThere(pid)) alive.set(conversation, [...(alive.get(conversation) ?? []), pid]);
    }
  }
  return alive;
}
