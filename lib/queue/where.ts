/**
 * Where a task's file is: still in its inbox, put away (by us, the agent or a person), or gone.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { TaskEnd } from "../model/task.ts";
import type { FileInfo, Files } from "../ports/files.ts";
import { endDir, inboxDir, resultName } from "./layout.ts";
import { type Marker, readMarker } from "./marker.ts";
import type { Owner } from "./owner.ts";
import { resultAt } from "./result.ts";

export type Whereabouts =
  | { readonly at: "inbox" | TaskEnd; readonly file: string; readonly info: FileInfo }
  | { readonly at: "gone" };

export interface Sought {
  readonly project: Pick<ProjectSpec, "path">;
  /** The name it has in the inbox. */
  readonly task: { readonly id: string; readonly file: string };
  readonly owner: Pick<Owner, "id">;
}

const ENDS: readonly TaskEnd[] = ["done", "failed", "cancelled"];

/** Clocks of a shared folder differ a little, and some file systems count in two seconds. */
const SLACK_MS = 2_000;

/**
 * Our marker knows the file that was claimed: by its inode, or by its name and a change since then (an editor makes a new
 * file of it). Without a marker of ours nobody was given the task, and only the inbox counts.
 */
export async function whereIs(
  files: Files,
  { project, task, owner }: Sought,
): Promise<Whereabouts> {
  const inbox = inboxDir(project);
  const inInbox = await files.stat(`${inbox}/${task.file}`);
  const marker = await readMarker(files, inbox, { file: task.file, owner });
  const claimed = marker.is === "ours" && marker.marker.task === task.id ? marker.marker : null;
  if (inInbox && (!claimed || claimed.inode === inInbox.inode)) {
    return { at: "inbox", file: task.file, info: inInbox };
  }
  if (!claimed) return { at: "gone" };
  // Under the name it had, which needs no listing.
  const named = await Promise.all(ENDS.map(async (at) => {
    const info = await files.stat(`${endDir(project, at)}/${task.file}`);
    return info && { at, file: task.file, info };
  }));
  const isIt = ({ info }: { info: FileInfo }) => info.inode === claimed.inode;
  const found = named.filter((entry) => entry !== null);
  const same = found.find(isIt);
  if (same) return same;
  for (const entry of found) {
    if (await isChangedSince(files, project, { entry, claimed })) return entry;
  }
  // Another file of that name in the inbox, and none elsewhere: an editor has saved it anew.
  if (inInbox) return { at: "inbox", file: task.file, info: inInbox };
  return await underAnotherName(files, project, claimed.inode);
}

/** Whether the file has changed since the claim and is not known to be another task's. */
async function isChangedSince(
  files: Files,
  project: Sought["project"],
  { entry: { at, file, info }, claimed }: {
    entry: { at: TaskEnd; file: string; info: FileInfo };
    claimed: Marker;
  },
): Promise<boolean> {
  if (info.kind !== "file") return false;
  if (Number(info.mtimeNs / 1_000_000n) < claimed.at - SLACK_MS) return false;
  const result = await resultAt(files, `${endDir(project, at)}/${resultName(file)}`);
  return result === null || result.task === claimed.task;
}

/** The agent may have given it another name on the way. */
async function underAnotherName(
  files: Files,
  project: Sought["project"],
  inode: number | null,
): Promise<Whereabouts> {
  for (const at of ENDS) {
    const entries = await files.list(endDir(project, at));
    const found = entries.find((entry) => entry.inode === inode && entry.kind === "file");
    if (found) return { at, file: found.name, info: found };
  }
  return { at: "gone" };
}

/** Other names of the one file in the other folders: a crash in the middle of `moveNew` left them. */
export async function otherNames(
  files: Files,
  { project, as, info }: { project: Sought["project"]; as: TaskEnd; info: FileInfo },
): Promise<string[]> {
  const dirs = ENDS.filter((end) => end !== as).map((end) => endDir(project, end));
  const found = await Promise.all([inboxDir(project), ...dirs].map(async (dir) => {
    const twins = (await files.list(dir))
      .filter((entry) => entry.inode === info.inode && entry.device === info.device);
    return twins.map(({ name }) => `${dir}/${name}`);
  }));
  return found.flat();
}
