/**
 * What an agent or a person says about the end of a task: kept in a file until the result is written, and never in the
 * journal.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { TaskId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";

export function notesDir(config: Config): string {
  return `${config.paths.stateDir}/notes`;
}

function notePath(config: Config, task: TaskId): string {
  return `${notesDir(config)}/${task}.txt`;
}

export async function keepNote(
  files: Files,
  config: Config,
  { task, note }: { readonly task: TaskId; readonly note: string },
): Promise<void> {
  await files.writeAtomic(notePath(config, task), note, 0o600);
}

/** Null when there is none. */
export async function readNote(files: Files, config: Config, task: TaskId): Promise<string | null> {
  return await files.read(notePath(config, task));
}

export async function forgetNote(files: Files, config: Config, task: TaskId): Promise<void> {
  await files.remove(notePath(config, task));
}
