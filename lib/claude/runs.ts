/**
 * A run on disk and in tmux.
 *
 * @module
 */
import type { RunId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import type { Pane } from "../ports/tmux.ts";
import { runFiles, type RunInput } from "./launch.ts";
import { locksDir, runDir, spoolDir } from "./layout.ts";
import { userStatusLine } from "./settings.ts";

/**
 * Writes everything the run needs before it starts. Doing it again is harmless as long as the run has not
 * started; callers ask `paneOfRun` first.
 */
export async function prepareRun(files: Files, input: RunInput): Promise<void> {
  const { config, account, session, plan } = input;
  const theirs = await userStatusLine(files, { account, cwd: session.cwd });
  const all = runFiles({ ...input, userStatusLine: theirs });
  await files.makeDir(locksDir(config), 0o700);
  await files.makeDir(runDir(config, plan.id), 0o700);
  await files.makeDir(spoolDir(config, plan.id), 0o700);
  await Promise.all(all.map(({ path, text, mode }) => files.write(path, text, mode)));
}

/** The pane that was started for this run, alive or dead; null when it was never launched, or is gone since. */
export function paneOfRun(panes: readonly Pane[], run: RunId): Pane | null {
  const mine = panes.filter((pane) => pane.startCommand.includes(`/runs/${run}/launch.sh`));
  return mine.find((pane) => !pane.dead) ?? mine[0] ?? null;
}
