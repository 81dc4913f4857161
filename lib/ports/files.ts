/**
 * Files and links.
 *
 * @module
 */

export interface FileInfo {
  readonly kind: "file" | "dir" | "link" | "pipe" | "other";
  readonly size: number;
  /**
   * Nanoseconds since the epoch, of which Deno (2.9.6) tells the milliseconds. Two writes can share one:
   * look at the size and the inode too.
   */
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly inode: number;
  readonly device: number;
  readonly uid: number;
}

export interface DirEntry extends FileInfo {
  readonly name: string;
}

/** Unless it says otherwise, a path that is not there is null or empty, and any other failure throws. */
export interface Files {
  read(path: string): Promise<string | null>;
  /** The bytes from `offset` on, at most `maxBytes`, decoded; a cut character at the end is left out. */
  readFrom(
    path: string,
    offset: number,
    maxBytes: number,
  ): Promise<{ text: string; next: number } | null>;
  /** The first bytes of the file as they are, at most `maxBytes`. */
  readHead(path: string, maxBytes: number): Promise<Uint8Array | null>;
  /** The bytes from `offset` on, at most `maxBytes`, each as the character of its number: five times as fast as `readFrom`. */
  readLatin1(path: string, offset: number, maxBytes: number): Promise<string | null>;
  /** SHA-256 of the whole file, in hex. Throws when it is not there. */
  digest(path: string): Promise<string>;
  /** Temporary file, fsync, rename, fsync of the folder. Parent folders are made (0700). */
  writeAtomic(path: string, text: string, mode?: number): Promise<void>;
  /** In place, and no disk is waited for: for what is made again after a crash. The folder must be there. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /**
   * Fails when the path exists (O_EXCL), be it by another program on another host. A crash leaves the whole file or none,
   * and perhaps a temporary one; on a file system without hard links it may leave a part of it.
   */
  create(path: string, text: string, mode?: number): Promise<void>;
  /** Of the path itself, not of what it links to. */
  stat(path: string): Promise<FileInfo | null>;
  /** What the file system of that path, or of the nearest folder above it, has left for us. */
  roomBytes(path: string): Promise<number>;
  /** In order of name. */
  list(dir: string): Promise<DirEntry[]>;
  /** In order. One question to the system, where `list` asks one more for each name. */
  names(dir: string): Promise<string[]>;
  /** With parents; an existing folder gets the mode too. */
  makeDir(path: string, mode?: number): Promise<void>;
  /** Where the link points, as written; null when there is none or it is no link. */
  readLink(path: string): Promise<string | null>;
  /** With every link resolved; null when it does not exist. */
  realPath(path: string): Promise<string | null>;
  /** Makes or replaces a link in one step (link aside, then rename). Throws when a real file or folder is there. */
  link(target: string, path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /**
   * Moves a file or link to where nothing is, and never over anything: false when `to` is there. On disk when this resolves.
   * A crash may leave both names of the one file (the same inode); where there are no hard links, an empty file at `to`.
   */
  moveNew(from: string, to: string): Promise<boolean>;
  /** A file, link or whole folder. */
  remove(path: string): Promise<void>;
  /** Paths that changed below `dir`, until the signal aborts. Events get lost: a hint, never the only source. */
  watch(dir: string, signal: AbortSignal): AsyncIterable<string>;
  /** Holds an exclusive kernel lock on the file until disposed or the process ends; null when another has it. */
  lock(path: string): Promise<Disposable | null>;
}
