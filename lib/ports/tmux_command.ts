/**
 * One tmux command: how it is spawned, and how its failure is told.
 *
 * @module
 */
import { build$, CommandBuilder, KillController } from "dax";
import type { TmuxSocket } from "../model/config.ts";
import { ProgramNotFoundError } from "./process.ts";
import { TmuxError } from "./tmux.ts";

/** Runs a tmux command to its end and gives what it printed. Throws `TmuxError`. */
export type RunTmux = (...args: string[]) => Promise<string>;

export type Env = Readonly<Record<string, string>>;

export interface CommandOptions {
  /** As `scrubbedEnv` gives it: the first command's environment becomes the server's, and every pane's. */
  readonly env: Env;
  /** A server that does not answer (stopped, swapped out) must not hold up its caller for ever. */
  readonly timeoutMs: number;
  /** Only set for the command that starts the server: words before `tmux`, if any. */
  readonly startPrefix?: readonly string[];
}

/**
 * -N (tmux 3.2): no command starts a server by itself, as `new-session` and even `attach-session` would.
 * -u: tmux believes that we read UTF-8; under `LANG=C`, as in a service, it would print `_` for the rest.
 */
export function clientArgs(socket: TmuxSocket): string[] {
  return ["-N", "-u", ...whereArgs(socket)];
}

/** For the one command that starts the server. -f /dev/null: nobody's tmux.conf changes what we rely on. */
function serverArgs(socket: TmuxSocket): string[] {
  return ["-u", "-f", "/dev/null", ...whereArgs(socket)];
}

function whereArgs(socket: TmuxSocket): string[] {
  return "path" in socket ? ["-S", socket.path] : ["-L", socket.name];
}

/** Where tmux (3.3a) puts the socket. */
export function socketPath(socket: TmuxSocket, env: Env): string {
  if ("path" in socket) return socket.path;
  return `${env.TMUX_TMPDIR || "/tmp"}/tmux-${Deno.uid()}/${socket.name}`;
}

export function tmuxCommand(
  socket: TmuxSocket,
  { env, timeoutMs, startPrefix }: CommandOptions,
): RunTmux {
  const $ = build$({
    commandBuilder: new CommandBuilder().clearEnv().env({ ...env })
      // A server keeps the folder it was started in: one that may be removed or unmounted would be in the way.
      .cwd("/").stdin("null").stdout("piped").stderr("piped").noThrow(),
  });
  // Looked for once: dax would ask each folder of the PATH for each command.
  let tmux: string | undefined;
  return async (...args) => {
    tmux ??= await $.which("tmux") ?? "tmux";
    const program = startPrefix
      ? [...startPrefix, tmux, ...serverArgs(socket)]
      : [tmux, ...clientArgs(socket)];
    const killer = new KillController();
    const overdue = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      killer.kill("SIGKILL");
      overdue.resolve(null);
    }, timeoutMs);
    // Not dax's own timeout: at its SIGTERM a tmux client waits for the server to let it go, and even when it
    // is dead a stopped server still holds the ends of its pipes.
    const command = $`${program} ${args}`.signal(killer.signal).then((result) => result);
    const result = await Promise.race([command, overdue.promise]).finally(() =>
      clearTimeout(timer)
    );
    if (!result) throw new TmuxError(args, 1, `no answer in ${timeoutMs} ms`);
    const { code, stdout, stderr } = result;
    if (code === 0) return stdout;
    if (code === 127) throw new ProgramNotFoundError(program[0]!);
    throw new TmuxError(args, code, stderr);
  };
}

/** As tmux reads an argument: one that ends in `;` would also end the command. */
export function word(text: string): string {
  return text.endsWith(";") ? `${text.slice(0, -1)}\\;` : text;
}

/** Whether tmux says that nobody listens on the socket: ENOENT, or ECONNREFUSED (its own words, 3.3a). */
export function saysNoServer(error: unknown): boolean {
  return error instanceof TmuxError &&
    /^(no server running on |error connecting to .* \((No such file or directory|Connection refused)\))/m
      .test(error.stderr);
}

/**
 * The environment for a server that is to hold sessions of any account: without anything that steers Claude
 * Code, without a tmux around us, and without what systemd hands to exactly one service.
 */
export function scrubbedEnv(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_FOR_SESSIONS.test(name)));
}

const NOT_FOR_SESSIONS =
  /^(CLAUDE|ANTHROPIC|TMUX$|TMUX_PANE$|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_(FDS|PID|FDNAMES)|INVOCATION_ID$|JOURNAL_STREAM$|MANAGERPID$|SYSTEMD_EXEC_PID$)/;
