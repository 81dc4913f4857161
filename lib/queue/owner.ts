/**
 * Who has a task: the identity that our markers and `status.json` carry.
 *
 * It belongs to the state folder, for there the journal is that knows what was done with the task: another daemon over the
 * same state folder goes on with its markers, one over another folder never touches them.
 *
 * @module
 */
import { dirname } from "node:path";
import { z } from "zod";
import type { Files } from "../ports/files.ts";
import { cleanText } from "./words.ts";

export const ownerSchema = z.object({
  /** Of the state folder. */
  id: z.string().min(1),
  host: z.string(),
  stateDir: z.string(),
  /** Of the daemon that wrote it; for people. */
  pid: z.number(),
});
export type Owner = z.infer<typeof ownerSchema>;

/** The state folder's id, made once. */
export async function ownerId(
  files: Files,
  stateDir: string,
  newId: () => string,
): Promise<string> {
  const path = ownerPath(stateDir);
  const there = await readOwnerId(files, stateDir);
  if (there !== null) return there;
  await files.makeDir(stateDir);
  try {
    await files.create(path, `${newId()}\n`);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  const id = await readOwnerId(files, stateDir);
  if (id !== null) return id;
  throw new Error(`Cannot tell whose tasks are ours: ${path} is empty`);
}

/**
 * Whether a marker's owner will never come back for it. Only this can be proven: it is of this host, and its state folder
 * is gone or has become another's. That its process has ended says nothing, for the next one goes on; and where not even the
 * folder above is to be seen, we look from another place (a container of the same name).
 */
export async function isAbandoned(files: Files, owner: Owner, host: string): Promise<boolean> {
  if (owner.host !== host || await readOwnerId(files, owner.stateDir) === owner.id) return false;
  return (await files.stat(dirname(owner.stateDir)))?.kind === "dir";
}

/** For people and the journal. */
export function ownerName({ id, host, pid }: Owner): string {
  return cleanText(`${id.slice(0, 40)} on ${host.slice(0, 60)} (process ${pid})`, 120);
}

/** What `create` throws when the path exists. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && error.name === "AlreadyExists";
}

async function readOwnerId(files: Files, stateDir: string): Promise<string | null> {
  const text = await files.read(ownerPath(stateDir));
  return text === null || text.trim() === "" ? null : text.trim();
}

function ownerPath(stateDir: string): string {
  return `${stateDir}/owner-id`;
}
