/**
 * What the policy wants now, as a pure function of the state and the time, with its reasons.
 *
 * @module
 */
import type { Decision, Stays } from "./decision.ts";
import { leave, stopPaid } from "./leave.ts";
import { WALL_WITHOUT_RESET_MS } from "./pressure.ts";
import { entry, isAlive, type State } from "./state.ts";
import { strandedOn } from "./trigger.ts";

export type { Decision } from "./decision.ts";
export { RETRY_MS } from "./hold_off.ts";
export { strandedOn, triggerOf } from "./trigger.ts";

/** What the policy wants now. */
export function decide(state: State, now: number): Decision {
  const { config } = state;
  if (!config) return nothing("no config is in force");
  if (state.frozen) return nothing(`frozen: ${state.frozen.reason}`);
  if (state.runningSwap !== null) return nothing(`swap ${state.runningSwap} is running`);
  if (state.daemon.phase === "stopping") return nothing("the daemon is stopping");
  const accounts = config.accounts.map((spec) => ({
    spec,
    stranded: strandedOn(state, spec, now),
  }));
  // Who can do nothing where they are go first.
  const others = accounts.filter(({ stranded }) => stranded.length === 0);
  const stays: Stays[] = [];
  for (const at of accounts.filter((a) => !others.includes(a)).concat(others)) {
    const found = config.failover.mode === "off"
      ? stopPaid(state, at.spec, now)
      : leave(state, config, at, now);
    for (const one of found) {
      if ("do" in one) return one;
      stays.push(one);
    }
  }
  const unless = config.failover.mode === "off"
    ? "failover.mode is off"
    : unready(state) ?? "every account in use has room";
  return nothing(stays.map((s) => s.why).join(". ") || unless, stays);
}

/** What keeps work from going on though nobody is at a limit: moves are for limits, so a person has to say where it goes. */
function unready({ config, accounts, sessions }: State): string | null {
  const live = Object.values(sessions).filter(isAlive);
  const why = (config?.accounts ?? []).flatMap(({ id }) => {
    const own = live.filter(({ account }) => account === id);
    const isRefused = own.some(({ run }) => run?.unanswered?.kind === "login");
    const problems = own.length > 0 ? entry(accounts, id)?.check?.problems ?? [] : [];
    const found = isRefused ? ["its sign-in is gone"] : problems;
    return found.length === 0 ? [] : [`${id} is not ready (${found.join("; ")})`];
  });
  return why.length === 0
    ? null
    : `no account in use is at a limit, but ${
      why.join(" and ")
    }: mend it, or move its sessions yourself`;
}

/** When a wall or window next ends by the mere passing of time: then `decide` may say something else. */
export function nextReset(state: State, now: number): number | null {
  const resets = Object.values(state.accounts).flatMap(({ wall, windows }) => [
    ...(wall ? [wall.resetsAt ?? wall.since + WALL_WITHOUT_RESET_MS] : []),
    ...Object.values(windows).flatMap(({ resetsAt }) => resetsAt === null ? [] : [resetsAt]),
  ]).filter((at) => at > now);
  return resets.length === 0 ? null : Math.min(...resets);
}

function nothing(why: string, stays: readonly Stays[] = []): Decision {
  return { do: "nothing", why, stays };
}
