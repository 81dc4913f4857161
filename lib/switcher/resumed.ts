/**
 * The step `resumed`: the new run has reported itself, with the same conversation.
 *
 * @module
 */
import { isAlive } from "../model/state.ts";
import { waitUntil } from "../ports/clock.ts";
import { type MoveContext, moveIn, sessionOf, StepFailed, swapOf } from "./context.ts";

const POLL_MS = 10;
const SCREEN_LINES = 3;

export function hasReported(context: MoveContext): Promise<boolean> {
  const { run } = sessionOf(context);
  return Promise.resolve(
    run !== null && run.plan.id === moveIn(context).plan?.id && run.readyAt !== null,
  );
}

/** SessionStart of this run is the free evidence; that a turn succeeds is seen later, by the watcher. */
export async function waitForReport(context: MoveContext): Promise<void> {
  const { deps, life } = context;
  const { bootTimeoutMs } = swapOf(context).config.failover;
  // One that a person has ended meanwhile has come up, and is where it should be.
  const settled = async () => await hasReported(context) || !isAlive(sessionOf(context));
  const inTime = await waitUntil(deps.clock, bootTimeoutMs, settled, {
    everyMs: POLL_MS,
    signal: life.signal,
  });
  const { phase, conversation } = sessionOf(context);
  const { plan, to } = moveIn(context);
  if (!inTime) {
    throw new StepFailed(
      `claude did not report itself under ${to} within ${bootTimeoutMs / 1000} s${await screen(
        context,
      )}`,
    );
  }
  if (phase.name === "dead") {
    throw new StepFailed(
      `claude ended under ${to} with exit ${phase.exit ?? "unknown"}${await screen(context)}`,
    );
  }
  if (conversation !== plan?.conversation) {
    throw new StepFailed(
      `claude came up with conversation ${conversation}, not ${plan?.conversation}`,
    );
  }
}

/** The last lines of the pane, for the reason that a person reads. */
async function screen({ deps, sessionName }: MoveContext): Promise<string> {
  const text = await deps.tmux.capture(sessionName).catch(() => "");
  const lines = text.split("\n").map((l) => l.trim()).filter((l) => l !== "").slice(-SCREEN_LINES);
  return lines.length === 0 ? "" : `; its pane shows: ${lines.join(" / ").slice(0, 300)}`;
}
