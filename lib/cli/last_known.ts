/**
 * What the last daemon knew, from its journal, for when none runs: somebody who wakes up to a dead one wants to see why.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { State } from "../model/state.ts";
import { roughly } from "../words/time.ts";
import type { ControlClient } from "../http/client.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./errors.ts";
import { withDaemon } from "./with_daemon.ts";

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

/** What is said wherever that is shown: how old it is. */
export function ageWords({ at }: State, now: number): string {
  return `No daemon is running: this was so ${roughly(now - at)} ago`;
}

/**
 * Shows what the daemon answers. When none runs, shows what its journal answers, says how old that is, and ends with
 * `EXIT.noDaemon` all the same: a script must not take it for the state of things.
 */
export async function showKnown<V>(
  context: CliContext,
  { what, ask, fromJournal, show }: {
    /** As it stands after "Cannot". */
    readonly what: string;
    ask(client: ControlClient): Promise<V>;
    fromJournal(state: State, now: number): V | Promise<V>;
    show(view: V): void | Promise<void>;
  },
): Promise<void> {
  const live = async () => await show(await withDaemon(context, what, ask));
  await orLastKnown(context, live, async ({ state }, { hint, exit }) => {
    const now = context.clock.now();
    await show(await fromJournal(state, now));
    throw new CliError(ageWords(state, now), { hint, exit });
  });
}
