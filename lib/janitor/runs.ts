/**
 * The folders of old runs which no session, no running move and no living pane has.
 *
 * @module
 */
import { runDir, runsDir } from "../claude/layout.ts";
import { paneOfRun } from "../claude/runs.ts";
import type { RunId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { type Duty, isOlder } from "./duty.ts";

/** Whoever wants to see what a run was started with has so long. */
export const KEPT_MS = 3_600_000;

export const runs: Duty = {
  name: "runs",
  async find({ config, deps: { files, tmux, clock, journal }, state }) {
    const panes = await tmux.panes(); // unknown is not none: its error ends the look
    const old = (await files.list(runsDir(config))).filter((entry) =>
      entry.kind === "dir" && isOlder(entry, clock.now() - KEPT_MS) &&
      !runsInUse(state()).has(entry.name) && paneOfRun(panes, entry.name)?.dead !== false
    );
    return old.map(({ name }) => ({
      what: runDir(config, name),
      why: "no session and no pane has this run any more",
      bytes: null,
      async remove() {
        if (runsInUse(state()).has(name)) return false;
        await files.remove(runDir(config, name));
        journal.forgetKeys(`${name}/`); // second: a message without its key would count again
        return true;
      },
    }));
  },
};

function runsInUse(state: State): Set<RunId> {
  const swap = state.runningSwap === null ? null : state.swaps[state.runningSwap];
  const moves = Object.values(swap?.moves ?? {});
  const plans = [
    ...Object.values(state.sessions).map((s) => s.run?.plan),
    ...moves.map((m) => m.plan),
  ];
  return new Set(plans.flatMap((plan) => plan ? [plan.id] : []));
}
