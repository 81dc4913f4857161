/**
 * What is done about sessions that died: the next start when it is due, or the word that it is futile.
 *
 * @module
 */
import { LATEST } from "../claude/checkpoint_file.ts";
import type { Config } from "../model/config.ts";
import * as bounds from "../model/bounds.ts";
import { isDue, restartOf } from "../model/restart.ts";
import { entry, moveOf, type Session, type State } from "../model/state.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

/** Records for each session whose restarts change nothing that it is given up. */
export function giveUpFutile(life: WatcherLife): void {
  for (const session of Object.values(life.state().sessions)) {
    const restart = restartOf(session);
    if (restart?.do !== "give up" || moveOf(life.state(), session.name)) continue;
    life.record({ type: "session.quarantined", session: session.name, why: restart.why });
  }
}

/** Whether the session should start now: nobody has started it yet, or it died and has waited long enough. */
export function isToStart(state: State, session: Session, now: number): boolean {
  if (moveOf(state, session.name) || costsTooMuch(state, session, now)) return false;
  if (session.phase.name === "absent") return true;
  const restart = restartOf(session);
  return restart !== null && isDue(restart, session, now);
}

/** A start does not cost anything, but what goes on with its work does. */
function costsTooMuch(state: State, { pin, account: under }: Session, now: number): boolean {
  const id = pin?.account ?? under;
  const spec = state.config?.accounts.find((a) => a.id === id);
  const account = entry(state.accounts, id);
  return spec !== undefined && account !== undefined && bounds.costsTooMuch(account, spec, now);
}

/** Why it starts, for the journal. */
export function whyItStarts(session: Session, how: "new" | "resume"): string {
  const restart = restartOf(session);
  if (restart?.do === "restart") return `it died, restart ${restart.nth}`;
  return how === "new" ? "the config wants it" : "it goes on with its conversation";
}

/**
 * Writes down what the death has cut, for the prompt that asks to go on. A run that died before it took such a prompt
 * had no work of its own: then what was written of the one before it still counts. Best effort, as every checkpoint.
 */
export async function saveCut(config: Config, session: Session, deps: WatcherDeps): Promise<void> {
  const { run } = session;
  if (!run?.cut || run.plan.mark !== null && run.markAcceptedAt === null) return;
  await deps.saveCheckpoint(config, session, LATEST).catch(() => {});
}
