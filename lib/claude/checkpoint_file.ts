/**
 * What a session needs to go on elsewhere, as a small file of its own.
 *
 * @module
 */
import { z } from "zod";
import { gitStateSchema } from "../git/state.ts";
import type { Config } from "../model/config.ts";
import type { SessionName } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import { checkpointDir } from "./layout.ts";

const SUFFIX = ".json";

/** Version 2. It holds names, digests and sizes, and the lines of the list of things to do; no prompt and no transcript text. */
export const checkpointSchema = z.object({
  version: z.literal(2),
  id: z.string(),
  takenAt: z.number(),
  session: z.string(),
  account: z.string(),
  conversation: z.string().nullable(),
  run: z.string().nullable(),
  cwd: z.string(),
  phase: z.string(),
  /** What the session has in its hands for the dispatcher. */
  task: z.object({ id: z.string(), project: z.string(), file: z.string(), title: z.string() })
    .nullable(),
  /** The last tool call of the run and whether its result is known; null when none was seen. */
  lastTool: z.object({
    name: z.string(),
    id: z.string().nullable(),
    inputDigest: z.string().nullable(),
    finished: z.boolean(),
  }).nullable(),
  /** Claude Code's own list of things to do; empty when there is none or it cannot be seen. */
  todos: z.array(z.object({
    text: z.string(),
    status: z.enum(["pending", "in_progress", "completed"]),
  })),
  /** Null: not a git repository, or git could not say. */
  git: gitStateSchema.nullable(),
  transcript: z.object({ path: z.string(), sizeBytes: z.number() }).nullable(),
  /** The uncommitted work itself lies in `patchPath`; null: it was not kept. */
  patch: z.object({ bytes: z.number() }).nullable(),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

/** The name of the one that each ended turn, and a death in the middle of one, writes anew. */
export const LATEST = "latest";

/** The checkpoint of a file's text, or null when it is not one (torn, or of a newer version). */
export function parseCheckpoint(text: string): Checkpoint | null {
  try {
    return checkpointSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Where the checkpoint of that name lies. */
export function checkpointPath(config: Config, session: SessionName, id: string): string {
  return `${checkpointDir(config, session)}/${id}.json`;
}

/** Where the patch of that checkpoint lies, if it has one. */
export function patchPath(config: Config, session: SessionName, id: string): string {
  return `${checkpointDir(config, session)}/${id}.patch`;
}

/** The checkpoint of that name, or null when there is no readable one. */
export async function loadCheckpoint(
  files: Files,
  { config, session, id }: { config: Config; session: SessionName; id: string },
): Promise<Checkpoint | null> {
  const text = await files.read(checkpointPath(config, session, id)).catch(() => null);
  return text === null ? null : parseCheckpoint(text);
}

/** The checkpoints of a session, the newest first. What cannot be read is left out. */
export async function listCheckpoints(
  files: Files,
  { config, session }: { config: Config; session: SessionName },
): Promise<Checkpoint[]> {
  const ids = (await files.names(checkpointDir(config, session)))
    .filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
  const found = await Promise.all(ids.map((id) => loadCheckpoint(files, { config, session, id })));
  return found.filter((one) => one !== null).sort((a, b) => b.takenAt - a.takenAt);
}
