/**
 * Whether two files say the same, and which says more.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import type { Files } from "../../ports/files.ts";
import type { Contents } from "../../ports/contents.ts";
import type { TreeFile } from "./tree.ts";

export interface Compare {
  same(a: TreeFile, b: TreeFile): Promise<boolean>;
  /** `whole` begins with all that `part` says: a transcript that went on. True of the same, too. */
  contains(whole: TreeFile, part: TreeFile): Promise<boolean>;
  /** Turns in a transcript; 0 for any other file. */
  messages(file: TreeFile): Promise<number>;
}

const CHUNK_BYTES = 1 << 20;
/** A line of a conversation (2.1.197 to 2.1.330); there are many bulky kinds beside these. */
const MESSAGE = /"type":\s*"(?:user|assistant)"/;

export function compareFiles({ files, contents }: {
  files: Files;
  contents: Contents;
}): Compare {
  async function contains(whole: TreeFile, part: TreeFile): Promise<boolean> {
    if (whole.identity === part.identity) return true;
    if (whole.kind !== part.kind) return false;
    if (whole.kind === "link") {
      return await linkTarget(files, whole) === await linkTarget(files, part);
    }
    if (whole.size < part.size) return false;
    return await contents.digest(whole.at, part.size) === await contents.digest(part.at);
  }
  return {
    contains,
    same: async (a, b) => (a.kind === "link" || a.size === b.size) && await contains(a, b),
    messages: (file) =>
      file.kind === "file" && file.path.endsWith(".jsonl")
        ? countMessages(files, file.at)
        : Promise.resolve(0),
  };
}

/**
 * Where a link leads when its tree stands at another place: as written while it stays inside the tree,
 * else the absolute path.
 */
export async function linkTarget(files: Files, link: TreeFile): Promise<string> {
  const written = await files.readLink(link.at) ?? "";
  if (written.startsWith("/")) return written;
  const root = link.at.slice(0, -link.path.length - 1);
  const target = resolve(dirname(link.at), written);
  return target.startsWith(`${root}/`) ? written : target;
}

async function countMessages(files: Files, path: string): Promise<number> {
  let count = 0;
  let rest = "";
  for (let offset = 0;;) {
    const chunk = await files.readFrom(path, offset, CHUNK_BYTES);
    if (!chunk || chunk.next === offset) break;
    offset = chunk.next;
    const lines = (rest + chunk.text).split("\n");
    rest = lines.pop()!;
    count += lines.filter((line) => MESSAGE.test(line)).length;
  }
  return MESSAGE.test(rest) ? count + 1 : count;
}
