/**
 * Files over which a program dies: at its n-th change, before it, after it, or in the middle of it where it has one.
 *
 * @module
 */
import type { Files } from "../../lib/ports/files.ts";
import type { FakeFiles } from "../fakes/files.ts";

export class Crash extends Error {}

export interface CrashPlan {
  readonly at: number;
  readonly when: "before" | "half" | "after";
}

/** What the next life of the program gets is made anew. */
export function crashing(files: FakeFiles, { at, when }: CrashPlan): Files {
  let changes = 0;
  async function change<T>(act: () => Promise<T>, half?: () => void): Promise<T> {
    if (changes++ !== at) return await act();
    if (when === "before") throw new Crash();
    if (when === "half" && half) half();
    else await act();
    throw new Crash();
  }
  return {
    read: (path) => files.read(path),
    readFrom: (path, offset, max) => files.readFrom(path, offset, max),
    readHead: (path, max) => files.readHead(path, max),
    readLatin1: (path: string, offset: number, max: number) => files.readLatin1(path, offset, max),
    digest: (path) => files.digest(path),
    stat: (path) => files.stat(path),
    roomBytes: (path) => files.roomBytes(path),
    list: (dir) => files.list(dir),
    names: (dir) => files.names(dir),
    readLink: (path) => files.readLink(path),
    realPath: (path) => files.realPath(path),
    watch: (dir, signal) => files.watch(dir, signal),
    lock: (path) => files.lock(path),
    makeDir: (path, mode) => change(() => files.makeDir(path, mode)),
    writeAtomic: (path, text, mode) => change(() => files.writeAtomic(path, text, mode)),
    write: (path, text, mode) => change(() => files.write(path, text, mode)),
    create: (path, text, mode) => change(() => files.create(path, text, mode)),
    link: (target, path) => change(() => files.link(target, path)),
    rename: (from, to) => change(() => files.rename(from, to)),
    remove: (path) => change(() => files.remove(path)),
    moveNew: (from, to) =>
      change(() => files.moveNew(from, to), () => {
        if (files.text(from) !== null && files.text(to) === null) files.twoNames(from, to);
      }),
  };
}
