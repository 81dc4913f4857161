/**
 * Knows the tmux server: who it is stands in the journal, so that a later daemon can tell one that has lost its socket
 * file from one that is gone, and never starts a second one beside it.
 *
 * @module
 */
import { ProgramNotFoundError } from "../ports/process.ts";
import { TmuxError } from "../ports/tmux.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

/** Asking also brings the socket back when it was lost. What tmux cannot say now is asked in the next sweep. */
export async function watchServer(
  life: WatcherLife,
  { tmux, processes }: WatcherDeps,
): Promise<void> {
  try {
    const pid = await tmux.serverPid();
    const server = pid === null ? null : await processes.identify(pid);
    const known = life.state().tmuxServer;
    if (!server || server.pid === known?.pid && server.birth === known.birth) return;
    life.record({ type: "tmux.server.seen", server });
  } catch (error) {
    // Without a tmux at all, each start says so.
    if (!(error instanceof TmuxError || error instanceof ProgramNotFoundError)) throw error;
  }
}
