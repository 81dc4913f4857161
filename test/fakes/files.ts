/**
 * Files and links in memory. They outlive the daemon under test, as real ones do.
 *
 * @module
 */
// deno-lint-ignore-file require-await -- async, so that a failure is a rejection as in the real one
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import type { DirEntry, FileInfo, Files } from "../../lib/ports/files.ts";
import { wholeCharacters } from "../../lib/ports/files_real.ts";
import { bytesOf, type FileNode, FileTree, type Node } from "./file_tree.ts";

export interface FakeFilesOptions {
  /** The wall clock that stamps what changes. */
  readonly now?: () => number;
  /** Files that are there at first, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Watcher {
  readonly dir: string;
  readonly report: (path: string) => void;
}

export class FakeFiles implements Files {
  readonly #tree: FileTree;
  readonly #watchers = new Set<Watcher>();
  readonly #locks = new Set<number>();
  readonly #failures = new Map<string, Error>();

  constructor({ now = () => Date.now(), files = {} }: FakeFilesOptions = {}) {
    this.#tree = new FileTree(now);
    for (const [path, text] of Object.entries(files)) this.put(path, text);
  }

  /** What is left of the disk. */
  room = 100 * 1024 ** 3;

  // -- The port --

  roomBytes(_path: string): Promise<number> {
    return Promise.resolve(this.room);
  }

  async read(path: string): Promise<string | null> {
    const file = this.#file(path);
    return file && new TextDecoder().decode(file.bytes);
  }

  async readFrom(path: string, offset: number, maxBytes: number) {
    const file = this.#file(path);
    if (!file) return null;
    const bytes = wholeCharacters(file.bytes.subarray(offset, offset + maxBytes));
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return { text, next: offset + bytes.length };
  }

  async readHead(path: string, maxBytes: number): Promise<Uint8Array | null> {
    return this.#file(path)?.bytes.slice(0, maxBytes) ?? null;
  }

  async readLatin1(path: string, offset: number, maxBytes: number): Promise<string | null> {
    const bytes = this.#file(path)?.bytes.slice(offset, offset + maxBytes);
    return bytes ? Buffer.from(bytes).toString("latin1") : null;
  }

  async digest(path: string): Promise<string> {
    const file = this.#file(path);
    if (!file) throw new Deno.errors.NotFound(path);
    return createHash("sha256").update(file.bytes).digest("hex");
  }

