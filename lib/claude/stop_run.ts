/**
 * Ends one run: SIGTERM first, then, past its grace, SIGKILL for the whole tree.
 *
 * SIGTERM to the TUI takes 0.03 to 1.2 s, also at the limit menu, in retries and in a tool call; it ends the
 * tool, fires SessionEnd and leaves the transcript whole (measured, 2.1.330). Esc is never sent: it
 * records "user rejected tool use" and fires no hook.
 *
 * It takes up to 10 s where a `claude` of the same account has left `.claude.json.lock` behind: one that was killed, or
 * the first `claude auth status` after an update, which may exit before it lets go (seen 12 times in 30 starts on a
 * loaded machine, 2.1.330). SessionEnd comes 2 s after the signal then, and a lock older than 10 s is taken over. It is
 * not ours to remove: whose it is cannot be seen.
 *
 * @module
 */
import type { ProcessId } from "../model/ids.ts";
import type { Run } from "../model/state.ts";
import { type Clock, waitUntil } from "../ports/clock.ts";
import type { Processes } from "../ports/process.ts";

/** What is left below a stopped `claude` gets this long to end by itself. */
const TREE_GRACE_MS = 500;

const POLL_MS = 20;

export interface StopDeps {
  readonly clock: Clock;
  readonly processes: Processes;
}

/** The process and everything that hung below it when the stop began, so far as we know. */
function wholeTree(run: Run): ProcessId[] {
  return run.process ? [run.process, ...run.tree] : [...run.tree];
}

/** Whether nothing of the run is left. A run that was never launched has nothing. */
export async function isStopped(run: Run, { processes }: StopDeps): Promise<boolean> {
  const alive = await Promise.all(wholeTree(run).map((p) => processes.isAlive(p)));
  return !alive.includes(true);
}

/** Something of the run is not gone (an uninterruptible process): the conversation must not be opened again. */
export class RunSurvivesError extends Error {
  override name = "RunSurvivesError";
  constructor(readonly run: string) {
    super(`Cannot stop run ${run}: a process of it survives SIGKILL`);
  }
}

/** @throws {RunSurvivesError} when something survives SIGKILL */
export async function stopRun(
  run: Run,
  { clock, processes }: StopDeps,
  { graceMs, signal }: { graceMs: number; signal: AbortSignal },
): Promise<void> {
  const deps = { clock, processes };
  if (run.process && await processes.signal(run.process, "SIGTERM")) {
    const main = run.process;
    const gone = async () => !await processes.isAlive(main);
    await waitUntil(clock, graceMs, gone, { everyMs: POLL_MS, signal });
  }
  const stopped = () => isStopped(run, deps);
  if (await waitUntil(clock, TREE_GRACE_MS, stopped, { everyMs: POLL_MS, signal })) return;
  const late = run.process ? await processes.descendants(run.process) : [];
  for (const process of [...wholeTree(run), ...late]) await processes.signal(process, "SIGKILL");
  if (!await waitUntil(clock, graceMs, stopped, { everyMs: POLL_MS, signal })) {
    throw new RunSurvivesError(run.plan.id);
  }
}
