/**
 * What a session needs to go on elsewhere, as a small file of its own.
 *
 * @module
 */
import { z } from "zod";

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
