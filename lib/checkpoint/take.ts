/**
 * Takes a checkpoint: everything about a session that it needs to go on elsewhere, as it is now.
 *
 * A checkpoint is best effort by nature: what cannot be read is null in it, and it never holds up a move.
 *
 * @module
 */
import { type Checkpoint, checkpointPath, patchPath } from "../claude/checkpoint_file.ts";
import { lastToolPath } from "../claude/layout.ts";
import { readLastTool } from "../claude/spool.ts";
import { readTodos } from "../claude/todos.ts";
import type { GitLook } from "../git/look.ts";
import { writePatch } from "../git/patch.ts";
import type { Config } from "../model/config.ts";
import { taskOf } from "../model/fold_task.ts";
import type { Session, State } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";

export interface CheckpointDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly processes: Processes;
  readonly git: GitLook;
}

export interface Wanted {
  readonly config: Config;
  readonly state: State;
  readonly session: Session;
  readonly id: string;
}

const PATCH_MAX_BYTES = 10 * 1024 * 1024;

/** Takes a checkpoint of the session as it is and writes it down. */
export async function saveCheckpoint(deps: CheckpointDeps, wanted: Wanted): Promise<Checkpoint> {
  const { config, session, id } = wanted;
  const taken = await take(deps, wanted);
  const patch = await keepPatch(deps, wanted, taken).catch(() => null);
  const checkpoint = { ...taken, patch };
  const text = JSON.stringify(checkpoint, null, 1);
  await deps.files.writeAtomic(checkpointPath(config, session.name, id), text, 0o600);
  return checkpoint;
}

async function take(
  deps: CheckpointDeps,
  { config, state, session, id }: Wanted,
): Promise<Checkpoint> {
  const { files } = deps;
  const cwd = config.sessions.find((s) => s.name === session.name)?.cwd ?? "/";
  const configDir = config.accounts.find((a) => a.id === session.account)?.configDir ?? null;
  const { run, conversation } = session;
  const [git, lastTool, transcript, todos] = await Promise.all([
    deps.git(cwd),
    run ? readLastTool(files, lastToolPath(config, run.plan.id)) : null,
    run?.transcript ? files.stat(run.transcript) : null,
    conversation !== null && configDir !== null ? readTodos(files, configDir, conversation) : [],
  ]);
  const task = taskOf(state, session.name);
  return {
    version: 2,
    id,
    takenAt: deps.clock.now(),
    session: session.name,
    account: session.account,
    conversation,
    run: run?.plan.id ?? null,
    cwd,
    phase: session.phase.name,
    task: task && { id: task.id, project: task.project, file: task.file, title: task.spec.title },
    lastTool,
    todos,
    git,
    transcript: transcript && run?.transcript
      ? { path: run.transcript, sizeBytes: transcript.size }
      : null,
    patch: null,
  };
}

/** The uncommitted work itself, where the config wants it kept. */
async function keepPatch(
  deps: CheckpointDeps,
  { config, session, id }: Wanted,
  { cwd, git }: Checkpoint,
): Promise<Checkpoint["patch"]> {
  if (!config.checkpoints.patch) return null;
  const path = patchPath(config, session.name, id);
  const bytes = git === null || git.dirtyCount === 0
    ? null
    : await writePatch(deps, { cwd, path, maxBytes: PATCH_MAX_BYTES });
  if (bytes === null) await deps.files.remove(path); // what it held was true before
  return bytes === null ? null : { bytes };
}
