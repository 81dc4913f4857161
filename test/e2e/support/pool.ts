/**
 * A pool as a person would have it: a home, accounts A, B and so on, a config, and `claude-failover run` as a process of
 * its own. Only the credentials are made up, and the provider is the local API.
 *
 * @module
 */
import { join } from "node:path";
import type { Event } from "../../../lib/model/event.ts";
import type { State } from "../../../lib/model/state.ts";
import { seedAccount } from "../../contract/seed_account.ts";
import { type RunningApi, startApi } from "../../fakes/api/server.ts";
import { JournalReader } from "../../integration/journal_reader.ts";
import { type TestHome, testHome, type TestSocket, tmuxSocket } from "../../support/mod.ts";
import { until } from "../../contract/until.ts";
import { claudeEnv, claudePath } from "./claude.ts";
import { programEnv, programWords } from "../../support/program.ts";
import { Program } from "./program.ts";
import { settle } from "./settle.ts";

export interface PoolOptions {
  /** All under A at first. */
  readonly sessions: readonly (string | PoolSession)[];
  /** The preferred one first; A and B when left out. */
  readonly accounts?: readonly string[];
  /** How long a move waits for the end of a turn, as the config says it. */
  readonly quiesceGrace?: string;
  /** Percent of the five-hour window at which sessions move away. */
  readonly fiveHour?: number;
  /** The sessions' folder is the project `work` with an inbox, and `claude-failover` is in their PATH. */
  readonly tasks?: boolean;
  /** The `quota` part of the config. */
  readonly quota?: Readonly<Record<string, unknown>>;
  /** Servers of the Model Context Protocol that each session has, as Claude Code's own file of them says it. */
  readonly mcpServers?: Readonly<Record<string, unknown>>;
  /** Where the control plane listens on TCP. */
  readonly listen?: string;
  /** More environment of the accounts. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What stands in for an installed `claude-failover`, so that agents in the sessions can run it. */
const INSTALLED = `#!/bin/sh
exec ${programWords().map((word) => `'${word}'`).join(" ")} "$@"
`;

export interface PoolSession {
  readonly name: string;
  /** As claude's `--permission-mode`; the others skip all permission prompts. */
  readonly permissionMode: "default";
}

export interface Pool extends AsyncDisposable {
  readonly api: RunningApi;
  readonly home: TestHome;
  readonly socket: TestSocket;
  /** The sessions' folder. */
  readonly cwd: string;
  readonly projectsDir: string;
  /** Starts the daemon, or one more life of it. */
  start(): Program;
  /** A command of the CLI; throws with its stderr when it fails. */
  cli(...args: string[]): Promise<string>;
  /** Types a text into a session, with Enter behind it. */
  type(session: string, text: string): Promise<void>;
  /** Types a text into a session and waits until the daemon has seen it taken. */
  prompt(daemon: Program, session: string, text: string): Promise<Event>;
  /** The journal, over all lives of the daemon. */
  events(): readonly Event[];
  state(): State;
  /** Waits for a state of the daemon. */
  until(wanted: (state: State) => boolean, what: string, withinMs?: number): Promise<void>;
}

/** Under load, 1 of 24 Enters right after SessionStart was lost (2.1.330); a second one does no harm. */
const ENTER_AGAIN_MS = 2_500;

export async function pool(options: PoolOptions): Promise<Pool> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await testHome());
  const api = stack.use(await startApi());
  const socket = stack.use(await tmuxSocket());
  const cwd = home.path("work");
  const projectsDir = home.path("projects");
  for (const dir of [cwd, projectsDir]) await Deno.mkdir(dir);
  const { accounts = ["A", "B"] } = options;
  for (const name of accounts) {
    await seedAccount(home.path(name), { name, projectsDir, trusted: [cwd] });
  }
  await settle(accounts.map((name) => home.path(name)), { home, api });
  const configPath = home.path("config.yaml");
  await Deno.writeTextFile(
    configPath,
    configText({ ...options, accounts, home, api, socket, cwd }),
  );
  const { mcpServers } = options;
  if (mcpServers) await Deno.writeTextFile(home.path("mcp.json"), JSON.stringify({ mcpServers }));
  await Deno.mkdir(home.path("bin"));
  await Deno.writeTextFile(home.path("bin", "claude-failover"), INSTALLED, { mode: 0o755 });
  if (options.tasks) await Deno.mkdir(join(cwd, ".agent-queue", "inbox"), { recursive: true });
  const env = {
    ...home.env,
    PATH: `${home.path("bin")}:${home.env["PATH"] ?? Deno.env.get("PATH")}`,
    ...programEnv(),
    CLAUDE_FAILOVER_CONFIG: configPath,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno"),
  };
  const owned = stack.move();
  const start = () => owned.use(Program.start(["run", "--json"], env));
  const keys = (session: string, ...words: string[]) =>
    socket.tmux("send-keys", "-t", `=${session}:`, ...words);
  const type = async (session: string, text: string) => {
    await keys(session, "-l", "--", text);
    await keys(session, "Enter");
  };
  const journal = new JournalReader(home.path("state", "journal.db"));
  const events = () => journal.read().events;
  const state = () => journal.read().state;
  return {
    api,
    home,
    socket,
    cwd,
    projectsDir,
    start,
    type,
    cli: (...args) => Program.output(args, env),
    async prompt(daemon, session, text) {
      const accepted = (withinMs: number) =>
        daemon.event("prompt.accepted", { after: place, session, withinMs });
      const place = daemon.place();
      await type(session, text);
      return await accepted(ENTER_AGAIN_MS).catch(async () => {
        await keys(session, "Enter");
        return await accepted(60_000);
      });
    },
    events,
    state,
    async until(wanted, what, withinMs = 120_000) {
      await until(() => wanted(state()), () => `it is not true that ${what}`, withinMs);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function configText(
  { home, api, socket, cwd, accounts, sessions, ...options }: PoolOptions & {
    accounts: readonly string[];
    home: TestHome;
    api: RunningApi;
    socket: TestSocket;
    cwd: string;
  },
): string {
  const { quiesceGrace = "30s", fiveHour = 100 } = options;
  const account = (id: string, priority: number) => ({
    id,
    kind: "subscription",
    config_dir: home.path(id),
    priority,
    thresholds: { five_hour: fiveHour, weekly: 100 },
    env: { ...claudeEnv(api), ...options.env },
  });
  // JSON is YAML.
  return JSON.stringify({
    version: 1,
    accounts: accounts.map(account),
    failover: {
      mode: "auto",
      to_kinds: ["subscription"],
      quiesce_grace: quiesceGrace,
      slow_boots_above_load: 1_000, // whatever else this machine does
    },
    launch: {
      permission_mode: "bypassPermissions",
      ...(options.mcpServers ? { mcp_config: [home.path("mcp.json")] } : {}),
    },
    ...(options.listen ? { http: { listen: options.listen } } : {}),
    ...(options.quota ? { quota: options.quota } : {}),
    ...(options.tasks ? { projects: [{ id: "work", path: cwd }], tasks: { stable: "0s" } } : {}),
    sessions: sessions.map((session) => {
      const { name, permissionMode = null } = typeof session === "string"
        ? { name: session }
        : session;
      const launch = permissionMode === null ? {} : { launch: { permission_mode: permissionMode } };
      const project = options.tasks ? { project: "work" } : {};
      return { names: [name], cwd, account: "A", ...project, ...launch };
    }),
    share: { projects_dir: home.path("projects") },
    claude: { path: claudePath() },
    tmux: { socket: socket.path },
    paths: { state_dir: home.path("state"), runtime_dir: home.path("run") },
  });
}
