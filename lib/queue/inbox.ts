/**
 * What lies in an inbox: tasks, files that cannot be tasks, and what is none of our business.
 *
 * @module
 */
import type { DirEntry, Files } from "../ports/files.ts";
import { MAX_FILE_NAME } from "./layout.ts";
import { byteLength, hasUnseen } from "./words.ts";

/** How a file looked, and since when it has looked so. */
export interface Sighting {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: number;
  readonly since: number;
}

/** By file name, of one inbox: what is handed from one scan to the next. */
export type Sightings = ReadonlyMap<string, Sighting>;

export interface InboxScan {
  /** Stable files that may be tasks, in order of name. */
  readonly tasks: readonly FoundFile[];
  /** Stable files that cannot be. */
  readonly refused: readonly (FoundFile & { readonly why: string })[];
  /** Names of files that have a marker beside them, or had: the file itself may be gone. */
  readonly marked: ReadonlySet<string>;
  /** When a file that is still being written may be stable; null when there is none. */
  readonly again: number | null;
  readonly sightings: Sightings;
}

export interface FoundFile {
  readonly file: string;
  readonly size: number;
  readonly inode: number;
}

/** A file of no bytes may be the beginning of one: `touch`, a slow `>`. It is refused when it stays so for so long. */
export const EMPTY_GRACE_MS = 60_000;

const MARKER = ".dispatched";

/** One look at the folder. `now` is monotonic. A folder that is not there is empty. */
export async function scanInbox(
  files: Files,
  dir: string,
  { seen, now, stableMs }: { seen: Sightings; now: number; stableMs: number },
): Promise<InboxScan> {
  return sortInbox(await files.list(dir), { seen, now, stableMs });
}

/** The pure part of `scanInbox`. */
export function sortInbox(
  entries: readonly DirEntry[],
  { seen, now, stableMs }: { seen: Sightings; now: number; stableMs: number },
): InboxScan {
  const sightings = new Map<string, Sighting>();
  const tasks: FoundFile[] = [];
  const refused: (FoundFile & { why: string })[] = [];
  let again: number | null = null;
  const marked = new Set<string>();
  for (const entry of entries) {
    if (entry.name.endsWith(MARKER)) marked.add(entry.name.slice(0, -MARKER.length));
    const as = judgeEntry(entry);
    if (as === "nothing") continue;
    const sighting = sight(seen.get(entry.name), entry, now);
    sightings.set(entry.name, sighting);
    const stableAt = sighting.since + (entry.size === 0 ? EMPTY_GRACE_MS : stableMs);
    if (now < stableAt) {
      again = Math.min(again ?? stableAt, stableAt);
      continue;
    }
    const found = { file: entry.name, size: entry.size, inode: entry.inode };
    if (as === "task") tasks.push(found);
    else refused.push({ ...found, why: as.refused });
  }
  return { tasks, refused, marked, again, sightings };
}

/** The sighting before goes on as long as nothing has changed. */
export function sight(
  before: Sighting | undefined,
  { size, mtimeNs, inode }: Pick<DirEntry, "size" | "mtimeNs" | "inode">,
  now: number,
): Sighting {
  const isSame = before?.size === size && before.mtimeNs === mtimeNs && before.inode === inode;
  return { size, mtimeNs, inode, since: isSame ? Math.min(before.since, now) : now };
}

/** What an entry of an inbox is, by its name and kind alone. */
export function judgeEntry(
  { name, kind, size }: Pick<DirEntry, "name" | "kind" | "size">,
): "task" | "nothing" | { readonly refused: string } {
  if (!/\.md$/i.test(name) || /\.result\.md$/i.test(name)) return "nothing";
  if (isTemporary(name) || kind === "dir") return "nothing";
  if (hasUnseen(name)) return { refused: "its name holds control characters" };
  const bytes = byteLength(name);
  if (bytes > MAX_FILE_NAME) {
    return { refused: `its name is ${bytes} bytes long; ${MAX_FILE_NAME} are the most` };
  }
  if (kind === "link") return { refused: "it is a link; put the file itself into the inbox" };
  if (kind === "other") return { refused: "it is neither a file nor a folder" };
  return size === 0 ? { refused: "it is empty" } : "task";
}

/**
 * Files of editors and of programs that copy, as far as they end in `.md`: hidden ones (Emacs `.#x.md`, rsync `.x.md.Ab12`),
 * Emacs autosaves `#x.md#`, Word's `~$x.md`, and what Syncthing leaves of a conflict.
 */
function isTemporary(name: string): boolean {
  return /^(?:\.|#|~\$)/.test(name) || /\.sync-conflict-\d/.test(name);
}
