/**
 * Removes what runs have left behind that nobody will look at again: their folders, and the keys of what they said.
 *
 * @module
 */
import { runDir, runsDir } from "../claude/layout.ts";
import { paneOfRun } from "../claude/runs.ts";
import type { RunId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

/** Whoever wants to see what a run was started with has so long. */
const KEPT_MS = 3_600_000;

/** The folders of old runs which no session, no running move and no living pane has. */
export async function removeLeftovers(life: WatcherLife, deps: WatcherDeps): Promise<void> {
  const { config } = life.state();
  if (!config) return;
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

function runsInUse(state: State): Set<RunId> {
  const swap = state.runningSwap === null ? null : state.swaps[state.runningSwap];
  const moves = Object.values(swap?.moves ?? {});
  const plans = [
    ...Object.values(state.sessions).map((s) => s.run?.plan),
    ...moves.map((m) => m.plan),
  ];
  return new Set(plans.flatMap((plan) => plan ? [plan.id] : []));
}
