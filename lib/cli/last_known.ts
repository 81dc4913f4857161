/**
 * What the last daemon knew, from its journal, for when none runs: somebody who wakes up to a dead one wants to see why.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { State } from "../model/state.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./errors.ts";

export interface LastKnown {
  /** With the daemon down, whatever its last line says. */
  readonly state: State;
  /** Those after a `seq`, oldest first. */
  events(after: number): Event[];
  /** As it was then; null when the journal does not reach back so far. */
  stateAt(at: number): Promise<State | null>;
}

/** As `ask` says; when no daemon runs and there is a journal, `look` is given what it holds, and why the daemon said nothing. */
export async function orLastKnown<T>(
  context: CliContext,
  ask: () => Promise<T>,
  look: (known: LastKnown, why: CliError) => T | Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.noDaemon) throw error;
    const { config } = await context.loadConfig();
    const { journalPath, Store } = await import("../runtime/store.ts");
    using store = Store.lookAt(journalPath(config), { now: () => context.clock.now() });
    if (!store || store.state.seq === 0) throw error;
    const state: State = { ...store.state, daemon: { phase: "down" } };
    const known: LastKnown = {
      state,
      events: (after) => store.events({ after, limit: -1 }),
      stateAt: (at) => store.stateAt(at, () => Promise.resolve()),
    };
    return await look(known, error);
  }
}
