/**
 * The end of a task, and the way back from it: its file, its result, its marker.
 *
 * @module
 */
import { tokensSince } from "../claude/task_usage.ts";
import { findTranscript } from "../claude/transcript.ts";
import type { Config, ProjectSpec } from "../model/config.ts";
import { entry } from "../model/state.ts";
import type { Task } from "../model/task.ts";
import { bringBack, putAway } from "../queue/put_away.ts";
import { forgetNote, readNote } from "../queue/note.ts";
import { type Outcome, resultText } from "../queue/result.ts";
import type { Files } from "../ports/files.ts";
import { markerOf } from "./advance.ts";
import type { DispatcherDeps, DispatcherLife, Memory } from "./mod.ts";

/** Writes the result and puts the file away; done again after a crash it does the rest. */
export async function putAwayTask(
  task: Task,
  project: ProjectSpec,
  life: DispatcherLife,
  { files }: DispatcherDeps,
  { owner }: Memory,
): Promise<void> {
  const { place } = task;
  const { config, sessions } = life.state();
  if (place.at !== "closing" || !config) return;
  const { as, by, why, since: endedAt } = place;
  const note = await readNote(files, config, task.id);
  const last = task.attempts.at(-1);
  const conversation = last ? entry(sessions, last.session)?.conversation ?? null : null;
  const tokens = last?.mark && conversation
    ? await tokensOf(conversation, config, { mark: last.mark, until: endedAt }, files)
    : null;
  const outcome = { task, as, by, why, endedAt, conversation, note, tokens };
  const file = await putAway(files, {
    project,
    task,
    as,
    owner,
    result: (kept) => resultText(outcome, kept),
  });
  life.record({ type: "task.closed", task: task.id, file });
  await forgetNote(files, config, task.id);
}

/** What cannot be read is not known: the task has ended all the same. */
async function tokensOf(
  conversation: string,
  { share }: Config,
  part: { readonly mark: string; readonly until: number },
  files: Files,
): Promise<Outcome["tokens"]> {
  try {
    const path = await findTranscript(files, share.projectsDir, conversation);
    const tokens = path === null ? null : await tokensSince(files, path, part);
    if (tokens === null) return null;
    const { input, output, cacheRead, cacheWrite } = tokens;
    return { input: input + cacheRead + cacheWrite, output, cached: cacheRead };
  } catch {
    return null;
  }
}

/** Brings the file back into the inbox; when it is gone, so is the task. */
export async function bringBackTask(
  task: Task,
  project: ProjectSpec,
  life: DispatcherLife,
  deps: DispatcherDeps,
  memory: Memory,
): Promise<void> {
  const { place } = task;
  if (place.at !== "returning") return;
  const { from, file } = place;
  const marker = markerOf(task, deps, memory);
  const name = await bringBack(deps.files, { project, task, from, file, marker });
  if (name === null) {
    const why = `its file was taken out of ${from}/`;
    life.record({ type: "task.ended", task: task.id, as: "cancelled", by: "person", why });
  } else life.record({ type: "task.returned", task: task.id, file: name });
}
