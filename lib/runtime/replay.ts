/**
 * Folding a journal: from where it begins, up to its end or up to a moment in the past.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { fold, FOLD_VERSION } from "../model/fold.ts";
import { EMPTY, type State } from "../model/state.ts";
import { type Journal, JournalError, type Snapshot } from "./journal.ts";

/** After so many events somebody else has a turn. */
const AT_ONCE = 250;

/** From where all that is kept is folded, with the `seq` of the snapshot that saves the most (0: none does). */
export function beginning(journal: Journal): { readonly state: State; readonly snapshot: number } {
  const state = snapshotOf(journal) ?? baseOf(journal) ?? EMPTY;
  return { state, snapshot: state.seq };
}

/** The fold is total over the types it knows; a newer version may have written others. */
export function foldEvent(state: State, event: Event, { path }: Journal): State {
  try {
    return fold(state, event);
  } catch (cause) {
    throw new JournalError(
      `Cannot fold event ${event.seq} (${event.type}) of the journal ${path}: this version does not know it. ` +
        "Start the newer claude-failover that wrote it, or move the journal away to begin anew.",
      { path, seq: event.seq, isNewer: true, cause },
    );
  }
}

/**
 * The state after the last event that was written at that time (epoch milliseconds) or before; null when the journal does
 * not reach back so far. `rest` is awaited now and then, so that a long journal stops nobody.
 */
export function stateAt(
  journal: Journal,
  at: number,
  rest: () => Promise<unknown>,
): Promise<State | null> {
  return stateAfter(journal, journal.lastUntil(at), rest);
}

/** The state after that event; as `stateAt` for the rest. */
export async function stateAfter(
  journal: Journal,
  last: number,
  rest: () => Promise<unknown>,
): Promise<State | null> {
  let state = latestBefore(journal, last);
  while (state && state.seq < last) {
    const events = [...journal.read(state.seq, Math.min(AT_ONCE, last - state.seq))];
    if (events[0]?.seq !== state.seq + 1) return null; // trimmed meanwhile
    for (const event of events) state = foldEvent(state, event, journal);
    if (state.seq < last) await rest();
  }
  return state;
}

/** The latest state that is kept from before that event or just after it. */
function latestBefore(journal: Journal, last: number): State | null {
  if (last === 0) return null;
  const snapshot = snapshotOf(journal);
  if (snapshot && snapshot.seq <= last) return snapshot;
  const base = baseOf(journal) ?? EMPTY;
  return base.seq <= last ? base : null;
}

/** A snapshot only saves time: one that cannot be read is as good as none. */
function snapshotOf(journal: Journal): State | null {
  const snapshot = journal.snapshot();
  return snapshot?.fold === FOLD_VERSION ? parseState(snapshot.state) : null;
}

/**
 * Where the events before it are gone, this is all there is. An earlier version may have made it, so what the state has got
 * since must be able to be absent.
 */
function baseOf(journal: Journal): State | null {
  const snapshot = journal.base();
  return snapshot && parseBase(snapshot, journal.path);
}

function parseBase({ state, fold: madeBy, seq }: Snapshot, path: string): State {
  const base = parseState(state);
  if (base !== null && madeBy <= FOLD_VERSION) return { ...EMPTY, ...base };
  const why = base === null ? "it cannot be read" : "a newer version has written it";
  throw new JournalError(`Cannot begin at event ${seq} of the journal ${path}: ${why}`, {
    path,
    seq,
    isNewer: base !== null,
  });
}

function parseState(text: string): State | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
