/**
 * The step `resumed`: the new run has reported itself, with the same conversation.
 *
 * @module
 */
import { checkpointDir } from "../claude/layout.ts";
import { isAlive } from "../model/state.ts";
import { waitUntil } from "../ports/clock.ts";
import { type MoveContext, moveIn, sessionOf, StepFailed, swapOf } from "./context.ts";

const POLL_MS = 10;

export function hasReported(context: MoveContext): Promise<boolean> {
  const { run } = sessionOf(context);
  return Promise.resolve(
    run !== null && run.plan.id === moveIn(context).plan?.id && run.readyAt !== null &&
      run.stray === null,
  );
}

function isStray(context: MoveContext): boolean {
  return Boolean(sessionOf(context).run?.stray);
}

/** SessionStart of this run is the free evidence; that a turn succeeds is seen later, by the watcher. */
export async function waitForReport(context: MoveContext): Promise<void> {
  const { deps, life } = context;
  const { bootTimeoutMs } = swapOf(context).config.failover;
  // One that a person has ended meanwhile has come up, and is where it should be.
  const settled = async () =>
    await hasReported(context) || isStray(context) || !isAlive(sessionOf(context));
  const inTime = await waitUntil(deps.clock, bootTimeoutMs, settled, {
    everyMs: POLL_MS,
    signal: life.signal,
  });
  const { phase, run } = sessionOf(context);
  const { plan, to } = moveIn(context);
  if (!inTime) {
    const kept = await screen(context);
    throw new StepFailed(
      `claude did not report itself under ${to} within ${bootTimeoutMs / 1000} s${kept}`,
    );
  }
  if (phase.name === "dead") {
    const kept = await screen(context);
    throw new StepFailed(`claude ended under ${to} with exit ${phase.exit ?? "unknown"}${kept}`);
  }
  if (run?.stray) {
    throw new StepFailed(
      `claude came up with conversation ${run.stray} under ${to}, not ${plan?.conversation}`,
    );
  }
}

/** What the pane shows, in a file beside the checkpoint: it may hold words of the conversation, so never in the journal. */
async function screen(context: MoveContext): Promise<string> {
  const { deps, sessionName } = context;
  const { config } = swapOf(context);
  const { plan } = moveIn(context);
  const text = await deps.tmux.capture(sessionName).catch(() => "");
  if (text.trim() === "" || !plan) return "";
  const path = `${checkpointDir(config, sessionName)}/screen-${plan.id}.txt`;
  await deps.files.writeAtomic(path, text, 0o600);
  return `; its screen is kept in ${path}`;
}
