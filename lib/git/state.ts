/**
 * Where a folder stands, as git sees it.
 *
 * @module
 */
import { z } from "zod";

export const MAX_DIRTY = 50;

export const gitStateSchema = z.object({
  /** The commit, in hex; null before the first one. */
  head: z.string().nullable(),
  /** Null: detached. */
  branch: z.string().nullable(),
  /** What is not committed, at most `MAX_DIRTY`; paths from the top of the work tree. */
  dirty: z.array(z.object({
    path: z.string(),
    state: z.enum(["changed", "added", "deleted", "renamed", "untracked", "conflict"]),
    /** Null: no file is there. */
    bytes: z.number().nullable(),
    /** SHA-256 in hex; null: too large to be read, or no file. */
    digest: z.string().nullable(),
  })),
  /** All of them. */
  dirtyCount: z.number(),
});
export type GitState = z.infer<typeof gitStateSchema>;
export type DirtyFile = GitState["dirty"][number];

/** How a folder has changed between two looks. */
export interface GitDifference {
  /** Null: the same. */
  readonly head: readonly [from: string | null, to: string | null] | null;
  readonly branch: readonly [from: string | null, to: string | null] | null;
  readonly files: readonly {
    readonly path: string;
    readonly how: "appeared" | "changed again" | "settled" | "unknown";
  }[];
}

/** `settled`: it was not committed and now it is, or what was done to it was undone. */
export function compareGit(before: GitState, after: GitState): GitDifference {
  const now = new Map(after.dirty.map((file) => [file.path, file]));
  const was = new Set(before.dirty.map(({ path }) => path));
  const files = [
    ...before.dirty.flatMap((file) => {
      const how = howChanged(file, now.get(file.path) ?? null);
      return how === null ? [] : [{ path: file.path, how }];
    }),
    ...after.dirty.filter(({ path }) => !was.has(path))
      .map(({ path }) => ({ path, how: "appeared" as const })),
  ];
  const pair = (a: string | null, b: string | null) => a === b ? null : [a, b] as const;
  return {
    head: pair(before.head, after.head),
    branch: pair(before.branch, after.branch),
    files: files.sort((a, b) => a.path < b.path ? -1 : 1),
  };
}

function howChanged(
  before: DirtyFile,
  after: DirtyFile | null,
): GitDifference["files"][number]["how"] | null {
  if (after === null) return "settled";
  if (before.bytes !== after.bytes) return "changed again";
  if (before.digest === null || after.digest === null) {
    return before.bytes === null ? null : "unknown"; // gone before and now, or too large to tell
  }
  return before.digest === after.digest ? null : "changed again";
}
