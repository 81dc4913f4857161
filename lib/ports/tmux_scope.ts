/**
 * Where the tmux server lives: by itself, as tmux puts itself into the background, or in a systemd scope of its own.
 *
 * What is started by a systemd service belongs to it, also after a double fork: with the service's default
 * `KillMode=control-group` a stop of the daemon would take every session along. A scope is a unit beside it.
 * A real user manager (systemd 252) is asked in scripts/evidence/systemd.ts; the system manager only by a program in its place.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { Env } from "./tmux_command.ts";

export type TmuxScope = Config["tmux"]["scope"];

/** What there is of systemd around us. */
export interface Systemd {
  /** `systemd-run` is in PATH. */
  readonly hasRun: boolean;
  /** A user's own manager can be asked. */
  readonly hasUserManager: boolean;
  /** The user's manager outlives the last logout (`loginctl enable-linger`). */
  readonly lingers: boolean;
  /** The machine runs systemd, and we are root: its own manager can be asked. */
  readonly hasSystemManager: boolean;
  /** The service we were started by, if it is one. */
  readonly service: "user" | "system" | null;
}

export interface ServerPlace {
  readonly is: "by itself" | "user scope" | "system scope";
  /** Words before the command that starts the server. */
  readonly prefix: readonly string[];
  /** Why, or null when there is nothing to say. */
  readonly why: string | null;
  /** What ends the server although nobody wants that. */
  readonly danger: string | null;
}

const SCOPE = ["--scope", "--quiet", "--collect", "--description=tmux server of claude-failover"];
const BY_ITSELF: ServerPlace = { is: "by itself", prefix: [], why: null, danger: null };

/**
 * A user's scope ends with the user's manager, at the last logout unless it lingers; what a login session started by
 * itself does not. So `auto` takes a scope only where that makes the server live longer.
 */
export function serverPlace(scope: TmuxScope, systemd: Systemd): ServerPlace {
  const { hasRun, hasUserManager, hasSystemManager, lingers, service } = systemd;
  if (scope === "none") return { ...BY_ITSELF, why: "tmux.scope is none" };
  if (scope === "systemd") {
    const isSystem = !hasUserManager && hasSystemManager;
    return placed(isSystem ? "system scope" : "user scope", "tmux.scope is systemd");
  }
  if (hasRun && hasUserManager && service === "user") {
    return placed("user scope", "the daemon is a service of the user");
  }
  if (hasRun && hasUserManager && lingers) {
    return placed("user scope", "the user's services outlive a logout");
  }
  if (hasRun && hasSystemManager && service === "system") {
    return placed("system scope", "the daemon is a service of the system");
  }
  if (service === null) return BY_ITSELF;
  const missing = hasRun
    ? "no systemd manager can be asked for a scope"
    : "there is no systemd-run";
  const danger = `a stop of the daemon's service ends every session: ${missing}`;
  return { ...BY_ITSELF, danger };
}

function placed(is: "user scope" | "system scope", why: string): ServerPlace {
  const user = is === "user scope" ? ["--user"] : [];
  return { is, prefix: ["systemd-run", ...user, ...SCOPE, "--"], why, danger: null };
}

/** Looks around; `root` is where the file system begins. */
export async function lookForSystemd(env: Env, root = ""): Promise<Systemd> {
  const { PATH = "", XDG_RUNTIME_DIR = "", USER = "", LOGNAME = USER } = env;
  const runs = PATH.split(":").filter((dir) => dir !== "").map((dir) => `${dir}/systemd-run`);
  const found = await Promise.all(runs.map(isThere));
  const cgroup = await Deno.readTextFile(`${root}/proc/self/cgroup`).catch(() => "");
  return {
    hasRun: found.includes(true),
    hasUserManager: XDG_RUNTIME_DIR !== "" && await isThere(`${XDG_RUNTIME_DIR}/systemd/private`),
    lingers: LOGNAME !== "" && await isThere(`${root}/var/lib/systemd/linger/${LOGNAME}`),
    hasSystemManager: Deno.uid() === 0 && await isThere(`${root}/run/systemd/system`),
    service: serviceOf(cgroup),
  };
}

/** Whose service a process of this `/proc/PID/cgroup` is; null for a login session, a terminal's scope, a container. */
export function serviceOf(cgroup: string): Systemd["service"] {
  // Where both hierarchies are mounted, the older one may be empty for a user's units.
  const lines = cgroup.split("\n").filter((l) =>
    l.startsWith("0::") || l.includes(":name=systemd:")
  );
  return lines.map((line) => ofUnit(line.split(":").slice(2).join(":"))).find((s) => s !== null) ??
    null;
}

function ofUnit(unit: string): Systemd["service"] {
  // A unit of a user stands below that user's manager, which is a service itself.
  const [, below] = /\/user@\d+\.service(\/.*)?$/.exec(unit) ?? [];
  if (below !== undefined) return below.endsWith(".service") ? "user" : null;
  return unit.endsWith(".service") ? "system" : null;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
