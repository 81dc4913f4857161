/**
 * What git says of a folder, and what the changed files are.
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import { runGit } from "./run.ts";
import { type GitState, MAX_DIRTY } from "./state.ts";

/** What git says of the repository around that folder: head, branch and changed files; null when it cannot say. */
export type GitLook = (cwd: string) => Promise<GitState | null>;

export interface GitDeps {
  readonly files: Files;
  readonly processes: Processes;
}

/** So old a look may be. */
const SHARED_MS = 250;
/** A checkpoint holds nothing up: larger files are named without a digest. */
const DIGEST_MAX_BYTES = 1024 * 1024;
const DIGEST_MAX_ALL_BYTES = 8 * DIGEST_MAX_BYTES;
/** Of the names of all changed files together: a checkpoint stays below 64 KiB. */
const MAX_NAMES_LENGTH = 16 * 1024;

/** Sessions of one folder are saved at the same moment, and one look does for all of them. */
export function sharedGit(deps: GitDeps & { readonly clock: Clock }): GitLook {
  const { clock } = deps;
  const looks = new Map<string, { readonly at: number; readonly git: ReturnType<GitLook> }>();
  return (cwd) => {
    const now = clock.monotonic();
    for (const [of, { at }] of looks) if (now - at >= SHARED_MS) looks.delete(of);
    const look = looks.get(cwd) ?? { at: now, git: lookAt(deps, cwd) };
    looks.set(cwd, look);
    return look.git;
  };
}

/** One look, with the digests of what has changed. */
export async function lookAt(deps: GitDeps, cwd: string): Promise<GitState | null> {
  const status = ["status", "--porcelain=v2", "--branch", "-z"];
  const text = await runGit(deps.processes, cwd, status).catch(() => null);
  if (text === null) return null;
  const git = parseGitStatus(text);
  const top = git.dirty.length > 0 ? await topOf(deps.files, cwd) : null;
  if (top === null) return git;
  let left = DIGEST_MAX_ALL_BYTES;
  const dirty: GitState["dirty"] = [];
  for (const one of git.dirty) {
    const info = await deps.files.stat(`${top}/${one.path}`).catch(() => null);
    const fits = info?.kind === "file" && info.size <= DIGEST_MAX_BYTES && info.size <= left;
    if (fits) left -= info.size;
    const digest = fits ? await deps.files.digest(`${top}/${one.path}`).catch(() => null) : null;
    dirty.push({ ...one, bytes: info?.kind === "file" ? info.size : null, digest });
  }
  return { ...git, dirty };
}

/** The folder that git's paths begin at: the nearest one upwards with a `.git`. */
async function topOf(files: Files, cwd: string): Promise<string | null> {
  for (let dir = cwd;; dir = dir.slice(0, dir.lastIndexOf("/"))) {
    if (await files.stat(`${dir}/.git`).catch(() => null)) return dir;
    if (dir === "" || dir === "/") return null;
  }
}

/** Reads `git status --porcelain=v2 --branch -z`. Neither size nor digest is known then. */
export function parseGitStatus(text: string): GitState {
  let head: string | null = null;
  let branch: string | null = null;
  const dirty: GitState["dirty"] = [];
  const found = (path: string, state: GitState["dirty"][number]["state"]) =>
    dirty.push({ path, state, bytes: null, digest: null });
  const records = text.split("\0");
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const kind = record[0];
    if (record.startsWith("# branch.oid ")) head = known(record.slice(13), "(initial)");
    else if (record.startsWith("# branch.head ")) branch = known(record.slice(14), "(detached)");
    else if (kind === "1") found(fieldsAfter(record, 8), changeOf(record));
    else if (kind === "u") found(fieldsAfter(record, 10), "conflict");
    else if (kind === "?") found(record.slice(2), "untracked");
    else if (kind === "2") {
      found(fieldsAfter(record, 9), "renamed");
      i++; // a rename has the old path as a record of its own
    }
  }
  let length = 0;
  const named = dirty.slice(0, MAX_DIRTY).filter(({ path }) =>
    (length += path.length) <= MAX_NAMES_LENGTH
  );
  return { head, branch, dirty: named, dirtyCount: dirty.length };
}

/** Of `1 XY …`: X is the index, Y the work tree. */
function changeOf(record: string): "added" | "deleted" | "changed" {
  const [x, y] = [record[2], record[3]];
  if (y === "D" || (x === "D" && y === ".")) return "deleted";
  return x === "A" ? "added" : "changed";
}

function known(value: string, placeholder: string): string | null {
  return value === placeholder ? null : value;
}

/** What follows the first `count` space-separated fields: the path, which may hold spaces. */
function fieldsAfter(record: string, count: number): string {
  let at = 0;
  for (let i = 0; i < count; i++) at = record.indexOf(" ", at) + 1;
  return record.slice(at);
}
