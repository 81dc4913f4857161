/**
 * tmux, for real: every command and its arguments stand here.
 *
 * @module
 */
import type { TmuxSocket } from "../model/config.ts";
import type { ProcessId, SessionName } from "../model/ids.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Processes } from "./process.ts";
import { type LaunchOptions, type Pane, type Tmux, TmuxError } from "./tmux.ts";
import { type Env, saysNoServer, scrubbedEnv, tmuxCommand, word } from "./tmux_command.ts";
import { isKey, ownRow, parsePanes, ROW, type Row, textChunks } from "./tmux_format.ts";
import { TmuxQueries } from "./tmux_queries.ts";
import { lookForSystemd, type Systemd, type TmuxScope } from "./tmux_scope.ts";
import { firstCommand, TmuxServer } from "./tmux_server.ts";

export interface RealTmuxOptions {
  /** To tell a server that lost its socket from one that is gone. Without it, the two look the same. */
  readonly processes?: Processes;
  /** What `panes` and `capture` ask is asked through one lasting client. Then the result must be disposed. */
  readonly persistent?: boolean;
  /** The environment to hand on to sessions, before it is scrubbed; default: our own. */
  readonly env?: Env;
  /** Where the server is to live; default `none`: by itself. */
  readonly scope?: TmuxScope;
  /** What there is of systemd; default: looks around when the server is to be started. */
  readonly systemd?: () => Promise<Systemd>;
  readonly clock?: Clock;
  readonly timeoutMs?: number;
}

/** Long texts go in pieces: Claude Code (2.1.330) takes more than 800 characters at once for a paste. */
const TYPE_CHUNK = 400;
const TYPE_PAUSE_MS = 30;

/** Tmux on one socket; it never touches another server. */
export function realTmux(socket: TmuxSocket, options: RealTmuxOptions = {}): RealTmux {
  return new RealTmux(socket, options);
}

export class RealTmux implements Tmux, AsyncDisposable {
  readonly #clock: Clock;
  readonly #server: TmuxServer;
  readonly #queries: TmuxQueries;

  constructor(socket: TmuxSocket, options: RealTmuxOptions) {
    const {
      clock = systemClock,
      timeoutMs = 5_000,
      persistent = false,
      scope = "none",
    } = options;
    const env = scrubbedEnv(options.env ?? Deno.env.toObject());
    const systemd = options.systemd ?? (() => lookForSystemd(env));
    this.#clock = clock;
    this.#server = new TmuxServer({
      socket,
      env,
      clock,
      run: tmuxCommand(socket, { env, timeoutMs }),
      runFirst: firstCommand(socket, { env, timeoutMs, scope, systemd }),
      processes: options.processes,
    });
    const spawned = (args: readonly string[]) => this.#server.run(args);
    this.#queries = new TmuxQueries(spawned, { socket, env, clock, timeoutMs, persistent });
  }

  async panes(): Promise<Pane[]> {
    return (await this.#rows() ?? []).map((row) => row.pane);
  }

  async launch(session: SessionName, options: LaunchOptions): Promise<Pane> {
    const { cwd, argv, width = 200, height = 50 } = options;
    // tmux itself would go on in the home folder, and Claude Code would resume in the wrong project.
    if (!(await Deno.stat(cwd).catch(() => null))?.isDirectory) {
      throw new TmuxError(["launch", session], 1, `there is no folder ${cwd}`);
    }
    const rows = await this.#rows();
    if (!rows) await this.#server.start();
    const there = rows && ownRow(rows, session);
    const target = there ? there.pane.id : `=${session}:`;
    const begin = there
      // Without -k it refuses while a program runs. The pane, and who looks at it, stay.
      ? ["respawn-pane", "-t", target]
      : ["new-session", "-d", "-s", session, "-x", `${width}`, "-y", `${height}`];
    const out = await this.#server.run([
      ...[...begin, "-c", word(cwd), "--", ...argv.map(word), ";"],
      // On a server that was there before us, whose options are not ours to change.
      ...["set-option", "-w", "-t", target, "remain-on-exit", "on", ";"],
      ...["display-message", "-p", "-t", target, ROW],
    ]);
    const [row] = parsePanes(out);
    if (!row) throw new TmuxError([...begin], 1, `no pane in ${JSON.stringify(out)}`);
    await this.#server.saw(row.server);
    if (!rows) this.#queries.tryAgain();
    return row.pane;
  }

  async type(session: SessionName, text: string): Promise<void> {
    const target = await this.#ready("type", session);
    for (const [index, chunk] of textChunks(text, TYPE_CHUNK).entries()) {
      if (index > 0) await this.#clock.sleep(TYPE_PAUSE_MS);
      await this.#server.run(["send-keys", "-t", target, "-l", "--", word(chunk)]);
    }
  }

  async key(session: SessionName, key: string): Promise<void> {
    // tmux types the letters of a name it does not know.
    if (!isKey(key)) throw new TmuxError(["send-keys", key], 1, `there is no key ${key}`);
    const target = await this.#ready("press a key", session);
    await this.#server.run(["send-keys", "-t", target, "--", word(key)]);
  }

  async capture(
    session: SessionName,
    { historyLines = 0, styled = false }: { historyLines?: number; styled?: boolean } = {},
  ): Promise<string> {
    const { id } = this.#find("capture", session, await this.#rows()).pane;
    const how = styled ? "-e" : "-J";
    const out = await this.#queries.ask([
      ...["capture-pane", "-p", how, "-t", id, "-S", `-${historyLines}`],
    ]);
    if (styled) return out;
    // -J keeps the spaces that fill up a line.
    return out.replace(/[ \n]+$/, "").replace(/ +$/gm, "") + "\n";
  }

  async kill(session: SessionName): Promise<void> {
    try {
      await this.#server.run(["kill-session", "-t", `=${session}`]);
    } catch (error) {
      const gone = error instanceof TmuxError && error.stderr.startsWith("can't find session");
      if (!gone && !saysNoServer(error)) throw error;
    }
  }

  async serverPid(): Promise<number | null> {
    const pid = (await this.#rows())?.[0]?.server ?? null;
    if (pid !== null) await this.#server.keepSocket();
    return pid;
  }

  remember(server: ProcessId): void {
    this.#server.remember(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queries[Symbol.asyncDispose]();
  }

  /** Null when it is certain that no server runs. */
  async #rows(): Promise<Row[] | null> {
    try {
      const rows = parsePanes(await this.#queries.ask(["list-panes", "-a", "-F", ROW]));
      if (rows[0]) await this.#server.saw(rows[0].server);
      if (rows.some((row) => row.ending)) await this.#server.collect();
      return rows;
    } catch (error) {
      if (saysNoServer(error)) return null;
      throw error;
    }
  }

  /** The pane to send keys to. */
  async #ready(action: string, session: SessionName): Promise<string> {
    const { pane, scrolledBack } = this.#find(action, session, await this.#rows());
    const refuse = (why: string) => new TmuxError([action, session], 1, why);
    if (pane.dead) throw refuse(`no program runs in ${session}`);
    if (scrolledBack) {
      // In copy mode the keys would be commands of that mode. Whoever looks in has the right to read on.
      if (pane.attached > 0) throw refuse(`somebody reads back in ${session}`);
      await this.#server.run(["send-keys", "-t", pane.id, "-X", "cancel"]);
    }
    return pane.id;
  }

  #find(action: string, session: SessionName, rows: readonly Row[] | null): Row {
    const row = rows && ownRow(rows, session);
    if (!row) throw new TmuxError([action, session], 1, `can't find session: ${session}`);
    return row;
  }
}
