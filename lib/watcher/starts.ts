/**
 * Starts the sessions that should be there: planned in the journal first, then launched, at most so many at once.
 *
 * @module
 */
import { launchRun } from "../claude/launch_run.ts";
import { makeLinks } from "../claude/links.ts";
import { findTranscript, hasMessages } from "../claude/transcript.ts";
import type { Config, SessionSpec } from "../model/config.ts";
import type { RunPlan } from "../model/event.ts";
import { moveOf, type Session, type State } from "../model/state.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

export async function startSessions(life: WatcherLife, deps: WatcherDeps): Promise<void> {
  const { config, daemon } = life.state();
  if (!config || daemon.phase !== "up") return;
  for (const spec of config.sessions) {
    const session = life.state().sessions[spec.name];
    if (!session || moveOf(life.state(), spec.name)) continue;
    if (session.phase.name === "absent") {
      if (booting(life.state()) >= config.failover.bootsAtOnce) return;
      const plan = await planStart(config, spec, session, deps);
      const why = plan.how === "new" ? "the config wants it" : "it goes on with its conversation";
      life.record({ type: "run.planned", session: spec.name, plan, why });
    }
    await launchPlanned(spec, config, life, deps);
  }
}

function booting(state: State): number {
  return Object.values(state.sessions).filter((s) => s.phase.name === "starting").length;
}

/** Goes on with the conversation when it has messages; one without cannot be resumed (measured, 2.1.330). */
async function planStart(
  config: Config,
  spec: SessionSpec,
  session: Session,
  { files, newId }: WatcherDeps,
): Promise<RunPlan> {
  const { conversation } = session;
  const allowed = spec.allowedAccounts.includes(session.account);
  const account = allowed ? session.account : spec.account;
  const transcript = conversation === null
    ? null
    : await findTranscript(files, config.share.projectsDir, conversation);
  const resume = transcript !== null && await hasMessages(files, transcript);
  return {
    id: newId(),
    account,
    conversation: conversation ?? newId(),
    how: resume ? "resume" : "new",
    mark: null,
  };
}

/** Also the way back after a crash between the plan and the launch: the world is asked first. */
async function launchPlanned(
  spec: SessionSpec,
  config: Config,
  life: WatcherLife,
  deps: WatcherDeps,
): Promise<void> {
  const run = life.state().sessions[spec.name]?.run;
  if (!run || life.state().sessions[spec.name]?.phase.name !== "starting") return;
  if (run.process !== null) return;
  const account = config.accounts.find((a) => a.id === run.plan.account);
  if (!account) return;
  const of = { session: spec.name, run: run.plan.id };
  try {
    await makeLinks(deps.files, config, account);
    const input = { config, account, session: spec, plan: run.plan, prompt: null };
    const launched = await launchRun(deps, input);
    if (moveOf(life.state(), spec.name)) return;
    life.record({ type: "run.launched", ...of, ...launched });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    life.record(
      { type: "run.closing", ...of, reason: `cannot launch: ${why}` },
      { type: "run.ended", ...of, exit: null },
    );
  }
}
