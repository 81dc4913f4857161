/**
 * The world as a command is allowed to see it. `real_context.ts` makes the true one; a test makes its own.
 *
 * Each command is a function from this to a `Command`, in a file that is loaded only when somebody
 * names the command; what is costly to load (config, ports) is behind a function for the same reason.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ControlClient } from "../http/client.ts";
import type { OwnVia } from "../http/via.ts";
import type { Config, TmuxSocket } from "../model/config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Net } from "../ports/net.ts";
import type { Processes } from "../ports/process.ts";
import type { ServiceManager } from "../ports/service_manager.ts";
import type { Tmux } from "../ports/tmux.ts";
import type { Systemd } from "../ports/tmux_scope.ts";
import type { Prompts } from "./prompts.ts";
import type { LocalTimeOf } from "../words/time.ts";
import type { Self } from "./self.ts";

export type { CommandUnknownOpts };

/** Text to one of the program's own streams, as it is; no newline is added. */
export interface Out {
  write(text: string): void;
}

/** The ports of `lib/ports`, loaded when first asked for. */
export interface CliPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly processes: Processes;
  readonly net: Net;
  /** A new UUID. */
  newId(): string;
  /** From 0 to 1. */
  random(): number;
  /** The IANA name of the local time zone. */
  readonly zone: string;
  /** What there is of systemd around us, for where the tmux server lives. */
  systemd(): Promise<Systemd>;
  /** Of a persistent one dispose: it holds a tmux client until then. */
  tmux(
    socket: TmuxSocket,
    options?: {
      persistent?: boolean;
      env?: Readonly<Record<string, string>>;
      scope?: Config["tmux"]["scope"];
    },
  ): Tmux & Partial<AsyncDisposable>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute. */
  readonly path: string;
}

export interface CliContext {
  readonly version: string;
  /** What it runs as, and where it lies. */
  readonly self: Self;
  readonly os: typeof Deno.build.os;
  /** Whoever started us as a service. */
  readonly service: ServiceManager;
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  readonly cwd: string;
  readonly stdout: Out;
  readonly stderr: Out;
  /** Standard input to its end. */
  stdin(): Promise<string>;
  /** Standard output is a terminal: a person is looking, and the cursor may be moved. */
  readonly isTty: boolean;
  readonly color: boolean;
  readonly columns: number;
  /** For times that people read. */
  readonly localTime: LocalTimeOf;
  /** The one port that costs nothing to load. */
  readonly clock: Clock;
  /** Aborted by the first SIGINT or SIGTERM; listens from the first call on. */
  interrupted(): AbortSignal;
  ports(): Promise<CliPorts>;
  /** Of `--config`, or the first default place. Throws `CliError` (exit 2) when it is missing or wrong. */
  loadConfig(): Promise<LoadedConfig>;
  /** As `loadConfig`, from the file as it is now. */
  reloadConfig(): Promise<LoadedConfig>;
  /** From here on a reader of our output that goes away no longer ends the program. */
  goOnUnread(): void;
  /** Calls the listener at each SIGHUP until it is disposed. */
  onHangup(listener: () => void): Disposable;
  /** To the daemon of that config; see `withDaemon`, which puts its errors in words. */
  client(options?: { via?: OwnVia }): Promise<ControlClient>;
  /** What `--config` said, once the arguments are parsed. */
  useConfig(path: string | undefined): void;
  /** That path, absolute; undefined when nothing was said. */
  configNamed(): string | undefined;
  /** Somebody can be asked: both ends are a terminal. */
  readonly canAsk: boolean;
  prompts(): Promise<Prompts>;
  /** Runs a program on this terminal (stdio inherited) and resolves to its exit code. */
  onTerminal(
    argv: readonly [string, ...string[]],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
  ): Promise<number>;
}

/** What each file in `lib/cli` that is a command exports. */
export type MakeCommand = (context: CliContext) => CommandUnknownOpts;
