/**
 * What the machine gives: room on the disk, file watches, a clock that is right, a terminal that can show a session.
 *
 * @module
 */
import { LOW_ROOM_BYTES, NO_ROOM_BYTES } from "../../model/room.ts";
import type { Config } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import { type Processes, ProgramNotFoundError } from "../../ports/process.ts";
import { type Check, error, ok, warning } from "./check.ts";

export interface Surroundings {
  readonly files: Files;
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string>>;
  readonly os: string;
}

export async function checkMachine(around: Surroundings, config: Config): Promise<Check[]> {
  const found = await Promise.all([
    checkDisk(around, config),
    ...around.os === "linux" ? [checkWatches(around, config)] : [],
    checkClock(around),
    checkTerminal(around),
  ]);
  return found.flat();
}

async function checkDisk({ files }: Surroundings, { paths: { stateDir } }: Config) {
  const bytes = await files.roomBytes(stateDir);
  const mb = Math.floor(bytes / 1024 / 1024);
  const room = mb < 10 * 1_024 ? `${mb} MB free` : `${Math.floor(mb / 1_024)} GB free`;
  const see = "`claude-failover janitor run`, and make room (du -xh --max-depth=1 | sort -h)";
  if (bytes < NO_ROOM_BYTES) {
    return [error("disk", `${room} for the state folder: it can keep nothing`, see)];
  }
  return bytes < LOW_ROOM_BYTES
    ? [warning("disk", `only ${room} for the state folder`, see)]
    : [ok("disk", `${room} for the state folder`)];
}

/** The daemon's own, for its run folders and the like, beside one for each inbox. */
const OWN_INSTANCES = 4;
/** Editors, file managers and the sessions themselves watch files too. */
const OTHERS_INSTANCES = 60;
const FEW_WATCHES = 4_096;

/** Without watches everything is still seen, in the next sweep: seconds later. */
async function checkWatches({ files }: Surroundings, config: Config): Promise<Check[]> {
  const limit = async (name: string) => {
    const text = await files.read(`/proc/sys/fs/inotify/${name}`).catch(() => null);
    return text === null ? NaN : Number(text);
  };
  const [instances, watches] = await Promise.all([
    limit("max_user_instances"),
    limit("max_user_watches"),
  ]);
  if (Number.isNaN(instances + watches)) return [];
  const own = config.projects.length + OWN_INSTANCES;
  const enough = own + OTHERS_INSTANCES;
  if (instances < enough) {
    const what = `${instances} inotify instances, of which the daemon takes ${own}`;
    return [warning("file watches", what, sysctl("max_user_instances", Math.max(512, enough)))];
  }
  return watches < FEW_WATCHES
    ? [warning("file watches", `${watches} inotify watches`, sysctl("max_user_watches", 65_536))]
    : [ok("file watches", `${watches} in ${instances} instances`)];
}

function sysctl(name: string, value: number): string {
  return `sudo sysctl -w fs.inotify.${name}=${value} (and into /etc/sysctl.d/ to stay)`;
}

/** Resets are times of day. Where nobody says whether it is right, nothing is said. */
async function checkClock(around: Surroundings): Promise<Check[]> {
  const said = await ask(around, ["timedatectl", "show", "-p", "NTPSynchronized", "--value"]);
  if (said === "yes") return [ok("clock", "synchronized")];
  if (said !== "no") return [];
  const what = "nothing keeps it right, and limits end by the clock";
  return [warning("clock", what, "sudo timedatectl set-ntp true")];
}

async function checkTerminal(around: Surroundings): Promise<Check[]> {
  const { TERM, LC_ALL, LC_CTYPE, LANG } = around.env;
  const of = "terminal";
  if (!TERM || TERM === "dumb") return [ok(of, "none here; sessions can be looked at from one")];
  const known = await ask(around, ["infocmp", TERM], { code: true });
  if (known === "1") {
    const what = `tmux knows no terminal ${TERM}, so \`session attach\` would fail`;
    return [warning(of, what, "TERM=xterm-256color claude-failover session attach NAME")];
  }
  const locale = LC_ALL || LC_CTYPE || LANG || "";
  return /utf-?8/i.test(locale)
    ? [ok(of, `${TERM}, ${locale}`)]
    : [warning(of, `its locale (${locale || "none"}) is not UTF-8`, "export LC_ALL=C.UTF-8")];
}

/** What it says, or with `code` the exit code; null when it says nothing or is not there. */
async function ask(
  { processes, env }: Surroundings,
  argv: readonly [string, ...string[]],
  { code = false }: { readonly code?: boolean } = {},
): Promise<string | null> {
  try {
    const said = await processes.run(argv, { env: { ...env, LC_ALL: "C" }, timeoutMs: 2_000 });
    if (said.timedOut) return null;
    return code ? String(said.code) : said.code === 0 ? said.stdout.trim() : null;
  } catch (problem) {
    if (problem instanceof ProgramNotFoundError) return null;
    throw problem;
  }
}
