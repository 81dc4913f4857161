/**
 * What a session needs to go on elsewhere, as a small file of its own.
 *
 * @module
 */
import { z } from "zod";
import type { Config } from "../model/config.ts";
import type { SessionName } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import { checkpointDir } from "./layout.ts";

/** Version 1. It holds names, digests and sizes; no prompt and no transcript text. */
export const checkpointSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  takenAt: z.number(),
  session: z.string(),
  account: z.string(),
  conversation: z.string().nullable(),
  run: z.string().nullable(),
  cwd: z.string(),
  phase: z.string(),
  /** The last tool call of the run and whether its result is known; null when none was seen. */
  lastTool: z.object({
    name: z.string(),
    id: z.string().nullable(),
    inputDigest: z.string().nullable(),
    finished: z.boolean(),
  }).nullable(),
  /** Null: not a git repository, or git could not say. */
  git: z.object({
    head: z.string().nullable(),
    branch: z.string().nullable(),
    /** Paths of `git status --porcelain`, at most `MAX_DIRTY`. */
    dirty: z.array(z.string()),
    dirtyCount: z.number(),
  }).nullable(),
  transcript: z.object({ path: z.string(), sizeBytes: z.number() }).nullable(),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

export const MAX_DIRTY = 50;
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

/** The checkpoint of that name, or null when there is no readable one. */
export async function loadCheckpoint(
  files: Files,
  { config, session, id }: { config: Config; session: SessionName; id: string },
): Promise<Checkpoint | null> {
  const text = await files.read(checkpointPath(config, session, id)).catch(() => null);
  return text === null ? null : parseCheckpoint(text);
}
