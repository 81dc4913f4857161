/**
 * Takes everything away that the demo has made: the tmux server with all that runs in it, and the files.
 *
 * @module
 */
import type { ProcessId } from "../../model/ids.ts";
import { type Clock, waitUntil } from "../../ports/clock.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import type { Tmux } from "../../ports/tmux.ts";
import type { Places } from "./scene.ts";

export interface DismantleDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly processes: Processes;
  readonly tmux: Tmux;
}

const GRACE_MS = 1_500;
const KILL_MS = 3_000;
const POLL_MS = 20;

/** Resolves when nothing of it is left; throws when something survives SIGKILL. */
export async function dismantle(deps: DismantleDeps, places: Places): Promise<void> {
  await endServer(deps);
  // What has just been killed may still have written a last file.
  const removed = () => deps.files.remove(places.root).then(() => true, () => false);
  if (!await waitUntil(deps.clock, KILL_MS, removed, { everyMs: POLL_MS })) {
    throw new Error(`Cannot clean up: ${places.root} cannot be removed`);
  }
}

async function endServer({ clock, processes, tmux }: DismantleDeps): Promise<void> {
  const pid = await tmux.serverPid();
  const server = pid === null ? null : await processes.identify(pid);
  if (!server) return;
  const tree = [server, ...await processes.descendants(server)];
  // The server hangs up on its panes and removes its socket.
  await processes.signal(server, "SIGTERM");
  const gone = async () => (await living(processes, tree)).length === 0;
  if (await waitUntil(clock, GRACE_MS, gone, { everyMs: POLL_MS })) return;
  for (const process of await living(processes, tree)) await processes.signal(process, "SIGKILL");
  if (await waitUntil(clock, KILL_MS, gone, { everyMs: POLL_MS })) return;
  const left = (await living(processes, tree)).map((p) => p.pid).join(", ");
  throw new Error(`Cannot clean up: process ${left} survives SIGKILL`);
}

async function living(processes: Processes, all: readonly ProcessId[]): Promise<ProcessId[]> {
  const alive = await Promise.all(all.map((p) => processes.isAlive(p)));
  return all.filter((_, i) => alive[i]);
}
