/**
 * The end of a pane's program as tmux sees it, which is a little later than the end of the process.
 *
 * @module
 */
import { type Clock, waitUntil } from "../ports/clock.ts";
import type { Pane, Tmux } from "../ports/tmux.ts";

/** tmux learns of an end by SIGCHLD, at once as a rule. */
const PATIENCE_MS = 2_000;
const POLL_MS = 5;

/**
 * Waits until tmux knows that the program in the pane has ended: before that it has no exit status, and refuses to
 * respawn the pane ("still active", seen on 3.3a a few ms after the process was gone). Null: there is no such pane.
 * A pane that lives on when the patience is over is given as it is.
 */
export async function paneAfterEnd(
  { clock, tmux }: { readonly clock: Clock; readonly tmux: Tmux },
  id: string,
  signal: AbortSignal,
): Promise<Pane | null> {
  let pane: Pane | null = null;
  const ended = async () => {
    pane = (await tmux.panes()).find((p) => p.id === id) ?? null;
    return pane === null || pane.dead;
  };
  await waitUntil(clock, PATIENCE_MS, ended, { everyMs: POLL_MS, signal });
  return pane;
}
