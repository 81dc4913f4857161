/**
 * Where the files of runs, locks and checkpoints lie, all below the state folder.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { ConversationId, RunId, SessionName } from "../model/ids.ts";

/** One folder per run, named by its id. */
export function runsDir(config: Config): string {
  return `${config.paths.stateDir}/runs`;
}

/** Everything of one run; nothing in it changes while the run lives, but for its spool. */
export function runDir(config: Config, run: RunId): string {
  return `${runsDir(config)}/${run}`;
}

/** Where the hooks of the run leave what they were told. */
export function spoolDir(config: Config, run: RunId): string {
  return `${runDir(config, run)}/spool`;
}

/** What `claude --settings` is given. */
export function settingsPath(config: Config, run: RunId): string {
  return `${runDir(config, run)}/settings.json`;
}

/** The script that becomes `claude`. The run id stands in its path: see `paneOfRun`. */
export function launchPath(config: Config, run: RunId): string {
  return `${runDir(config, run)}/launch.sh`;
}

export function hookScriptPath(config: Config, run: RunId): string {
  return `${runDir(config, run)}/hook.sh`;
}

/** The name by which our own status line command is told from a person's. */
export const STATUS_LINE_SCRIPT = "claude-failover-status-line.sh";

export function statusLineScriptPath(config: Config, run: RunId): string {
  return `${runDir(config, run)}/${STATUS_LINE_SCRIPT}`;
}

/** The last status line input of the run. */
export function statusLinePath(config: Config, run: RunId): string {
  return `${spoolDir(config, run)}/status.json`;
}

/** The last word on a tool call of the run. */
export function lastToolPath(config: Config, run: RunId): string {
  return `${spoolDir(config, run)}/tool.json`;
}

export function locksDir(config: Config): string {
  return `${config.paths.stateDir}/locks`;
}

/** Held by the one `claude` that has the conversation open, under whatever account. */
export function lockPath(config: Config, conversation: ConversationId): string {
  return `${locksDir(config)}/${conversation}.lock`;
}

/** One folder per session. */
export function checkpointsDir(config: Config): string {
  return `${config.paths.stateDir}/checkpoints`;
}

export function checkpointDir(config: Config, session: SessionName): string {
  return `${checkpointsDir(config)}/${session}`;
}

/** Prompts as they are to be read by a session, or were last taken by one. */
export function promptsDir(config: Config): string {
  return `${config.paths.stateDir}/prompts`;
}
