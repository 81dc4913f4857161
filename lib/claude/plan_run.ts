/**
 * The plan of a run that goes on with a conversation, or begins one.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { RunPlan } from "../model/event.ts";
import type { AccountId, ConversationId, RunId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import type { Checkpoint } from "./checkpoint_file.ts";
import { continuationPrompt } from "./continuation.ts";
import { markOf } from "./spool.ts";
import { findTranscript, hasMessages } from "./transcript.ts";

export interface PlanInput {
  readonly config: Config;
  readonly id: RunId;
  readonly account: AccountId;
  readonly conversation: ConversationId;
  /** The run before it was cut in the middle of work: this one is asked to go on. */
  readonly cut: boolean;
  /** The name of the checkpoint that knows of the cut; without it the latest one. */
  readonly checkpoint?: string;
}

/** A conversation without a message cannot be resumed (measured, 2.1.330), so it begins under its id. */
export async function planRun(files: Files, input: PlanInput): Promise<RunPlan> {
  const { config, id, account, conversation, cut, checkpoint } = input;
  const transcript = await findTranscript(files, config.share.projectsDir, conversation);
  const resume = transcript !== null && await hasMessages(files, transcript);
  const plan = { id, account, conversation, how: resume ? "resume" : "new" } as const;
  if (!resume || !cut) return { ...plan, mark: null };
  return { ...plan, mark: markOf(id), ...(checkpoint === undefined ? {} : { checkpoint }) };
}

/**
 * The prompt that the planned run begins with, or null; it says what the checkpoint knows of the cut, and what the session
 * is working on when that is known (`task`).
 */
export async function promptOf(
  { mark }: RunPlan,
  { load, task }: { load: () => Promise<Checkpoint | null>; task: string | null },
): Promise<string | null> {
  return mark === null ? null : continuationPrompt(await load(), mark, task);
}
