/**
 * An error of tmux says nothing about the world, so it is asked again before a move goes another way.
 *
 * @module
 */
import { TmuxError } from "../ports/tmux.ts";
import { type MoveContext, StepFailed, swapOf } from "./context.ts";

const AGAIN_MS = 250;

/** What tmux says in the end; a failed step when it could not say for as long as a boot may take. */
export async function askTmux<T>(context: MoveContext, ask: () => Promise<T>): Promise<T> {
  const { deps: { clock }, life } = context;
  const end = clock.monotonic() + swapOf(context).config.failover.bootTimeoutMs;
  while (true) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      if (clock.monotonic() >= end) throw new StepFailed(error.message);
    }
    await clock.sleep(AGAIN_MS, life.signal);
  }
}
