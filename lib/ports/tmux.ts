/**
 * The part of tmux this program uses, and nothing more. Measured on tmux 3.3a.
 *
 * @module
 */
import type { ProcessId, SessionName } from "../model/ids.ts";

export interface Pane {
  readonly session: SessionName;
  /** tmux's `%N`, unique while the server lives. */
  readonly id: string;
  /** Of the program in the pane: with an argv of several words tmux execs it without a shell. */
  readonly pid: number;
  /** The program has ended and `remain-on-exit` keeps the pane. */
  readonly dead: boolean;
  /** The exit status of a dead pane; null while it lives, or when a signal ended it. */
  readonly exit: number | null;
  /** The argv the pane was started with, as tmux prints it; our run id stands in it. */
  readonly startCommand: string;
  /** How many clients look at its session. */
  readonly attached: number;
  /**
   * When a client last pressed a key in its session, attached to it or got the focus, in epoch milliseconds of whole
   * seconds; before any of that, when the session was made. Neither output, nor a resize, nor keys sent by command
   * count (`session_activity`, measured on 3.3a).
   */
  readonly activeAt: number;
}

export interface LaunchOptions {
  readonly cwd: string;
  /** At least two words, so that tmux never hands it to a shell. */
  readonly argv: readonly [string, string, ...string[]];
  readonly width?: number;
  readonly height?: number;
}

export interface Tmux {
  /**
   * Every pane of the server; empty only when it is certain that no server runs. Throws `TmuxError`
   * for anything else: an error of tmux is "unknown", never "no sessions".
   */
  panes(): Promise<Pane[]>;
  /**
   * Runs argv in the session's one pane: a new session, or the dead pane of the one there is, so that
   * people who look at it stay attached. Throws `TmuxError` while a program still runs in it.
   * The first launch starts the server, with an anchor session that keeps it alive.
   */
  launch(session: SessionName, options: LaunchOptions): Promise<Pane>;
  /** Types `text` literally, at most 400 characters a time; no Enter. */
  type(session: SessionName, text: string): Promise<void>;
  /** One named key, e.g. `Enter`, `Escape`. */
  key(session: SessionName, key: string): Promise<void>;
  /**
   * What the pane shows, wrapped lines joined. With `historyLines`, that much of the scrollback too. `styled`: with
   * the escape sequences of colours and the like, and each line of the screen as it is.
   */
  capture(
    session: SessionName,
    options?: { historyLines?: number; styled?: boolean },
  ): Promise<string>;
  /** Ends a session and what runs in it. A session that is not there is no error. */
  kill(session: SessionName): Promise<void>;
  /**
   * The server's own pid, or null when none runs. A server whose socket file was lost (a cleaner of /tmp) is asked to
   * make it again, so that people get to it as well.
   */
  serverPid(): Promise<number | null>;
  /** Tells who the server was when an earlier life of this program last saw it: alive without its socket, it is not gone. */
  remember(server: ProcessId): void;
}

/** Our own session on the server; it holds no work and keeps the server up. */
export const ANCHOR = "claude-failover-anchor";

/** A tmux command that failed, with what tmux said about it. */
export class TmuxError extends Error {
  override name = "TmuxError";
  constructor(
    readonly args: readonly string[],
    readonly code: number,
    readonly stderr: string,
  ) {
    super(`Cannot ${args[0]}: ${stderr.trim() || `tmux exited with ${code}`}`);
  }
}
