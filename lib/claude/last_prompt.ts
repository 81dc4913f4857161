/**
 * The last prompt that a session has taken, kept until the next one.
 *
 * Claude Code tells of a prompt by its hook first and writes it into the transcript second: a process that is killed in
 * between has taken a prompt that its conversation knows nothing of (seen on the scripted agent, one `kill-server` in
 * twenty on a busy machine). Whoever goes on with the conversation then has to say it again.
 *
 * @module
 */
import { dirname } from "node:path";
import { z } from "zod";
import type { Config } from "../model/config.ts";
import type { ConversationId, SessionName } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import { parseCutObject } from "./cut_json.ts";
import { promptsDir } from "./layout.ts";
import { type SpoolEntry, withoutMarks } from "./spool.ts";
import { messageTimes, readTail } from "./transcript.ts";

/** 0600 in a folder of 0700, as the hook left it; never in the journal. */
export function lastPromptPath(config: Config, session: SessionName): string {
  return `${promptsDir(config)}/${session}.json`;
}

/** Takes the hook's message away from its spool, which is what happens to every message that was recorded. Best effort. */
export async function keepLastPrompt(
  files: Files,
  config: Config,
  session: SessionName,
  entry: SpoolEntry,
): Promise<void> {
  const path = lastPromptPath(config, session);
  try {
    await files.makeDir(dirname(path), 0o700);
    await files.rename(entry.path, path);
  } catch {
    await files.remove(entry.path); // a full disk must not make it come again and again
  }
}

const payloadSchema = z.object({
  session_id: z.string(),
  prompt_id: z.string().nullish().catch(null),
  prompt: z.string(),
});

interface LastPrompt {
  readonly id: string | null;
  readonly conversation: ConversationId;
  /** Without marks. */
  readonly text: string;
  /** When its hook ran, in epoch milliseconds. */
  readonly submittedAt: number;
}

async function readLastPrompt(
  files: Files,
  config: Config,
  session: SessionName,
): Promise<LastPrompt | null> {
  const path = lastPromptPath(config, session);
  const [text, info] = await Promise.all([files.read(path), files.stat(path)]);
  const { data } = payloadSchema.safeParse(parseCutObject(text ?? ""));
  if (!data || !info) return null;
  return {
    id: data.prompt_id ?? null,
    conversation: data.session_id,
    text: withoutMarks(data.prompt).trim(),
    submittedAt: Number(info.mtimeNs / 1_000_000n),
  };
}

/** What it says, without marks; null when it is not known. */
export async function lastPromptText(
  files: Files,
  config: Config,
  session: SessionName,
): Promise<string | null> {
  return (await readLastPrompt(files, config, session))?.text ?? null;
}

/** Whether it was taken in that conversation, whose transcript (null: there is none) neither holds it nor has gone on since. */
export async function isLastPromptLost(
  files: Files,
  config: Config,
  { session, conversation, transcript }: {
    readonly session: SessionName;
    readonly conversation: ConversationId;
    readonly transcript: string | null;
  },
): Promise<boolean> {
  const last = await readLastPrompt(files, config, session);
  if (!last || last.text === "" || last.conversation !== conversation) return false;
  const tail = transcript === null ? "" : await readTail(files, transcript) ?? "";
  if (last.id !== null && tail.includes(`"promptId":"${last.id}"`)) return false;
  return !messageTimes(tail).some((at) => at > last.submittedAt);
}
