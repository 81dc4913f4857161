/**
 * What the tasks of a project have taken so far, and whether an account has room for another one. Pure.
 *
 * Naively a task takes as long as half of the last ones of its project did. A window that stands near its line and is expected to
 * be full before such a task would end gets none: it would be cut at the wall, or moved with all that it has read. What is short
 * may still begin there, and so may what nobody knows anything of.
 *
 * @module
 */
import { FLOOR_BELOW_LINE_PCT, forecastOf } from "./ahead.ts";
import { currentWindows, lineOf } from "./bounds.ts";
import type { AccountId } from "./ids.ts";
import { entry, type State } from "./state.ts";
import type { Task } from "./task.ts";

/** Fewer ended ones say nothing of the next. */
const LEAST = 3;
/** Older ones were of another time. */
const MOST = 20;
const MINUTE = 60_000;

/** How long a task of the project takes, in milliseconds; null when too few have been done. */
export function typicalMs({ tasks }: State, project: string): number | null {
  const took = Object.values(tasks)
    .filter((t) => t.project === project && t.place.at === "closed" && t.place.as === "done")
    .sort((a, b) => b.place.since - a.place.since)
    .slice(0, MOST)
    .map(({ attempts }) =>
      attempts.reduce((ms, a) => ms + Math.max(0, (a.endedAt ?? a.startedAt) - a.startedAt), 0)
    )
    .sort((a, b) => a - b);
  return took.length < LEAST ? null : took[Math.floor(took.length / 2)]!;
}

/** Why a task is too long for what is left of an account, for people; null: it may begin there. */
export function tooLong(
  state: State,
  now: number,
): (task: Pick<Task, "project">, account: AccountId) => string | null {
  const typical = new Map<string, number | null>();
  const ends = new Map<AccountId, { window: string; at: number } | null>();
  return ({ project }, account) => {
    if (!typical.has(project)) typical.set(project, typicalMs(state, project));
    if (!ends.has(account)) ends.set(account, wallOf(state, account, now));
    const [ms, wall] = [typical.get(project)!, ends.get(account)!];
    if (ms === null || wall === null || now + ms <= wall.at) return null;
    return `tasks of ${project} take ${minutes(ms)}, and the ${wall.window} of ${account} ` +
      `may be full in ${minutes(wall.at - now)}`;
  };
}

/** When an account that stands near a line is expected at its wall, the earliest of its windows. */
function wallOf(state: State, id: AccountId, now: number): { window: string; at: number } | null {
  const account = entry(state.accounts, id);
  const spec = state.config?.accounts.find((a) => a.id === id);
  if (!account || !spec) return null;
  const walls = currentWindows(account, now).flatMap(({ name, usedPct }) => {
    if (usedPct < lineOf(spec, name) - FLOOR_BELOW_LINE_PCT) return [];
    const guess = forecastOf(account, name, now);
    return guess.is === "known" && guess.p50 !== null ? [{ window: name, at: guess.p50 }] : [];
  });
  return walls.sort((a, b) => a.at - b.at)[0] ?? null;
}

function minutes(ms: number): string {
  return `${Math.max(1, Math.round(ms / MINUTE))} min`;
}
