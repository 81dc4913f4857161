/**
 * The life of the tmux server: started once, never a second one beside it.
 *
 * @module
 */
import { dirname } from "node:path";
import type { TmuxSocket } from "../model/config.ts";
import type { ProcessId } from "../model/ids.ts";
import { type Clock, waitUntil } from "./clock.ts";
import type { Processes } from "./process.ts";
import { ANCHOR, TmuxError } from "./tmux.ts";
import {
  type CommandOptions,
  type Env,
  type RunTmux,
  saysNoServer,
  socketPath,
  tmuxCommand,
} from "./tmux_command.ts";
import { serverPlace, type Systemd, type TmuxScope } from "./tmux_scope.ts";

/** Lines of scrollback kept for people who want to see how a session got there. */
const HISTORY_LINES = 20_000;

/** tmux makes its socket again within some milliseconds of SIGUSR1. */
const RECALL_MS = 1_000;

export interface ServerDeps {
  readonly socket: TmuxSocket;
  readonly env: Env;
  readonly run: RunTmux;
  /** As `run`, and starts the server when there is none. */
  readonly runFirst: RunTmux;
  readonly clock: Clock;
  readonly processes: Processes | undefined;
}

export class TmuxServer {
  readonly #deps: ServerDeps;
  #known: ProcessId | null = null;

  constructor(deps: ServerDeps) {
    this.#deps = deps;
  }

  /** Who the server was in an earlier life of the daemon. What this life has seen itself counts more. */
  remember(server: ProcessId): void {
    this.#known ??= server;
  }

  /**
   * Starts the server with its anchor session. The options are set before any session is there, in the same
   * command, so that no program can end before `remain-on-exit` holds.
   */
  async start(): Promise<void> {
    const global = (name: string, value: string) => ["set-option", "-g", name, value, ";"];
    const { runFirst } = this.#deps;
    const anchor = ["sh", "-c", `echo ${ANCHOR_SAYS}; exec tail -f /dev/null`];
    try {
      await runFirst(
        ...["start-server", ";"],
        // A pane whose program has ended stays, with its exit status, and is used again.
        ...global("remain-on-exit", "on"),
        // Counts for panes made from now on, so it cannot be set later.
        ...global("history-limit", `${HISTORY_LINES}`),
        // The default of 500 ms delays each Escape of a person who looks in; tmux 3.5 has 10 too.
        ...global("escape-time", "10"),
        ...["new-session", "-d", "-s", ANCHOR, "-x", "80", "-y", "24", "-c", "/", "--", ...anchor],
      );
    } catch (error) {
      // Somebody else started it at the same moment; its options are the same.
      if (!(error instanceof TmuxError && error.stderr.includes("duplicate session"))) throw error;
    }
  }

  /** Notes who the server is, from an answer of its own. */
  async saw(pid: number): Promise<void> {
    if (this.#known?.pid === pid) return;
    this.#known = await this.#deps.processes?.identify(pid) ?? null;
  }

  /**
   * Runs a command; when nobody listens although the server we know still lives, its socket was lost (a
   * cleaner of /tmp): it is asked to make it again. If that fails the error says so, and is not "no server".
   */
  async run(args: readonly string[]): Promise<string> {
    try {
      return await this.#deps.run(...args);
    } catch (error) {
      if (!saysNoServer(error) || !await this.#recall(args)) throw error;
      return await this.#deps.run(...args);
    }
  }

  /** Brings the socket file back when it was lost, which a lasting client does not notice. */
  async keepSocket(): Promise<void> {
    const { env, socket } = this.#deps;
    const there = await Deno.lstat(socketPath(socket, env)).then(() => true, () => false);
    if (!there) await this.#recall(["keep", "the", "socket"]);
  }

  /**
   * Makes tmux collect programs that have ended. It can miss one for ever when it is built with libutempter,
   * whose handler takes the SIGCHLD of another pane (tmux issue 311; one in ten on 3.3a while being asked all
   * the time). The end of any job makes it look for all of them.
   */
  async collect(): Promise<void> {
    await this.#deps.run("run-shell", "-b", "true");
  }

  /** True when the socket is back, false when the server is gone; throws when it lives out of reach. */
  async #recall(args: readonly string[]): Promise<boolean> {
    const { processes, clock, env, socket } = this.#deps;
    const server = this.#known;
    if (!processes || !server) return false;
    const path = socketPath(socket, env);
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (!await processes.signal(server, "SIGUSR1")) {
      this.#known = null;
      return false;
    }
    const back = () => this.#deps.run("display-message", "-p", "").then(() => true, () => false);
    if (await waitUntil(clock, RECALL_MS, back)) return true;
    if (!await processes.isAlive(server)) return false;
    throw new TmuxError(
      args,
      1,
      `the tmux server (process ${server.pid}) lives, and its socket ${path} is lost`,
    );
  }
}

/** The command that starts the server, in the place where it is to live. */
export function firstCommand(
  socket: TmuxSocket,
  { scope, systemd, ...options }: CommandOptions & {
    readonly scope: TmuxScope;
    readonly systemd: () => Promise<Systemd>;
  },
): RunTmux {
  const startBy = (startPrefix: readonly string[]) =>
    tmuxCommand(socket, { ...options, startPrefix });
  return async (...args) => {
    const { prefix } = serverPlace(scope, await systemd());
    if (prefix.length === 0 || scope === "systemd") return await startBy(prefix)(...args);
    try {
      return await startBy(prefix)(...args);
    } catch {
      // A manager that does not answer keeps no session from starting; had the server come up all the same, tmux says so.
      return await startBy([])(...args);
    }
  };
}

const ANCHOR_SAYS =
  "This session of claude-failover holds no work: it keeps the tmux server up while the others come and go.";
