/**
 * From a file of an inbox to the task that it asks for, or the reason why it cannot be one.
 *
 * Only the head of the file is read: the session is pointed at the file, nobody else needs its body. So a file may be as
 * large as it likes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { TasksSpec } from "../model/config.ts";
import { emptySpec } from "../model/fold_task.ts";
import type { TaskId } from "../model/ids.ts";
import type { Task, TaskKey, TaskSpec } from "../model/task.ts";
import type { Files } from "../ports/files.ts";
import { readFrontMatter } from "./front_matter.ts";
import { MAX_TITLE, readKeys } from "./task_keys.ts";
import { cleanText } from "./words.ts";

/** So much of a file is read; its front matter must end within. */
export const HEAD_BYTES = 64 * 1024;

export type TaskFile =
  | {
    readonly refused: null;
    readonly spec: TaskSpec;
    readonly ref: string;
    readonly digest: string;
    /** Keys that it set and may not set. */
    readonly ignored: readonly TaskKey[];
    /** Keys that mean nothing to us. */
    readonly unknown: readonly string[];
    /** The task whose agent made it; null: a person did, as far as the file says. */
    readonly madeBy: TaskId | null;
    /** Where the text below the front matter begins, in characters. */
    readonly bodyAt: number;
  }
  | { readonly refused: string };

export interface Head {
  /** The first bytes of the file. */
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly size: number;
}

/** Null: it is gone, or became another file while it was read, and is to be looked at again. */
export async function readTaskFile(
  files: Files,
  path: string,
  { name, tasks }: { name: string; tasks: Pick<TasksSpec, "maySet"> },
): Promise<TaskFile | null> {
  const before = await files.stat(path);
  if (before?.kind !== "file") return null; // to open a pipe would wait for its writer
  const bytes = await files.readHead(path, HEAD_BYTES);
  const after = await files.stat(path);
  const isSame = after?.kind === "file" && after.inode === before.inode &&
    after.size === before.size && after.mtimeNs === before.mtimeNs;
  return bytes && isSame ? parseTaskFile({ bytes, size: after.size }, { name, tasks }) : null;
}

/** `name` is the file's, with `.md`. Never throws, whatever the bytes are. */
export function parseTaskFile(
  head: Head,
  { name, tasks }: { name: string; tasks: Pick<TasksSpec, "maySet"> },
): TaskFile {
  const text = decode(head);
  if (text === null) return { refused: "it is not UTF-8 text" };
  const front = readFrontMatter(text);
  if (front.refused !== null) return { refused: front.refused };
  const isWhole = head.bytes.length >= head.size;
  if (isWhole && text.slice(front.bodyAt).trim() === "") {
    return { refused: "it says nothing to do" };
  }
  const keys = readKeys(front.values, tasks.maySet);
  if (typeof keys === "string") return { refused: keys };
  const stem = name.replace(/\.md$/i, "");
  const said = keys.spec.title ?? "";
  return {
    refused: null,
    spec: {
      ...emptySpec(""),
      ...keys.spec,
      title: said !== "" ? said : cleanText(stem, MAX_TITLE),
      hops: keys.hops,
    },
    ref: keys.id ?? stem,
    digest: digestOf(head),
    ignored: keys.ignored,
    unknown: keys.unknown,
    madeBy: keys.madeBy,
    bodyAt: front.bodyAt,
  };
}

/**
 * How far this task is from a person. `task add` writes `made_by` and `hops` when an agent calls it. A file can only make
 * itself out to be farther away than it is known to be; one that says nothing counts as a person's, for nobody can
 * tell who wrote it: the bound is for accidents, not against an agent that wants to get around it.
 */
export function hopsOf(
  file: { readonly madeBy: TaskId | null; readonly spec: Pick<TaskSpec, "hops"> },
  maker: Task | null,
): number {
  return Math.max(file.spec.hops, file.madeBy !== null && maker ? maker.spec.hops + 1 : 0);
}

/** Tells an edited file from the one before, by its head and its size. */
function digestOf({ bytes, size }: Head): string {
  return createHash("sha256").update(bytes).update(`\n${size}`).digest("hex").slice(0, 32);
}

/** Null: it is no text. A character that the end of the head cuts is left out. */
function decode({ bytes, size }: Head): string | null {
  if (bytes.includes(0)) return null;
  try {
    // `stream` holds back what is cut, rather than calling it wrong.
    return new TextDecoder("utf-8", { fatal: true })
      .decode(bytes, { stream: bytes.length < size });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
