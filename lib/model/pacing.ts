/**
 * How many sessions may boot at the same time, whoever starts them: a swap, a first start, a restart or a wake. Pure.
 *
 * @module
 */
import type { SessionName } from "./ids.ts";
import type { Config } from "./config.ts";
import { type Move, moveOf, type State } from "./state.ts";

/** So many at a time; one while the host has more to do than it should, so that all of them come up in the end. */
export function bootsAllowed({ failover }: Config, loadPerCore: number): number {
  return loadPerCore > (failover.slowBootsAboveLoad ?? Infinity) ? 1 : failover.bootsAtOnce;
}

/**
 * The sessions that boot now. One that takes too long (a dialog waits in it, say) holds up nobody else.
 */
export function bootsInFlight(state: State, now: number): SessionName[] {
  const timeoutMs = state.config?.failover.bootTimeoutMs ?? 0;
  return Object.values(state.sessions).filter(({ name, phase, run }) => {
    if (phase.name === "starting") {
      return run !== null && now - (run.launchedAt ?? run.plannedAt) < timeoutMs;
    }
    const move = moveOf(state, name);
    return move !== null && isAboutToBoot(move);
  }).map((session) => session.name);
}

/** It has its place already: it is on its way from the stop to the launch. */
function isAboutToBoot({ inDoubt, finished }: Move): boolean {
  if (inDoubt === "rehome" || inDoubt === "launch") return true;
  return inDoubt === null && finished.includes("rehome") && !finished.includes("launch");
}
