/**
 * Whether there is reason to leave an account, and which of its sessions can do nothing there. Pure.
 *
 * @module
 */
import { hasPassed } from "./elapsed.ts";
import { wallAhead } from "./ahead.ts";
import type { AccountSpec } from "./config.ts";
import type { SwapReason } from "./event.ts";
import { isOfAccount } from "./model_wall.ts";
import { pressure } from "./pressure.ts";
import { entry, isAlive, type Session, type State } from "./state.ts";

export type Trigger = Extract<SwapReason, { kind: "wall" | "threshold" | "forecast" | "bound" }>;

/** Why the sessions of this account should leave it, or null. */
export function triggerOf(state: State, spec: AccountSpec, now: number): Trigger | null {
  const account = entry(state.accounts, spec.id);
  const here = Object.values(state.sessions).filter((s) => s.account === spec.id && isAlive(s));
  if (!account || here.length === 0) return null;
  const p = pressure(account, spec, now);
  if (p.is === "full" && p.bound) return { kind: "bound", bound: p.bound, window: p.window };
  if (p.is === "full") {
    const session = here.find((s) => s.phase.name === "limited") ?? here[0]!;
    return { kind: "wall", session: session.name, window: p.window };
  }
  if (!hasStayed(state, spec, now)) return null;
  if (p.is === "near") return { kind: "threshold", window: p.window, usedPct: p.usedPct };
  const ahead = wallAhead(account, spec, state.config?.failover ?? {}, now);
  return ahead && { kind: "forecast", ...ahead };
}

/** Where work has just arrived it stays for a while, unless it stands at a wall. */
export function hasStayed(state: State, { id }: AccountSpec, now: number): boolean {
  const arrivedAt = entry(state.accounts, id)?.arrivedAt ?? null;
  return arrivedAt === null || hasPassed(arrivedAt, state.config?.failover.minStayMs ?? 0, now);
}

/**
 * The sessions that stand at a wall of this account, which has been told: where it still stands, they can do nothing
 * here, and where it is over, they wait at their prompts all the same.
 */
export function strandedOn(state: State, { id }: AccountSpec, now: number): Session[] {
  const wall = entry(state.accounts, id)?.wall;
  if (!wall) return [];
  return Object.values(state.sessions).filter((session) => {
    const { phase, account, history } = session;
    if (account !== id || phase.name !== "limited" || !isOfAccount(phase.window)) return false;
    if (!mayBeTaken(state, session)) return false;
    const limitedAt = history.findLast((t) => t.to === "limited")?.at ?? 0;
    return wall.since >= limitedAt || now < limitedAt; // an older wall says nothing of this one
  });
}

/**
 * The sessions that may not go on under the account, since a bound of the config is reached. What its owner keeps is not used by
 * who is at rest.
 */
export function boundOn(state: State, { id }: AccountSpec, trigger: Trigger | null): Session[] {
  if (trigger?.kind !== "bound") return [];
  return Object.values(state.sessions).filter((session) => {
    if (session.account !== id || !isAlive(session) || !mayBeTaken(state, session)) return false;
    return trigger.bound !== "reserve_pct" ||
      !["idle", "waiting"].includes(session.phase.name);
  });
}

function mayBeTaken({ config }: State, { name, hold, asked }: Session): boolean {
  const spec = config?.sessions.find((s) => s.name === name);
  return spec !== undefined && !spec.neverMove && !hold && !asked;
}
