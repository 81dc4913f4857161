/**
 * The bytes of files, for those who move whole trees. `Files` reads text and never copies.
 *
 * @module
 */
import { createHash } from "node:crypto";

export interface Contents {
  /**
   * Gives the file at `from` a second name. False when the filesystem cannot (`to` is on another
   * device, or there are no hard links); throws when `to` exists, as every other failure does.
   */
  hardLink(from: string, to: string): Promise<boolean>;
  /** Bytes, permissions and times of a file, to a new file that is on disk when this resolves. */
  copy(from: string, to: string): Promise<void>;
  /** SHA-256 in hex, of the whole file or of its first `bytes` bytes. */
  digest(path: string, bytes?: number): Promise<string>;
}

/** What link(2) says where it cannot; EPERM also comes from Linux's `protected_hardlinks`. */
const CANNOT_LINK = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);
const CHUNK_BYTES = 1 << 20;

export const systemContents: Contents = {
  hardLink,

  async copy(from, to) {
    const { atime, mtime, mode } = await Deno.stat(from);
    using source = await Deno.open(from, { read: true });
    using target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
    for await (const bytes of chunks(source)) await writeAll(target, bytes);
    if (mode !== null) await Deno.chmod(to, mode & 0o777);
    // Claude Code sorts and sweeps conversations by their time of change.
    if (mtime) await target.utime(atime ?? mtime, mtime);
    await target.sync();
  },

  async digest(path, bytes = Infinity) {
    const hash = createHash("sha256");
    using file = await Deno.open(path, { read: true });
    let left = bytes;
    for await (const chunk of chunks(file)) {
      hash.update(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
    return hash.digest("hex");
  },
};

/** See `Contents.hardLink`. */
export async function hardLink(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== undefined && CANNOT_LINK.has(code)) return false;
    throw error;
  }
}

async function* chunks(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let n = await file.read(buffer); n !== null; n = await file.read(buffer)) {
    yield buffer.subarray(0, n);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}
