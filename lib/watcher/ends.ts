/**
 * Ends sessions: every one when the daemon is told to stop with them (`stop --sessions`), and those whose stop or
 * restart was asked for. Goes on with a stop that an earlier daemon did not live to see.
 *
 * @module
 */
import { saveDraft } from "../claude/draft.ts";
import { findLaunched } from "../claude/launch_run.ts";
import { seePerson } from "../claude/person.ts";
import { paneOfRun } from "../claude/runs.ts";
import { RunSurvivesError, stopRun } from "../claude/stop_run.ts";
import type { Fact } from "../model/event.ts";
import type { RunId, SessionName } from "../model/ids.ts";
import { isAlive, moveOf, type State } from "../model/state.ts";
import { ANCHOR, type Tmux } from "../ports/tmux.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

export interface Ending {
  /** Sessions whose stop is under way: nobody else reads what they say. */
  readonly ending: Set<SessionName>;
  /** Records what the session's run has said by its hooks so far. */
  lastWords(session: SessionName): Promise<void>;
}

/** A session stands in `ending` for as long as it is in the hands of this: nobody else may touch it meanwhile. */
export async function endSessions(
  life: WatcherLife,
  deps: WatcherDeps,
  { ending, lastWords }: Ending,
): Promise<void> {
  await Promise.all(
    toEnd(life.state()).map(async (name) => {
      ending.add(name);
      try {
        await endOne(name, life, deps, lastWords);
      } finally {
        ending.delete(name);
      }
    }),
  );
  startAgain(life);
}

/** The second half of a restart; also of one whose first half an earlier daemon, or a crash of the session, did. */
function startAgain(life: WatcherLife): void {
  const again = Object.values(life.state().sessions).filter((session) =>
    session.asked?.to === "restart" && !isAlive(session) && !moveOf(life.state(), session.name)
  );
  for (const { name, asked } of again) {
    life.record({ type: "session.start.requested", session: name, by: asked!.by });
  }
}

/** A session that a swap has in its hands is left to it: it gives it up, or brings it up first. */
function toEnd(state: State): SessionName[] {
  const all = state.daemon.phase === "stopping" && state.daemon.endSessions;
  return Object.values(state.sessions)
    .filter((session) => isAlive(session) && !moveOf(state, session.name))
    .filter(({ phase, asked }) => all || asked !== null || phase.name === "stopping")
    .map(({ name }) => name);
}

async function endOne(
  session: SessionName,
  life: WatcherLife,
  deps: WatcherDeps,
  lastWords: Ending["lastWords"],
): Promise<void> {
  const { config, sessions } = life.state();
  const before = sessions[session]?.run;
  if (!before || !config) return;
  const of = { session, run: before.plan.id };
  if (!before.process) {
    const launched = await findLaunched(deps, before.plan.id);
    if (launched) life.record({ type: "run.launched", ...of, ...launched });
  }
  const main = life.state().sessions[session]?.run?.process;
  const tree = main ? await deps.processes.descendants(main) : [];
  const draft = await keepDraft(session, life, deps);
  await lastWords(session);
  if (life.state().sessions[session]?.phase.name !== "stopping") {
    life.record(...draft, {
      type: "run.stopping",
      ...of,
      why: reasonOf(life.state(), session),
      tree,
    });
  }
  const run = life.state().sessions[session]?.run;
  if (run?.plan.id !== before.plan.id) return;
  const { stopGraceMs: graceMs } = config.failover;
  try {
    await stopRun(run, deps, { graceMs, signal: life.signal });
  } catch (error) {
    if (error instanceof RunSurvivesError) return; // the next sweep tries again
    throw error;
  }
  await lastWords(session);
  if (life.state().sessions[session]?.run?.plan.id !== run.plan.id) return;
  life.record({ type: "run.ended", ...of, exit: null });
  await closeSession(session, run.plan.id, deps);
}

/** A draft that cannot be kept holds up no stop that was asked for. */
async function keepDraft(name: string, life: WatcherLife, deps: WatcherDeps): Promise<Fact[]> {
  const session = life.state().sessions[name];
  const { config } = life.state();
  if (!session?.run || !config) return [];
  const { id } = session.run.plan;
  const { box } = await seePerson(deps, name, session.run.pane);
  return await saveDraft(deps.files, { config, session, box, id }).catch(() => []);
}

/**
 * Ends our tmux server when only its anchor and panes of ours are left whose programs have ended: with `stop --sessions`
 * nothing of ours stays behind. What a person opened on it, or a session that lives after all, keeps it.
 */
export async function closeServer(tmux: Tmux, sessions: readonly SessionName[]): Promise<void> {
  const panes = (await tmux.panes()).filter(({ session }) => session !== ANCHOR);
  if (panes.some((pane) => !pane.dead || !sessions.includes(pane.session))) return;
  for (const name of new Set(panes.map((pane) => pane.session))) await tmux.kill(name);
  await tmux.kill(ANCHOR);
}

/** Ends the tmux session when nothing is in it but the run's own pane: what a person opened there is theirs. */
async function closeSession(
  session: SessionName,
  run: RunId,
  { tmux }: WatcherDeps,
): Promise<void> {
  const there = (await tmux.panes()).filter((pane) => pane.session === session);
  const ours = paneOfRun(there, run);
  if (ours && there.every((pane) => pane === ours || pane.dead)) await tmux.kill(session);
}

function reasonOf(state: State, session: SessionName): string {
  const asked = state.sessions[session]?.asked;
  if (!asked) return "the daemon stops with its sessions";
  return `${asked.by === "person" ? "a person" : "the policy"} asked for its ${asked.to}`;
}
