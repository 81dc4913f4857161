/**
 * The file system, for real.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { statfs } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { hardLink, systemContents } from "./contents.ts";
import type { DirEntry, FileInfo, Files } from "./files.ts";
import { watchFolder } from "./files_watch.ts";

const PRIVATE_FILE = 0o600;
const PRIVATE_DIR = 0o700;

export const systemFiles: Files = {
  read: (path) => orNull(Deno.readTextFile(path)),

  async readFrom(path, offset, maxBytes) {
    using file = await orNull(Deno.open(path));
    if (!file) return null;
    await file.seek(offset, Deno.SeekMode.Start);
    const bytes = wholeCharacters(await readUpTo(file, maxBytes));
    return { text: decoder.decode(bytes), next: offset + bytes.length };
  },

  async readHead(path, maxBytes) {
    using file = await orNull(Deno.open(path));
    return file && await readUpTo(file, maxBytes);
  },

  async readLatin1(path, offset, maxBytes) {
    using file = await orNull(Deno.open(path));
    if (!file) return null;
    await file.seek(offset, Deno.SeekMode.Start);
    const { buffer, byteOffset, length } = await readUpTo(file, maxBytes);
    return Buffer.from(buffer, byteOffset, length).toString("latin1");
  },

  digest: (path) => systemContents.digest(path),

  async writeAtomic(path, text, mode = PRIVATE_FILE) {
    const dir = dirname(path);
    await Deno.mkdir(dir, { recursive: true, mode: PRIVATE_DIR });
    const aside = asideOf(path);
    try {
      await writeNew(aside, text, mode);
      await Deno.rename(aside, path);
    } catch (error) {
      await systemFiles.remove(aside);
      throw error;
    }
    await syncFolder(dir);
  },

  write: (path, text, mode = PRIVATE_FILE) => Deno.writeTextFile(path, text, { mode }),

  async create(path, text, mode = PRIVATE_FILE) {
    const aside = asideOf(path);
    try {
      await writeNew(aside, text, mode);
      if (!await hardLink(aside, path)) await writeNew(path, text, mode);
    } finally {
      await systemFiles.remove(aside);
    }
    await syncFolder(dirname(path));
  },

  async stat(path) {
    const info = await orNull(Deno.lstat(path));
    return info && toInfo(info);
  },

  async list(dir) {
    const entries = (await systemFiles.names(dir)).map(async (name): Promise<DirEntry | null> => {
      const info = await systemFiles.stat(`${dir}/${name}`);
      return info && { name, ...info };
    });
    return (await Promise.all(entries)).filter((entry) => entry !== null);
  },

  async names(dir) {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(dir)) names.push(name);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    return names.sort();
  },

  async roomBytes(path) {
    let at = path;
    while (at !== "/" && await systemFiles.realPath(at) === null) at = dirname(at);
    const { bavail, bsize } = await statfs(at);
    return bavail * bsize;
  },

  async makeDir(path, mode) {
    await Deno.mkdir(path, { recursive: true, mode: mode ?? PRIVATE_DIR });
    if (mode !== undefined) await Deno.chmod(path, mode);
  },

  async readLink(path) {
    try {
      return await Deno.readLink(path);
    } catch (error) {
      // EINVAL: it is there and is no link.
      if (isAbsent(error) || codeOf(error) === "EINVAL") return null;
      throw error;
    }
  },

  realPath: (path) => orNull(Deno.realPath(path)),

  async link(target, path) {
    const there = await orNull(Deno.lstat(path));
    if (there && !there.isSymlink) {
      throw new Error(
        `Cannot link ${path}: a real ${there.isDirectory ? "folder" : "file"} is there`,
      );
    }
    // Also when nothing is there yet: somebody else may be making the same link at this moment.
    const aside = asideOf(path);
    await Deno.symlink(target, aside);
    try {
      await Deno.rename(aside, path);
    } catch (error) {
      await systemFiles.remove(aside);
      throw error;
    }
  },

  rename: (from, to) => Deno.rename(from, to),

  async moveNew(from, to) {
    try {
      if ((await systemFiles.stat(from))?.kind === "file") await syncFile(from);
      if (await hardLink(from, to)) {
        // What was saved under the old name at this very moment is another file, and stays.
        const [old, moved] = await Promise.all([from, to].map((path) => systemFiles.stat(path)));
        if (old?.inode === moved?.inode) await systemFiles.remove(from);
      } else {
        if (!await systemFiles.stat(from)) throw new Deno.errors.NotFound(`Nothing is at ${from}`);
        await writeNew(to, "", PRIVATE_FILE);
        await Deno.rename(from, to);
      }
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    for (const dir of new Set([dirname(to), dirname(from)])) await syncFolder(dir);
    return true;
  },

  async remove(path) {
    await orNull(Deno.remove(path, { recursive: true }));
  },

  watch: watchFolder,

  async lock(path) {
    const file = await Deno.open(path, { create: true, write: true, mode: PRIVATE_FILE });
    // flock(2): gone with the process however it ends, and flock(1) of a launch script sees it.
    if (await file.tryLock(true)) {
      return {
        // Not by closing alone: a process that is just being forked on another thread has it open too, until its exec.
        [Symbol.dispose]() {
          file.unlockSync();
          file.close();
        },
      };
    }
    file.close();
    return null;
  },
};

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Deno tells times in milliseconds, also through node:fs with `bigint` (2.9.6): the last six digits are zero. */
function kindOf(info: Deno.FileInfo): FileInfo["kind"] {
  if (info.isSymlink) return "link";
  if (info.isFile) return "file";
  if (info.isDirectory) return "dir";
  return info.isFifo ? "pipe" : "other";
}

function toInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: kindOf(info),
    size: info.size,
    mtimeNs: BigInt(info.mtime?.getTime() ?? 0) * 1_000_000n,
    mode: (info.mode ?? 0) & 0o7777,
    inode: info.ino ?? 0,
    device: info.dev,
    uid: info.uid ?? 0,
  };
}

/**
 * Beside its goal, since a rename never leaves its file system; the leading dot keeps it out of listings by glob. A long
 * name is cut (a character has at most four bytes), for the aside must fit too.
 */
function asideOf(path: string): string {
  return `${dirname(path)}/.${[...basename(path)].slice(0, 50).join("")}.${crypto.randomUUID()}`;
}

/** Writes a file that was not there, and waits until the disk has it. The mode holds whatever the umask is. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode });
  await Deno.chmod(path, mode);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

/** A rename is on disk only when its folder is. */
async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

async function syncFolder(dir: string): Promise<void> {
  using folder = await Deno.open(dir);
  await folder.sync();
}

async function readUpTo(file: Deno.FsFile, maxBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const count = await file.read(bytes.subarray(length));
    if (!count) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/** Without a UTF-8 character that is cut off at the end. */
export function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue; // a later byte of a character: its first is further back
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < length ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** ENOENT, or ENOTDIR: a part of the way there is a file. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
