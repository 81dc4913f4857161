/**
 * In which order the moves of a swap begin. Pure.
 *
 * @module
 */
import type { SessionName } from "../model/ids.ts";
import type { Phase, Session } from "../model/state.ts";

/** Smaller goes first. */
const RANK: Readonly<Partial<Record<Phase["name"], number>>> = {
  // In trouble: they can do nothing where they are.
  limited: 0,
  dead: 0,
  // They lose the most by a wall that comes before their turn ends.
  working: 1,
  starting: 1,
  // A person owes them an answer, which would be asked for again elsewhere: as much time for it as there is.
  waiting: 3,
};
const REST = 2;

/** Those in trouble first, then working ones, idle ones after them, and last who waits for a person's answer. */
export function byUrgency(
  names: readonly SessionName[],
  sessions: Readonly<Record<SessionName, Session>>,
): SessionName[] {
  const rank = (name: SessionName) => {
    const phase = sessions[name]?.phase.name;
    return phase === undefined ? REST : RANK[phase] ?? REST;
  };
  return [...names].sort((a, b) => rank(a) - rank(b)); // stable: of a rank in the order of the swap
}
