/**
 * The steps of one move. Each can tell from the world whether it has happened (`done`) and can make it
 * happen (`act`), so that starting and recovering from a crash are the same loop.
 *
 * @module
 */
import { findLaunched } from "../claude/launch_run.ts";
import { spoolDir } from "../claude/layout.ts";
import { linkProblems, makeLinks } from "../claude/links.ts";
import { paneAfterEnd } from "../claude/pane_end.ts";
import { hasMessages } from "../claude/spool.ts";
import { isStopped, RunSurvivesError, stopRun } from "../claude/stop_run.ts";
import type { Fact, MoveStep } from "../model/event.ts";
import { isAlive, type Run } from "../model/state.ts";
import { waitUntil } from "../ports/clock.ts";
import { type MoveContext, moveIn, sessionOf, StepFailed, swapOf, target } from "./context.ts";
import { launch, wasLaunched } from "./launch.ts";
import { askTmux } from "./patience.ts";
import { quiesce } from "./quiesce.ts";
import { hasReported, waitForReport } from "./resumed.ts";

export interface Step {
  readonly name: MoveStep;
  done(context: MoveContext): Promise<boolean>;
  /** What it gives is told together with its end. */
  act(context: MoveContext): Promise<readonly Fact[] | void>;
}

const POLL_MS = 10;
/** More than the watcher takes between two sweeps. */
const LAST_WORDS_MS = 2_000;
/** One look in so many goes to the disk. */
const LOOKS = 5;

export const STEPS: readonly Step[] = [
  {
    name: "checkpoint",
    done: async (c) =>
      await c.deps.loadCheckpoint(swapOf(c).config, c.sessionName, c.swapId) !== null,
    act: save,
  },
  {
    name: "quiesce",
    done: (c) => Promise.resolve(moveIn(c).quiesced !== null),
    act: (c) => quiesce(c, save),
  },
  {
    name: "stop",
    done: async (c) => {
      const { run } = sessionOf(c);
      return run === null || !isAlive(sessionOf(c)) && await isStopped(run, c.deps);
    },
    act: stop,
  },
  {
    name: "rehome",
    done: async (c) => (await linkProblems(c.deps.files, swapOf(c).config, target(c))).length === 0,
    act: async (c) => {
      await makeLinks(c.deps.files, swapOf(c).config, target(c)).catch((error) => {
        throw new StepFailed(`cannot link the shared folders of ${moveIn(c).to}: ${error.message}`);
      });
    },
  },
  { name: "launch", done: wasLaunched, act: launch },
  { name: "resumed", done: hasReported, act: waitForReport },
];

/** What cannot be read is left out of a checkpoint; one that cannot be written leaves the session where it is. */
async function save(context: MoveContext): Promise<void> {
  const { config } = swapOf(context);
  await context.deps.saveCheckpoint(config, sessionOf(context), context.swapId).catch((error) => {
    throw new StepFailed(`cannot write its checkpoint: ${error.message}`);
  });
}

async function stop(context: MoveContext): Promise<Fact[]> {
  const { deps, life, sessionName: session, swapId } = context;
  await noteLaunch(context);
  const { run } = sessionOf(context);
  if (!run) return [];
  if (isAlive(sessionOf(context)) && sessionOf(context).phase.name !== "stopping") {
    const tree = run.process ? await deps.processes.descendants(run.process) : [];
    life.record({ type: "run.stopping", session, run: run.plan.id, why: `swap ${swapId}`, tree });
  }
  const graceMs = swapOf(context).config.failover.stopGraceMs;
  await stopRun(currentRun(context, run), deps, { graceMs, signal: life.signal }).catch((error) => {
    throw error instanceof RunSurvivesError ? new StepFailed(error.message) : error;
  });
  // The process is gone, whatever tmux can or cannot say of its pane.
  const pane = run.pane === null
    ? null
    : await paneAfterEnd(deps, run.pane, life.signal).catch(() => null);
  await hearLastWords(context, run);
  if (!isAlive(sessionOf(context))) return []; // the watcher saw it first
  return [{ type: "run.ended", session, run: run.plan.id, exit: pane?.exit ?? null }];
}

/**
 * Until the watcher has read what the run said before it ended: a person may have given it a prompt in the same moment,
 * and whether work was cut decides what the next run is asked. Not for ever: the watcher may rest after a failure.
 */
async function hearLastWords(context: MoveContext, run: Run): Promise<void> {
  const { deps, life } = context;
  const spool = spoolDir(swapOf(context).config, run.plan.id);
  let looks = 0;
  // The watcher tells the end of a run once it has read all of that; its word costs nothing, the folder does.
  const heard = async () =>
    !isAlive(sessionOf(context)) || looks++ % LOOKS === 0 && !await hasMessages(deps.files, spool);
  await waitUntil(deps.clock, LAST_WORDS_MS, heard, { everyMs: POLL_MS, signal: life.signal });
}

/** A run that was launched a moment ago, or just before a crash, may run although nobody wrote down where. */
async function noteLaunch(context: MoveContext): Promise<void> {
  const { deps, life, sessionName: session } = context;
  const { run } = sessionOf(context);
  if (!run || run.process !== null || !isAlive(sessionOf(context))) return;
  const launched = await askTmux(context, () => findLaunched(deps, run.plan.id));
  if (launched) life.record({ type: "run.launched", session, run: run.plan.id, ...launched });
}

/** The run with the tree that was recorded a moment ago. */
function currentRun(context: MoveContext, run: Run): Run {
  const now = sessionOf(context).run;
  return now?.plan.id === run.plan.id ? now : run;
}
