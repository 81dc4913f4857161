/**
 * Starts the sessions that should be there: planned in the journal first, then launched, at most so many at once.
 *
 * @module
 */
import { LATEST } from "../claude/checkpoint_file.ts";
import { busyElsewhere, findLaunched, type Launched, launchRun } from "../claude/launch_run.ts";
import { makeLinks } from "../claude/links.ts";
import { lastPromptText } from "../claude/last_prompt.ts";
import { planRun, promptOf } from "../claude/plan_run.ts";
import type { Config, SessionSpec } from "../model/config.ts";
import type { RunPlan } from "../model/event.ts";
import type { SessionName } from "../model/ids.ts";
import { bootsAllowed, bootsInFlight } from "../model/pacing.ts";
import { isAlive, moveOf, type Run, type Session, type State } from "../model/state.ts";
import { TmuxError } from "../ports/tmux.ts";
import { taskReminder } from "../queue/prompt.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";
import { isToStart, saveCut, whyItStarts } from "./restarts.ts";
import { planWake } from "./wakes.ts";

/** Leaves alone those whose stop is under way. */
export async function startSessions(
  life: WatcherLife,
  deps: WatcherDeps,
  ending: ReadonlySet<SessionName>,
): Promise<void> {
  for (const spec of life.state().config?.sessions ?? []) {
    const { config, daemon } = life.state();
    if (!config || daemon.phase !== "up" || life.signal.aborted) return;
    const session = life.state().sessions[spec.name];
    if (!session || ending.has(spec.name) || moveOf(life.state(), spec.name)) continue;
    if (isToStart(life.state(), session, deps.clock.now())) {
      // The next one may be planned already, and waits for its launch.
      if (!mayBoot(config, life, deps)) continue;
      const plan = await planStart(config, spec, session, deps);
      // A swap may have taken the place meanwhile.
      if (!mayBoot(config, life, deps)) continue;
      const why = whyItStarts(session, plan.how);
      life.record({ type: "run.planned", session: spec.name, plan, why });
    } else if (session.phase.name === "parked") {
      if (!mayBoot(config, life, deps)) continue;
      const facts = await planWake(life.state(), spec.name, deps);
      if (!mayBoot(config, life, deps)) continue;
      if (life.state().sessions[spec.name]?.phase.name === "parked") life.record(...facts);
    }
    await launchPlanned(spec, config, life, deps);
  }
}

function mayBoot(config: Config, life: WatcherLife, { clock, processes }: WatcherDeps): boolean {
  const allowed = bootsAllowed(config, processes.load());
  return bootsInFlight(life.state(), clock.now()).length < allowed;
}

/** What died in the middle of work is asked to go on; what was cut is written down before the plan says so. */
async function planStart(
  config: Config,
  spec: SessionSpec,
  session: Session,
  deps: WatcherDeps,
): Promise<RunPlan> {
  await saveCut(config, session, deps);
  const wanted = session.pin?.account ?? session.account;
  const allowed = spec.allowedAccounts.includes(wanted);
  const account = allowed ? wanted : spec.account;
  const id = deps.newId();
  const conversation = session.conversation ?? spec.conversation ?? deps.newId();
  const cut = session.run?.cut ?? false;
  return await planRun(deps.files, {
    config,
    id,
    session: spec.name,
    account,
    conversation,
    cut,
  });
}

/** Also the way back after a crash between the plan and the launch: the world is asked first. */
async function launchPlanned(
  spec: SessionSpec,
  config: Config,
  life: WatcherLife,
  deps: WatcherDeps,
): Promise<void> {
  const session = life.state().sessions[spec.name];
  const run = session?.run;
  if (!run || !isAlive(session) || run.process !== null) return;
  const of = { session: spec.name, run: run.plan.id };
  // Past `starting` it has spoken already: the last life died before it wrote down where.
  const outcome = session.phase.name === "starting"
    ? await tryLaunch(spec, run, { config, state: life.state() }, deps)
    : await adopt(run, deps);
  if (outcome.is === "unknown") return;
  if (outcome.is === "failed") {
    life.record(
      { type: "run.closing", ...of, reason: outcome.why },
      { type: "run.ended", ...of, exit: null },
    );
    return;
  }
  const { is: _, ...launched } = outcome;
  const now = life.state().sessions[spec.name];
  if (now?.run?.plan.id === run.plan.id && now.phase.name === session.phase.name) {
    life.record({ type: "run.launched", ...of, ...launched });
  } else {
    // Somebody stopped the session meanwhile and could not see this process yet.
    await deps.processes.signal(launched.process, "SIGTERM");
  }
}

type Outcome =
  | { readonly is: "launched" } & Launched
  | { readonly is: "failed"; readonly why: string }
  /** tmux could not say. It is asked again in the next sweep. */
  | { readonly is: "unknown" };

async function tryLaunch(
  spec: SessionSpec,
  { plan }: Run,
  { config, state }: { config: Config; state: State },
  deps: WatcherDeps,
): Promise<Outcome> {
  const account = config.accounts.find((a) => a.id === plan.account);
  if (!account) {
    return { is: "failed", why: `cannot launch: account ${plan.account} is not in the config` };
  }
  if (plan.how === "new" && plan.conversation === spec.conversation) {
    const why = `cannot launch: there is no conversation ${plan.conversation} in ` +
      `${config.share.projectsDir}; claude-failover share brings it there`;
    return { is: "failed", why };
  }
  try {
    await makeLinks(deps.files, config, account);
    const load = () => deps.loadCheckpoint(config, spec.name, plan.checkpoint ?? LATEST);
    const task = taskReminder(state, spec.name);
    const lastPrompt = () => lastPromptText(deps.files, config, spec.name);
    const prompt = await promptOf(plan, { load, task, lastPrompt });
    const launched = await launchRun(deps, {
      config,
      account,
      session: spec,
      plan,
      prompt,
      elsewhere: busyElsewhere(state, plan.conversation),
    });
    return { is: "launched", ...launched };
  } catch (error) {
    if (error instanceof TmuxError && !await isSurelyAbsent(plan, deps)) return { is: "unknown" };
    const why = error instanceof Error ? error.message : String(error);
    return { is: "failed", why: `cannot launch: ${why}` };
  }
}

async function adopt({ plan }: Run, deps: WatcherDeps): Promise<Outcome> {
  try {
    const launched = await findLaunched(deps, plan.id);
    return launched ? { is: "launched", ...launched } : { is: "failed", why: "its pane is gone" };
  } catch (error) {
    if (error instanceof TmuxError) return { is: "unknown" };
    throw error;
  }
}

async function isSurelyAbsent({ id }: RunPlan, deps: WatcherDeps): Promise<boolean> {
  return await findLaunched(deps, id).then((launched) => launched === null, () => false);
}
