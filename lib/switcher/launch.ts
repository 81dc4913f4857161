/**
 * The step `launch`: plan a run under the target account, and start it.
 *
 * @module
 */
import { busyElsewhere, ConversationOpenError, launchRun } from "../claude/launch_run.ts";
import { lastPromptText } from "../claude/last_prompt.ts";
import { planRun, promptOf } from "../claude/plan_run.ts";
import { paneOfRun } from "../claude/runs.ts";
import type { Fact, RunPlan } from "../model/event.ts";
import { wasCut } from "../model/fold_run.ts";
import { taskReminder } from "../queue/prompt.ts";
import { type MoveContext, moveIn, sessionOf, StepFailed, swapOf, target } from "./context.ts";
import { askTmux } from "./patience.ts";

/** A pane that carries the plan's run id is the proof; without a plan there can be none. */
export async function wasLaunched(context: MoveContext): Promise<boolean> {
  const { plan } = moveIn(context);
  const { run } = sessionOf(context);
  if (!plan || run?.plan.id !== plan.id || run.process === null) return false;
  return paneOfRun(await askTmux(context, () => context.deps.tmux.panes()), plan.id) !== null;
}

export async function launch(context: MoveContext): Promise<Fact[]> {
  const { deps, life, swapId: swap, sessionName: session } = context;
  if (!moveIn(context).plan) {
    const plan = await planMove(context);
    life.record({ type: "move.planned", swap, session, plan });
  }
  const { config } = swapOf(context);
  const { plan } = moveIn(context);
  const spec = config.sessions.find((s) => s.name === session);
  if (!plan || !spec) throw new StepFailed(`${session} is not in the config the swap began with`);
  const load = () => deps.loadCheckpoint(config, session, swap);
  const lastPrompt = () => lastPromptText(deps.files, config, session);
  const task = taskReminder(life.state(), session);
  const prompt = await promptOf(plan, { load, task, lastPrompt });
  const elsewhere = busyElsewhere(life.state(), plan.conversation);
  const input = { config, account: target(context), session: spec, plan, prompt, elsewhere };
  const launched = await askTmux(context, () => launchRun(deps, input)).catch((error) => {
    throw error instanceof ConversationOpenError ? new StepFailed(error.message) : error;
  });
  return [{ type: "run.launched", session, run: plan.id, ...launched }];
}

async function planMove(context: MoveContext): Promise<RunPlan> {
  const { deps } = context;
  const { config } = swapOf(context);
  const session = sessionOf(context);
  const { conversation } = session;
  if (conversation === null) throw new StepFailed("the session has no conversation yet");
  const { to: account } = moveIn(context);
  const cut = wasCut(session);
  return await planRun(deps.files, {
    config,
    id: deps.newId(),
    session: session.name,
    account,
    conversation,
    cut,
  });
}
