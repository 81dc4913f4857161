/**
 * `x.md.dispatched` beside `x.md`: whoever could create it has the task.
 *
 * It is made whole or not at all, and never over another one, so two daemons over one folder cannot both have it. A marker
 * that cannot be read is somebody's all the same.
 *
 * @module
 */
import { z } from "zod";
import type { TaskId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import { markerName, MAX_FILE_NAME } from "./layout.ts";
import { isTaken, type Owner, ownerName, ownerSchema } from "./owner.ts";
import { byteLength } from "./words.ts";

/** Version 1. What a later version adds beside these is left alone. */
export const markerSchema = z.object({
  version: z.literal(1),
  task: z.string(),
  project: z.string(),
  session: z.string().nullable(),
  account: z.string().nullable(),
  /** From 1. */
  attempt: z.number(),
  /** Epoch milliseconds. */
  at: z.number(),
  /** Of the task's file as it was claimed; null when there was none yet. */
  inode: z.number().nullable(),
  owner: ownerSchema,
});
export type Marker = z.infer<typeof markerSchema>;

export type MarkerReading =
  | { readonly is: "none" }
  | { readonly is: "ours"; readonly marker: Marker }
  /** `marker` is null when it cannot be read. */
  | { readonly is: "theirs"; readonly owner: string; readonly marker: Marker | null };

export type Claim =
  | { readonly is: "ours" }
  | { readonly is: "theirs"; readonly owner: string }
  /** Our own marker of another task: `release` it once that task has nothing to do with this file any more. */
  | { readonly is: "held"; readonly task: TaskId }
  /** There is nothing to claim: the file is gone. */
  | { readonly is: "gone" };

const MAX_BYTES = 16 * 1024;
/** A marker that is gone as soon as it is looked at was released this moment. */
const TRIES = 5;

export async function readMarker(
  files: Files,
  dir: string,
  { file, owner }: { file: string; owner: Pick<Owner, "id"> },
): Promise<MarkerReading> {
  if (byteLength(file) > MAX_FILE_NAME) return { is: "none" }; // nor could there be one
  const path = `${dir}/${markerName(file)}`;
  const info = await files.stat(path);
  if (!info) return { is: "none" };
  if (info.kind !== "file") return { is: "theirs", owner: "unknown (no file)", marker: null };
  const head = await files.readFrom(path, 0, MAX_BYTES);
  if (!head) return { is: "none" };
  const marker = parseMarker(head.text);
  if (!marker) return { is: "theirs", owner: "unknown (not readable)", marker: null };
  if (marker.owner.id === owner.id) return { is: "ours", marker };
  return { is: "theirs", owner: ownerName(marker.owner), marker };
}

/** The marker of a file's text, or null when it is not one that we understand. */
export function parseMarker(text: string): Marker | null {
  try {
    return markerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Takes the task whose file lies in `dir`. Doing it again changes nothing; a marker of ours that speaks of an earlier attempt
 * is brought up to date.
 */
export async function claim(
  files: Files,
  dir: string,
  { file, marker }: { file: string; marker: Omit<Marker, "version" | "inode"> },
): Promise<Claim> {
  const path = `${dir}/${markerName(file)}`;
  const info = await files.stat(`${dir}/${file}`);
  if (!info) return { is: "gone" };
  const wanted: Marker = { version: 1, ...marker, inode: info.inode };
  for (let tries = 0; tries < TRIES; tries++) {
    if (await tryCreate(files, path, toText(wanted))) {
      // Whoever had it before may have put the file away between our look and our marker.
      if (await files.stat(`${dir}/${file}`)) return { is: "ours" };
      await files.remove(path);
      return { is: "gone" };
    }
    const there = await readMarker(files, dir, { file, owner: marker.owner });
    if (there.is === "theirs") return { is: "theirs", owner: there.owner };
    if (there.is === "none") continue;
    if (there.marker.task !== marker.task) return { is: "held", task: there.marker.task };
    if (there.marker.attempt !== marker.attempt) {
      await files.writeAtomic(path, toText(wanted), MODE);
    }
    return { is: "ours" };
  }
  return { is: "theirs", owner: "unknown (it comes and goes)" };
}

/** Makes our marker beside a file that is yet to come. False: another one stands there. */
export function reserve(
  files: Files,
  dir: string,
  { file, marker }: { file: string; marker: Omit<Marker, "version" | "inode"> },
): Promise<boolean> {
  const path = `${dir}/${markerName(file)}`;
  return tryCreate(files, path, toText({ version: 1, ...marker, inode: null }));
}

/** Takes our marker away, and nobody else's; with `task`, only that task's. False: another one stands there. */
export async function release(
  files: Files,
  dir: string,
  { file, owner, task }: { file: string; owner: Pick<Owner, "id">; task?: string },
): Promise<boolean> {
  const there = await readMarker(files, dir, { file, owner });
  if (there.is === "none") return true;
  if (there.is === "theirs" || (task !== undefined && there.marker.task !== task)) return false;
  await files.remove(`${dir}/${markerName(file)}`);
  return true;
}

/** Other users of a shared folder may read who has a task. */
const MODE = 0o644;

/** False: something is there already. */
export async function tryCreate(files: Files, path: string, text: string): Promise<boolean> {
  try {
    await files.create(path, text, MODE);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

function toText(marker: Marker): string {
  return `${JSON.stringify(marker, null, 2)}\n`;
}
