/**
 * How a person gets to a session: the tmux command line, as arguments and as text.
 *
 * @module
 */
import { shWord } from "../claude/shell.ts";
import type { Config, TmuxSocket } from "../model/config.ts";
import type { SessionName } from "../model/ids.ts";

/**
 * -u: text is UTF-8, whatever the locale says. -f: no tmux.conf, should tmux start a server after all.
 * `=` takes the name as it is; without it `ccl-1` would also mean `ccl-10` (tmux 3.3a).
 */
export function attachArgs(socket: TmuxSocket, session: SessionName): [string, ...string[]] {
  return ["tmux", "-u", "-f", "/dev/null", ...where(socket), "attach-session", "-t", `=${session}`];
}

/** For people to type: `tmux -L claude-failover attach`. */
export function attachLine({ tmux: { socket } }: Config): string {
  return `tmux ${where(socket).map(shWord).join(" ")} attach`;
}

function where(socket: TmuxSocket): string[] {
  return "path" in socket ? ["-S", socket.path] : ["-L", socket.name];
}
