/**
 * Launches a planned run, unless the world shows that it was launched already.
 *
 * The run's id stands in the path of its launch script, so `#{pane_start_command}` answers "was it
 * launched?" after a crash, and launching twice cannot happen.
 *
 * @module
 */
import type { ConversationId, ProcessId, RunId } from "../model/ids.ts";
import { isAlive, type State } from "../model/state.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import type { Pane, Tmux } from "../ports/tmux.ts";
import { type RunInput, startCommand } from "./launch.ts";
import { isOf, readRegistry } from "./registry.ts";
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

/** The conversation is open in a `claude` that we did not start: two writers would fork it silently (2.1.330). */
export class ConversationOpenError extends Error {
  override name = "ConversationOpenError";
  constructor(readonly conversation: string, readonly pid: number, readonly account: string) {
    super(
      `Cannot open conversation ${conversation}: process ${pid} has it open under ${account}. ` +
        "End that one, and start the session again",
    );
  }
}

export interface LaunchInput extends RunInput {
  /** Processes that are known to have other conversations open (`busyElsewhere`). */
  readonly elsewhere: ReadonlySet<number>;
}

/** The processes of our own sessions that have another conversation open than this one. */
export function busyElsewhere(
  { sessions }: State,
  conversation: ConversationId,
): ReadonlySet<number> {
  const others = Object.values(sessions).filter((session) =>
    isAlive(session) && session.run?.stray === null && session.conversation !== conversation
  );
  return new Set(others.flatMap(({ run }) => run?.process?.pid ?? []));
}

/** The pane and process of the run. A run that has ended meanwhile still has both. */
export async function launchRun(deps: LaunchDeps, input: LaunchInput): Promise<Launched> {
  return await findLaunched(deps, input.plan.id) ??
    await launchedIn(await start(deps, input), deps);
}

/** Where the run is, when the world shows that it was launched; null when it was not, or its pane is gone. */
export async function findLaunched(
  deps: Pick<LaunchDeps, "tmux" | "processes">,
  run: RunId,
): Promise<Launched | null> {
  const pane = paneOfRun(await deps.tmux.panes(), run);
  return pane && await launchedIn(pane, deps);
}

async function launchedIn(
  pane: Pane,
  { processes }: Pick<LaunchDeps, "processes">,
): Promise<Launched> {
  const process = pane.dead ? null : await processes.identify(pane.pid);
  return { pane: pane.id, process: process ?? { pid: pane.pid, birth: "ended before we looked" } };
}

async function start(deps: LaunchDeps, input: LaunchInput): Promise<Pane> {
  const { config, session, plan } = input;
  await refuseOpenConversation(deps, input);
  await prepareRun(deps.files, input);
  return await deps.tmux.launch(session.name, {
    cwd: session.cwd,
    argv: startCommand(config, plan.id),
  });
}

/** The kernel's lock keeps our own runs apart; the registries show those that a person started by hand. */
async function refuseOpenConversation(
  { files, processes }: LaunchDeps,
  { config, plan: { conversation }, elsewhere }: LaunchInput,
): Promise<void> {
  for (const { id, configDir } of config.accounts) {
    for (const entry of await readRegistry(files, configDir, { without: elsewhere })) {
      if (entry.conversation !== conversation) continue;
      // An entry outlives a process that was killed, so it counts only while that very process is there.
      const process = await processes.identify(entry.pid);
      if (process && isOf(entry, process)) {
        throw new ConversationOpenError(conversation, entry.pid, id);
      }
    }
  }
}
