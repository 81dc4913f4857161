/**
 * Removes what runs have left behind that nobody will look at again: their folders, the keys of what they said, old
 * checkpoints, and the lock files of conversations that no session has any more.
 *
 * @module
 */
import { checkpointPath, LATEST } from "../claude/checkpoint_file.ts";
import { checkpointDir, lockPath, locksDir, runDir, runsDir } from "../claude/layout.ts";
import { paneOfRun } from "../claude/runs.ts";
import type { Config } from "../model/config.ts";
import type { RunId } from "../model/ids.ts";
import type { Session, State } from "../model/state.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

/** Whoever wants to see what a run was started with has so long. */
const KEPT_MS = 3_600_000;

/** The folders of old runs which no session, no running move and no living pane has. */
export async function removeLeftovers(life: WatcherLife, deps: WatcherDeps): Promise<void> {
  const { config } = life.state();
  if (!config) return;
  await removeRuns(config, life, deps);
  for (const session of Object.values(life.state().sessions)) {
    await removeCheckpoints(session, config, life, deps);
  }
  await removeLocks(config, life, deps);
}

async function removeRuns(config: Config, life: WatcherLife, deps: WatcherDeps): Promise<void> {
  const panes = await deps.tmux.panes().catch(() => null);
  if (!panes) return; // unknown is not none
  const oldest = BigInt(deps.clock.now() - KEPT_MS) * 1_000_000n;
  for (const { name, kind, mtimeNs } of await deps.files.list(runsDir(config))) {
    if (kind !== "dir" || mtimeNs > oldest) continue;
    if (runsInUse(life.state()).has(name) || paneOfRun(panes, name)?.dead === false) continue;
    await deps.files.remove(runDir(config, name));
    deps.forgetKeys(`${name}/`); // second: a message without its key would count again
  }
}

/** How many checkpoints of a session are kept beside those in use: the last moves, for people who ask what was lost. */
const CHECKPOINTS_KEPT = 5;

async function removeCheckpoints(
  session: Session,
  config: Config,
  life: WatcherLife,
  { files }: WatcherDeps,
): Promise<void> {
  const { runningSwap } = life.state();
  const parkedBy = session.phase.name === "parked" ? session.phase.checkpoint : null;
  const inUse = [LATEST, runningSwap, parkedBy, session.run?.plan.checkpoint]
    .map((id) => `${id}.json`);
  const ofMoves = (await files.list(checkpointDir(config, session.name)))
    .filter(({ name, kind }) => kind === "file" && name.endsWith(".json") && !inUse.includes(name))
    .sort((a, b) => Number(b.mtimeNs - a.mtimeNs));
  for (const { name } of ofMoves.slice(CHECKPOINTS_KEPT)) {
    await files.remove(checkpointPath(config, session.name, name.slice(0, -".json".length)));
  }
}

/** Only what can be locked: a `claude` that somehow still has the conversation keeps its file. */
async function removeLocks(
  config: Config,
  life: WatcherLife,
  { files, clock }: WatcherDeps,
): Promise<void> {
  const oldest = BigInt(clock.now() - KEPT_MS) * 1_000_000n;
  for (const { name, mtimeNs } of await files.list(locksDir(config))) {
    const conversation = name.replace(/\.lock$/, "");
    const { sessions } = life.state();
    const isKnown = Object.values(sessions).some((s) =>
      s.conversation === conversation || s.run?.plan.conversation === conversation
    );
    if (isKnown || mtimeNs > oldest) continue;
    const path = lockPath(config, conversation);
    using lock = await files.lock(path);
    if (lock) await files.remove(path);
  }
}

function runsInUse(state: State): Set<RunId> {
  const swap = state.runningSwap === null ? null : state.swaps[state.runningSwap];
  const moves = Object.values(swap?.moves ?? {});
  const plans = [
    ...Object.values(state.sessions).map((s) => s.run?.plan),
    ...moves.map((m) => m.plan),
  ];
  return new Set(plans.flatMap((plan) => plan ? [plan.id] : []));
}
