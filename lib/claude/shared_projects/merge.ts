/**
 * Carries out what `plan.ts` decided. The folders set aside are read and never changed; a file comes into
 * place by a second name for the same bytes where the filesystem allows, else by a verified copy. Every
 * change may be the last one before a kill: planned and done again, the end is the same.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Contents } from "../../ports/contents.ts";
import type { Files } from "../../ports/files.ts";
import { type Compare, linkTarget } from "./compare.ts";
import type { SetupJournal } from "./journal.ts";
import { conflictsDir, TEMPORARY_NAME } from "./places.ts";
import type { Change } from "./plan.ts";
import type { TreeFile } from "./tree.ts";

export interface Merge {
  readonly files: Files;
  readonly contents: Contents;
  readonly compare: Compare;
  readonly journal: SetupJournal;
  readonly shared: string;
}

export async function carryOut(changes: readonly Change[], merge: Merge): Promise<void> {
  for (const change of changes) await carryOutOne(change, merge);
}

async function carryOutOne({ do: what, file }: Change, merge: Merge): Promise<void> {
  const to = `${merge.shared}/${file.path}`;
  switch (what) {
    case "keep-apart":
      return await keepApart(file, merge);
    case "remove":
      return await merge.files.remove(to);
    case "replace":
      return await bring(file, to, merge);
    case "place": {
      const there = await standing(to, merge);
      if (there === null) return await bring(file, to, merge);
      // A filesystem that takes `A` and `a` for one name shows it only now.
      if (await says(there, file, merge)) return;
      return await keepApart(file, merge);
    }
  }
}

/** Under a name nobody has, unless the same is there already. */
async function keepApart(file: TreeFile, merge: Merge): Promise<void> {
  const { compare, journal, shared } = merge;
  const wanted = `${conflictsDir(shared)}/${file.label}/${file.path}`;
  let keptAt = wanted;
  for (let n = 2;; n++) {
    const there = await standing(keptAt, merge);
    if (there === null) break;
    if (there !== "folder" && await compare.same(there, file)) return;
    keptAt = `${wanted}~${n}`;
  }
  if (!journal.hasConflict(keptAt)) {
    await journal.add({ is: "conflict", label: file.label, path: file.path, keptAt });
  }
  await bring(file, keptAt, merge);
}

/** Puts `file` at `to`, over whatever file or link is there. */
async function bring(file: TreeFile, to: string, { files, contents }: Merge): Promise<void> {
  const folder = dirname(to);
  if (await files.stat(folder) === null) await files.makeDir(folder, 0o700);
  if (file.kind === "link") {
    await files.remove(to); // what was there has been kept apart
    return await files.link(await linkTarget(files, file), to);
  }
  const temporary = `${folder}/${TEMPORARY_NAME}`;
  await files.remove(temporary);
  if (!await contents.hardLink(file.at, temporary)) {
    await contents.copy(file.at, temporary);
    if (await contents.digest(file.at) !== await contents.digest(temporary)) {
      throw new Error(`Cannot copy ${file.at}: the copy in ${folder} differs`);
    }
  }
  await files.rename(temporary, to);
}

async function standing(path: string, { files }: Merge): Promise<TreeFile | "folder" | null> {
  const info = await files.stat(path);
  if (!info) return null;
  if (info.kind !== "file" && info.kind !== "link") return "folder";
  const { kind, size, mtimeNs, device, inode } = info;
  return { label: "", path, at: path, kind, size, mtimeNs, identity: `${device}:${inode}` };
}

async function says(there: TreeFile | "folder", file: TreeFile, { compare }: Merge) {
  return there !== "folder" && await compare.contains(there, file);
}
