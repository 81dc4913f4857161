/**
 * Launches a planned run, unless the world shows that it was launched already.
 *
 * The run's id stands in the path of its launch script, so `#{pane_start_command}` answers "was it
 * launched?" after a crash, and launching twice cannot happen.
 *
 * @module
 */
import type { ProcessId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import type { Pane, Tmux } from "../ports/tmux.ts";
import { type RunInput, startCommand } from "./launch.ts";
import { paneOfRun, prepareRun } from "./runs.ts";

export interface LaunchDeps {
  readonly tmux: Tmux;
  readonly files: Files;
  readonly processes: Processes;
}

export interface Launched {
  readonly pane: string;
  readonly process: ProcessId;
}

/** The pane and process of the run. A run that has ended meanwhile still has both. */
export async function launchRun(deps: LaunchDeps, input: RunInput): Promise<Launched> {
  const pane = paneOfRun(await deps.tmux.panes(), input.plan.id) ?? await start(deps, input);
  const process = pane.dead ? null : await deps.processes.identify(pane.pid);
  return { pane: pane.id, process: process ?? { pid: pane.pid, birth: "ended before we looked" } };
}

async function start(deps: LaunchDeps, input: RunInput): Promise<Pane> {
  const { config, session, plan } = input;
  await prepareRun(deps.files, input);
  return await deps.tmux.launch(session.name, {
    cwd: session.cwd,
    argv: startCommand(config, plan.id),
  });
}
