/**
 * The plan of a run that goes on with a conversation, or begins one.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { RunPlan } from "../model/event.ts";
import type { AccountId, ConversationId, RunId, SessionName } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import type { Checkpoint } from "./checkpoint_file.ts";
import { continuationPrompt } from "./continuation.ts";
import { isLastPromptLost } from "./last_prompt.ts";
import { markOf } from "./spool.ts";
import { findTranscript, hasMessages } from "./transcript.ts";

export interface PlanInput {
  readonly config: Config;
  readonly id: RunId;
  readonly session: SessionName;
  readonly account: AccountId;
  readonly conversation: ConversationId;
  /** The run before it was cut in the middle of work: this one is asked to go on. */
  readonly cut: boolean;
  /** The name of the checkpoint that knows of the cut; without it the latest one. */
  readonly checkpoint?: string;
}

/** A conversation without a message cannot be resumed (measured, 2.1.330), so it begins under its id. */
export async function planRun(files: Files, input: PlanInput): Promise<RunPlan> {
  const { config, id, session, account, conversation, cut, checkpoint } = input;
  const transcript = await findTranscript(files, config.share.projectsDir, conversation);
  const resume = transcript !== null && await hasMessages(files, transcript);
  const plan = { id, account, conversation, how: resume ? "resume" : "new" } as const;
  if (!cut) return { ...plan, mark: null };
  const of = { session, conversation, transcript };
  const unrecorded = await isLastPromptLost(files, config, of);
  if (!resume && !unrecorded) return { ...plan, mark: null };
  return {
    ...plan,
    mark: markOf(id),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(unrecorded ? { unrecorded } : {}),
  };
}

/**
 * The prompt that the planned run begins with, or null; it says what the checkpoint knows of the cut, and what the session
 * is working on when that is known (`task`).
 */
export async function promptOf(
  { mark, unrecorded }: RunPlan,
  { load, task, lastPrompt }: {
    readonly load: () => Promise<Checkpoint | null>;
    readonly task: string | null;
    /** The last prompt that the session took (`lastPromptText`). */
    readonly lastPrompt: () => Promise<string | null>;
  },
): Promise<string | null> {
  if (mark === null) return null;
  const checkpoint = await load();
  return continuationPrompt(checkpoint, mark, {
    task,
    unrecorded: unrecorded ? await lastPrompt() : null,
  });
}
