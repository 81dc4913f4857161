/**
 * A file system in memory: folders, files, symbolic links, inodes, modes and times. Synchronous; `FakeFiles`
 * makes the port of it. Its failures are those of Deno.
 *
 * @module
 */
import { dirname, resolve } from "node:path";

interface Meta {
  readonly inode: number;
  mode: number;
  mtimeMs: number;
}
export type FileNode = Meta & { readonly kind: "file"; bytes: Uint8Array };
export type LinkNode = Meta & { readonly kind: "link"; readonly target: string };
export type DirNode = Meta & { readonly kind: "dir"; readonly entries: Map<string, Node> };
export type Node = FileNode | LinkNode | DirNode;

/** As the kernel's ELOOP. */
const MAX_LINKS = 40;

export class FileTree {
  readonly #now: () => number;
  readonly #root: DirNode;
  #inodes = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#root = this.dir(0o755);
  }

  /** What is at the path, without following a link in its last part. */
  find(path: string): Node | null {
    const { parent, name } = this.#walk(path, false);
    return name === "" ? this.#root : parent?.entries.get(name) ?? null;
  }

  /** What is at the path, with every link followed. */
  follow(path: string): Node | null {
    const { parent, name } = this.#walk(path, true);
    return name === "" ? this.#root : parent?.entries.get(name) ?? null;
  }

  /** The path with every link resolved; null when nothing is there. */
  real(path: string): string | null {
    const { parent, name, at } = this.#walk(path, true);
    if (name === "") return "/";
    return parent?.entries.has(name) ? at : null;
  }

  /** Puts a node at a path, in place of what was there. The folder must exist. */
  put(path: string, node: Node): void {
    const { parent, name } = this.#walk(path, false);
    if (!parent) throw new Deno.errors.NotFound(`No such file or directory: ${path}`);
    parent.entries.set(name, node);
    parent.mtimeMs = this.#now();
  }

  take(path: string): Node | null {
    const { parent, name } = this.#walk(path, false);
    const node = parent?.entries.get(name) ?? null;
    if (parent?.entries.delete(name)) parent.mtimeMs = this.#now();
    return node;
  }

  /** Makes the folder and its parents, those that are missing. */
  makeDirs(path: string, mode: number): DirNode {
    const there = this.follow(path);
    if (there?.kind === "dir") return there;
    if (there ?? this.find(path)) throw new Deno.errors.AlreadyExists(`File exists: ${path}`);
    this.makeDirs(dirname(resolve(path)), mode);
    const dir = this.dir(mode);
    this.put(path, dir);
    return dir;
  }

  file(content: string | Uint8Array, mode: number): FileNode {
    return { ...this.#meta(mode), kind: "file", bytes: bytesOf(content) };
  }

  link(target: string): LinkNode {
    return { ...this.#meta(0o777), kind: "link", target };
  }

  dir(mode: number): DirNode {
    return { ...this.#meta(mode), kind: "dir", entries: new Map() };
  }

  touch(node: Node): void {
    node.mtimeMs = this.#now();
  }

  #meta(mode: number): Meta {
    return { inode: ++this.#inodes, mode, mtimeMs: this.#now() };
  }

  /** The folder that holds (or would hold) the last part of the path, its name there, and the path so far. */
  #walk(
    path: string,
    followLast: boolean,
    links = 0,
  ): { parent: DirNode | null; name: string; at: string } {
    if (links > MAX_LINKS) throw new Error(`Too many levels of symbolic links: ${path}`);
    const parts = partsOf(path);
    const name = parts.at(-1);
    if (name === undefined) return { parent: null, name: "", at: "/" };
    let folder = this.#root;
    let at = "";
    for (let i = 0; i < parts.length - 1; i++) {
      const part = parts[i]!;
      let node = folder.entries.get(part);
      at = `${at}/${part}`;
      if (node?.kind === "link") {
        const there = this.#walk(resolve(dirname(at), node.target), true, links + 1);
        node = there.name === "" ? this.#root : there.parent?.entries.get(there.name);
        at = there.name === "" ? "" : there.at;
      }
      if (node?.kind !== "dir") return { parent: null, name, at: resolve(path) };
      folder = node;
    }
    const node = folder.entries.get(name);
    if (followLast && node?.kind === "link") {
      return this.#walk(resolve(at || "/", node.target), true, links + 1);
    }
    return { parent: folder, name, at: `${at}/${name}` };
  }
}

export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** The names along a path, none for the root. */
function partsOf(path: string): readonly string[] {
  const known = PARTS.get(path);
  if (known) return known;
  const parts = resolve(path).split("/").filter((part) => part !== "");
  if (PARTS.size > 10_000) PARTS.clear();
  PARTS.set(path, parts);
  return parts;
}

/** Of no matter which working folder: no test changes it. */
const PARTS = new Map<string, readonly string[]>();