  async writeAtomic(path: string, text: string, mode = 0o600): Promise<void> {
    this.#refuse(path);
    this.#tree.makeDirs(dirname(path), 0o700);
    if (this.#tree.find(path)?.kind === "dir") throw new Error(`Is a directory: ${path}`);
    this.#tree.put(path, this.#tree.file(text, mode));
    this.#changed(path);
  }

  async write(path: string, text: string, mode = 0o600): Promise<void> {
    if (this.#tree.real(dirname(path)) === null) {
      throw new Deno.errors.NotFound(`No such file or directory: ${path}`);
    }
    await this.writeAtomic(path, text, mode);
  }

  async create(path: string, text: string, mode = 0o600): Promise<void> {
    this.#refuse(path);
    if (this.#tree.find(path)) throw new Deno.errors.AlreadyExists(`File exists: ${path}`);
    this.#tree.put(path, this.#tree.file(text, mode));
    this.#changed(path);
  }

  async stat(path: string): Promise<FileInfo | null> {
    this.#refuse(path);
    const node = this.#tree.find(path);
    return node && toInfo(node);
  }

  async list(dir: string): Promise<DirEntry[]> {
    this.#refuse(dir);
    const node = this.#tree.follow(dir);
    if (node?.kind !== "dir") return [];
    const names = [...node.entries.keys()].sort();
    return names.map((name) => ({ name, ...toInfo(node.entries.get(name)!) }));
  }

  async names(dir: string): Promise<string[]> {
    return (await this.list(dir)).map(({ name }) => name);
  }

  async makeDir(path: string, mode?: number): Promise<void> {
    this.#refuse(path);
    const dir = this.#tree.makeDirs(path, mode ?? 0o700);
    if (mode !== undefined) dir.mode = mode;
    this.#changed(path);
  }

  async readLink(path: string): Promise<string | null> {
    this.#refuse(path);
    const node = this.#tree.find(path);
    return node?.kind === "link" ? node.target : null;
  }

  async realPath(path: string): Promise<string | null> {
    this.#refuse(path);
    return this.#tree.real(path);
  }

  async link(target: string, path: string): Promise<void> {
    this.#refuse(path);
    const there = this.#tree.find(path);
    if (there && there.kind !== "link") {
      const what = there.kind === "dir" ? "folder" : "file";
      throw new Error(`Cannot link ${path}: a real ${what} is there`);
    }
    this.#tree.put(path, this.#tree.link(target));
    this.#changed(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#refuse(from);
    this.#refuse(to);
    const node = this.#tree.find(from);
    const there = this.#tree.find(to);
    if (!node) throw new Deno.errors.NotFound(`No such file or directory: ${from}`);
    if (there?.kind === "dir" && (node.kind !== "dir" || there.entries.size > 0)) {
      throw new Error(`Cannot rename ${from} over the folder ${to}`);
    }
    if (this.#tree.real(dirname(to)) === null) {
      throw new Deno.errors.NotFound(`No such file or directory: ${to}`);
    }
    this.#tree.take(from);
    this.#tree.put(to, node);
    this.#changed(from);
    this.#changed(to);
  }

  async moveNew(from: string, to: string): Promise<boolean> {
    this.#refuse(to);
    if (this.#tree.find(from) && this.#tree.find(to)) return false;
    await this.rename(from, to);
    return true;
  }

  async remove(path: string): Promise<void> {
    this.#refuse(path);
    if (this.#tree.take(path)) this.#changed(path);
  }

  watch(dir: string, signal: AbortSignal): AsyncIterable<string> {
    const real = this.#tree.real(dir);
    if (!signal.aborted && (real === null || this.#tree.find(real)?.kind !== "dir")) {
      throw new Error(`Cannot watch ${dir}: there is no such folder`);
    }
    return this.#changesBelow(real ?? dir, signal);
  }

  async lock(path: string): Promise<Disposable | null> {
    this.#refuse(path);
    if (!this.#tree.follow(path)) await this.create(path, "");
    const { inode } = this.#tree.follow(path)!;
    if (this.#locks.has(inode)) return null;
    this.#locks.add(inode);
    return { [Symbol.dispose]: () => this.#locks.delete(inode) };
  }

  // -- What a test does --

  /** Writes a file as another program would, with the folders it needs; also through links. */
  put(path: string, content: string | Uint8Array): void {
    this.#tree.makeDirs(dirname(path), 0o755);
    const there = this.#tree.follow(path);
    if (there?.kind === "file") {
      there.bytes = bytesOf(content);
      this.#tree.touch(there);
    } else {
      this.#tree.put(path, this.#tree.file(content, 0o644));
    }
    this.#changed(path);
  }

  /** A second name for one file, as a crash in the middle of `moveNew` leaves it. */
  twoNames(from: string, to: string): void {
    this.#tree.put(to, this.#tree.find(from)!);
  }

  /** Appends to a file as another program would. */
  append(path: string, text: string): void {
    this.put(path, `${this.text(path) ?? ""}${text}`);
  }

  /** What a file holds, through links; null when there is none. */
  text(path: string): string | null {
    const node = this.#tree.follow(path);
    return node?.kind === "file" ? new TextDecoder().decode(node.bytes) : null;
  }

  /** Whatever is asked of exactly this path fails so; null ends it. */
  fails(path: string, error: Error | null): void {
    if (error) this.#failures.set(resolve(path), error);
    else this.#failures.delete(resolve(path));
  }

  #file(path: string): FileNode | null {
    this.#refuse(path);
    const node = this.#tree.follow(path);
    if (node?.kind === "dir") throw new Deno.errors.IsADirectory(`Is a directory: ${path}`);
    return node?.kind === "file" ? node : null;
  }

  #refuse(path: string): void {
    if (this.#failures.size === 0) return;
    const failure = this.#failures.get(resolve(path));
    if (failure) throw failure;
  }

  #changed(path: string): void {
    const absolute = resolve(path);
    const folder = this.#tree.real(dirname(absolute));
    const real = join(folder ?? dirname(absolute), basename(absolute));
    for (const { dir, report } of this.#watchers) {
      if (real.startsWith(`${dir}/`)) report(real);
    }
  }

  #changesBelow(dir: string, signal: AbortSignal): AsyncIterable<string> {
    let watcher: Watcher;
    return new ReadableStream<string>({
      start: (controller) => {
        watcher = { dir, report: (path) => controller.enqueue(path) };
        this.#watchers.add(watcher);
        const stop = () => {
          if (this.#watchers.delete(watcher)) controller.close();
        };
        if (signal.aborted) stop();
        signal.addEventListener("abort", stop, { once: true });
      },
      cancel: () => {
        this.#watchers.delete(watcher);
      },
    });
  }
}

function toInfo(node: Node): FileInfo {
  return {
    kind: node.kind,
    size: sizeOf(node),
    mtimeNs: BigInt(Math.floor(node.mtimeMs)) * 1_000_000n,
    mode: node.mode,
    inode: node.inode,
    device: 1,
    uid: 1000,
  };
}

function sizeOf(node: Node): number {
  if (node.kind === "file") return node.bytes.length;
  return node.kind === "link" ? new TextEncoder().encode(node.target).length : 4096;
}
