/**
 * Whoever started the daemon as a service: told when it is ready, that it lives, and when it stops.
 *
 * The protocol is sd_notify(3): lines of `NAME=value` in a datagram to the unix socket that `$NOTIFY_SOCKET` names.
 *
 * @module
 */
import type { Env } from "./tmux_command.ts";

export interface ServiceManager {
  /** Lines as `READY=1`. Nobody there to hear them is no error, and nothing is ever waited for long. */
  tell(...lines: readonly string[]): Promise<void>;
  /** A sign of life (`WATCHDOG=1`) is expected at least this often; null: nobody watches. */
  readonly watchdogMs: number | null;
}

export const NO_SERVICE_MANAGER: ServiceManager = {
  tell: () => Promise.resolve(),
  watchdogMs: null,
};

/** What of the environment is for us; another pid in WATCHDOG_PID means somebody else. */
export function serviceManager(env: Env, pid: number): ServiceManager {
  const { NOTIFY_SOCKET: socket = "", WATCHDOG_USEC: usec = "", WATCHDOG_PID } = env;
  // An address of another family (vsock:…) is for machines, not for us.
  if (!/^[/@]/.test(socket)) return NO_SERVICE_MANAGER;
  const path = socket.startsWith("@") ? `\0${socket.slice(1)}` : socket;
  const ours = WATCHDOG_PID === undefined || WATCHDOG_PID === `${pid}`;
  return {
    tell: (...lines) => send(path, lines.join("\n")),
    watchdogMs: ours && /^[1-9]\d*$/.test(usec) ? Number(usec) / 1_000 : null,
  };
}

async function send(path: string, text: string): Promise<void> {
  try {
    // Needs --unstable-net (Deno 2.9.6). An empty path: the kernel finds a name that no file has.
    const socket = Deno.listenDatagram({ transport: "unixpacket", path: "" });
    try {
      await socket.send(new TextEncoder().encode(text), { transport: "unixpacket", path });
    } finally {
      socket.close();
    }
  } catch {
    // The manager is away, or restarts: the next sign of life finds it.
  }
}
