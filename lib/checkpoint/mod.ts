/**
 * Saves what a session needs to go on elsewhere: before a swap (the switcher asks), at each end of a turn, soon after each end of a
 * tool call, and now and then while it works.
 *
 * @module
 */
import { LATEST } from "../claude/checkpoint_file.ts";
import { lastToolPath } from "../claude/layout.ts";
import { readLastTool } from "../claude/spool.ts";
import type { Config } from "../model/config.ts";
import type { Event } from "../model/event.ts";
import type { SessionName } from "../model/ids.ts";
import { isAlive, type Session } from "../model/state.ts";
import { wakeOrTimeout } from "../runtime/wake.ts";
import type { Life, Worker } from "../runtime/worker.ts";
import { type CheckpointDeps, saveCheckpoint } from "./take.ts";

export { checkpointPath, loadCheckpoint } from "../claude/checkpoint_file.ts";
export { type CheckpointDeps, saveCheckpoint } from "./take.ts";

const LOOK_MS = 5_000;
/** Many small tool calls in a row are saved once. */
const TOOLS_REST_MS = 15_000;

/** What was true when a session was last saved. */
interface Saved {
  readonly transitionAt: number;
  /** The last tool call that had ended, by its id and digest. */
  readonly tool: string | null;
  /** On the monotonic clock. */
  readonly at: number;
}

/** The worker. */
export function checkpoint(deps: CheckpointDeps): Worker<Event<"turn.ended">> {
  const saved = new Map<SessionName, Saved>();
  return {
    name: "checkpoint",
    listens: ["turn.ended"],
    async run(life) {
      while (!life.signal.aborted) {
        for (const name of Object.keys(life.state().sessions)) await look(name, life, deps, saved);
        await wakeOrTimeout(life.inbox, { clock: deps.clock, ms: LOOK_MS, signal: life.signal });
      }
    },
  };
}

async function look(
  name: SessionName,
  life: Life,
  deps: CheckpointDeps,
  saved: Map<SessionName, Saved>,
): Promise<void> {
  const before = life.state();
  const session = before.sessions[name];
  const { config } = before;
  if (!config || !session || !isAlive(session) || !session.run?.proven) return;
  const last = saved.get(name) ?? null;
  const transitionAt = session.history.at(-1)?.at ?? 0;
  const tool = session.phase.name === "working" ? await endedTool(session, config, deps) : null;
  const at = deps.clock.monotonic();
  const isDue = last === null || last.transitionAt !== transitionAt ||
    session.phase.name === "working" &&
      (at - last.at >= config.checkpoints.everyMs ||
        tool !== null && tool !== last.tool && at - last.at >= TOOLS_REST_MS);
  if (!isDue) return;
  saved.set(name, { transitionAt, tool: tool ?? last?.tool ?? null, at });
  const state = life.state();
  await saveCheckpoint(deps, { config, state, session: state.sessions[name]!, id: LATEST });
}

/** Null: none has ended, or one is under way. */
async function endedTool(
  { run }: Session,
  config: Config,
  { files }: CheckpointDeps,
): Promise<string | null> {
  const tool = run ? await readLastTool(files, lastToolPath(config, run.plan.id)) : null;
  return tool?.finished ? `${tool.id} ${tool.inputDigest}` : null;
}
