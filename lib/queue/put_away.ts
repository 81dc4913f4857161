/**
 * Puts an ended task's file into the folder of its end, with its result beside it, and brings it back for another try.
 *
 * Nothing is ever overwritten: a name that is taken becomes `x.2.md`. Each step can be seen afterwards, so that doing
 * all of it again after a crash at any point does the rest: the result is made first and reserves the name, the file
 * follows, our marker goes last. On the way back a marker in the inbox reserves the name, and the result goes last.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { Task, TaskEnd } from "../model/task.ts";
import type { FileInfo, Files } from "../ports/files.ts";
import { endDir, inboxDir, MAX_FILE_NAME, resultName } from "./layout.ts";
import { type Marker, readMarker, release, reserve, tryCreate } from "./marker.ts";
import type { Owner } from "./owner.ts";
import { type Kept, resultAt } from "./result.ts";
import { otherNames, type Whereabouts, whereIs } from "./where.ts";
import { byteLength, cutToBytes, hasUnseen } from "./words.ts";

export interface PutAway {
  readonly project: Pick<ProjectSpec, "path">;
  readonly task: Pick<Task, "id" | "file">;
  readonly as: TaskEnd;
  readonly owner: Owner;
  /** The text of the result, for the file that is kept beside it. */
  readonly result: (kept: Kept | null) => string;
}

/** More files of one name than that are somebody's mistake. */
const MAX_NAMES = 10_000;

/** Returns the name that the file has now; null when there was none any more, and only the result is there. */
export async function putAway(files: Files, wanted: PutAway): Promise<string | null> {
  const { project, task, as, owner } = wanted;
  const dir = endDir(project, as);
  await files.makeDir(dir);
  for (const file of names(task.file)) {
    const kept = await settleUnder(files, dir, { wanted, file });
    if (kept === "taken") continue;
    await release(files, inboxDir(project), { file: task.file, owner, task: task.id });
    return kept;
  }
  throw new Error(`Cannot put ${task.file} away: ${dir} has ${MAX_NAMES} files of that name`);
}

/** One name: it is somebody else's, or in the end the file (if there is one) and its result have it. */
async function settleUnder(
  files: Files,
  dir: string,
  { wanted, file }: { wanted: PutAway; file: string },
): Promise<string | null | "taken"> {
  const { project, task, as, result } = wanted;
  const path = `${dir}/${file}`;
  const resultPath = `${dir}/${resultName(file)}`;
  const reserved = await resultAt(files, resultPath);
  if (reserved !== null && reserved.task !== task.id) return "taken";
  const there = await files.stat(path);
  const found = await whereIs(files, { ...wanted, task });
  const isThere = found.at === as && found.file === file;
  if (reserved === null) {
    if (there && !isThere) return "taken";
    const kept = found.at === "gone" ? null : { file, bytes: found.info.size };
    if (!await tryCreate(files, resultPath, result(kept))) {
      return settleUnder(files, dir, { wanted, file }); // somebody made one this moment: look whose
    }
  } else if (there && !isThere) {
    // Moved before; what the inbox has under that name by now is another task.
    if (found.at === "gone" || !isHalf(found.info, there, reserved.bytes)) return file;
    await files.remove(path);
  }
  if (isThere) {
    const others = reserved ? await otherNames(files, { project, as, info: found.info }) : [];
    for (const other of others) await files.remove(other);
    return file;
  }
  if (found.at === "gone") return null;
  if (await files.moveNew(pathOf(wanted, found), path)) return file;
  await files.remove(resultPath); // the name was taken at this very moment
  return "taken";
}

function pathOf({ project }: PutAway, found: Exclude<Whereabouts, { at: "gone" }>): string {
  const dir = found.at === "inbox" ? inboxDir(project) : endDir(project, found.at);
  return `${dir}/${found.file}`;
}

export interface BringBack {
  readonly project: Pick<ProjectSpec, "path">;
  readonly task: Pick<Task, "id">;
  readonly from: TaskEnd;
  /** Its name there. */
  readonly file: string;
  readonly marker: Omit<Marker, "version" | "inode">;
}

/**
 * Brings the file back into the inbox and returns its name there; null when it is gone. Our marker then stands beside it, so
 * that nobody takes it before the journal knows: `release` it once that is so.
 */
export async function bringBack(files: Files, wanted: BringBack): Promise<string | null> {
  const { project, task, from, file, marker } = wanted;
  const inbox = inboxDir(project);
  const source = `${endDir(project, from)}/${file}`;
  const result = `${endDir(project, from)}/${resultName(file)}`;
  await files.makeDir(inbox);
  for (const name of names(file)) {
    const path = `${inbox}/${name}`;
    const there = await readMarker(files, inbox, { file: name, owner: marker.owner });
    const isReserved = there.is === "ours" && there.marker.task === task.id;
    if (!isReserved && (there.is !== "none" || await files.stat(path))) continue;
    const back = await files.stat(path);
    const old = await ownStat(files, source, { result, task: task.id });
    if (old) {
      if (!isReserved && !await reserve(files, inbox, { file: name, marker })) continue;
      if (back && isHalf(old, back)) await files.remove(path);
      if (!await files.moveNew(source, path)) {
        // Somebody has put another one there.
        await release(files, inbox, { file: name, owner: marker.owner, task: task.id });
        continue;
      }
    } else if (!isReserved || !back) {
      return null;
    }
    if ((await resultAt(files, result))?.task === task.id) await files.remove(result);
    return name;
  }
  throw new Error(`Cannot bring ${file} back: ${inbox} has ${MAX_NAMES} files of that name`);
}

/** What a crash in the middle of `moveNew` leaves: two names of one file, or an empty file in its place. */
function isHalf(old: FileInfo, there: FileInfo, oldBytes = old.size): boolean {
  const isSame = there.inode === old.inode && there.device === old.device;
  return isSame || (there.kind === "file" && there.size === 0 && oldBytes > 0);
}

/** Null also when it is another task's by now, which got the name after ours had left. */
async function ownStat(
  files: Files,
  path: string,
  { result, task }: { result: string; task: string },
): Promise<FileInfo | null> {
  const of = await resultAt(files, result);
  return of === null || of.task === task ? await files.stat(path) : null;
}

/** The name itself, or a like one that every folder takes; then numbered ones. */
export function* names(file: string): Iterable<string> {
  const extension = /\.md$/i.exec(file)?.[0] ?? ".md";
  const stem = file.slice(0, file.length - extension.length);
  const isFit = !hasUnseen(file) && byteLength(file) <= MAX_FILE_NAME;
  yield isFit ? file : `${fitStem(stem)}${extension}`;
  for (let n = 2; n <= MAX_NAMES; n++) yield `${fitStem(stem)}.${n}${extension}`;
}

/** Room is left for the number, and for a marker. */
function fitStem(stem: string): string {
  const seen = [...stem.toWellFormed()].map((c) => hasUnseen(c) ? "_" : c).join("");
  return cutToBytes(seen, MAX_FILE_NAME - ".10000.md".length);
}
