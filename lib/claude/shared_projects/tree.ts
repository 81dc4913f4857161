/**
 * The files below a folder, flat.
 *
 * @module
 */
import type { DirEntry, Files } from "../../ports/files.ts";
import { NOTE_NAME, TEMPORARY_NAME } from "./places.ts";

export interface TreeFile {
  /** Whose it is. */
  readonly label: string;
  /** Relative to the root, parts joined by `/`. */
  readonly path: string;
  readonly at: string;
  readonly kind: "file" | "link";
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Device and inode: two names of one file are equal here. */
  readonly identity: string;
}

export interface Tree {
  readonly label: string;
  readonly root: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Sockets, pipes and devices: left where they are. */
  readonly skipped: readonly string[];
}

/** Links are entries of their own and never followed. A root that is not there is an empty tree. */
export async function readTree(files: Files, label: string, root: string): Promise<Tree> {
  const found = new Map<string, TreeFile>();
  const skipped: string[] = [];
  async function walk(below: string): Promise<void> {
    for (const entry of await files.list(below === "" ? root : `${root}/${below}`)) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (path === NOTE_NAME || entry.name === TEMPORARY_NAME) continue;
      if (entry.kind === "dir") await walk(path);
      else if (entry.kind === "other" || entry.kind === "pipe") skipped.push(path);
      else found.set(path, treeFile(entry, entry.kind, path, { label, root }));
    }
  }
  await walk("");
  return { label, root, files: found, skipped };
}

function treeFile(
  entry: DirEntry,
  kind: TreeFile["kind"],
  path: string,
  { label, root }: { label: string; root: string },
): TreeFile {
  const { size, mtimeNs, device, inode } = entry;
  const identity = `${device}:${inode}`;
  return { label, path, at: `${root}/${path}`, kind, size, mtimeNs, identity };
}
