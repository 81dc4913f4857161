/**
 * What goes where when several trees become one. Promise: whatever stood in any of them stands afterwards
 * in the shared folder (possibly as the beginning of a longer file) or among the conflicts.
 *
 * @module
 */
import type { Compare } from "./compare.ts";
import type { Tree, TreeFile } from "./tree.ts";

export interface Change {
  /**
   * - `keep-apart`: a version that lost goes to the conflicts
   * - `place`: the shared folder does not have it
   * - `replace`: better than what the shared folder has; the old one is contained in it or was kept apart
   * - `remove`: a second copy of a conversation in the shared folder; it was kept apart before
   */
  readonly do: "keep-apart" | "place" | "replace" | "remove";
  readonly file: TreeFile;
}

const CONVERSATION =
  /^([^/]+)\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(\.jsonl$|\/)/i;

/** All of one conversation (its transcript, sub-agents, tool results), or one other file. */
interface Unit {
  /** Who has part in it, the shared folder first. */
  readonly holdings: Holding[];
}

interface Holding {
  readonly tree: Tree;
  readonly isShared: boolean;
  readonly files: Map<string, TreeFile>;
}

/**
 * The changes that bring `sources` into `shared`, in an order in which each can be the last. Asked again
 * after any of them, it gives the rest.
 */
export async function planMerge(
  shared: Tree,
  sources: readonly Tree[],
  compare: Compare,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const unit of unitsOf([shared, ...sources]).values()) {
    changes.push(...await planUnit(unit, compare));
  }
  return withoutCollisions(changes, shared);
}

function unitsOf(trees: readonly Tree[]): Map<string, Unit> {
  const units = new Map<string, Unit>();
  trees.forEach((tree, index) => {
    for (const [path, file] of tree.files) {
      // The id alone, so that one conversation under two project folders is seen too.
      const key = CONVERSATION.exec(path)?.[2]?.toLowerCase() ?? `file ${path}`;
      let unit = units.get(key);
      if (!unit) units.set(key, unit = { holdings: [] });
      let holding = unit.holdings.at(-1);
      if (holding?.tree !== tree) {
        holding = { tree, isShared: index === 0, files: new Map() };
        unit.holdings.push(holding);
      }
      holding.files.set(path, file);
    }
  });
  return units;
}

async function planUnit({ holdings }: Unit, compare: Compare): Promise<Change[]> {
  const [winner, ...others] = await ranked(await withoutRepeats(holdings, compare), compare);
  const result = new Map(winner!.files);
  const changes: Change[] = [];
  for (const other of others) {
    for (const file of other.files.values()) {
      const standing = result.get(file.path);
      if (standing) {
        if (!await compare.contains(standing, file)) changes.push({ do: "keep-apart", file });
      } else if (belongsBeside(file, winner!)) {
        result.set(file.path, file);
      } else {
        changes.push(...await elsewhere(file, other, winner!, compare));
      }
    }
  }
  const before = holdings[0]!.isShared ? holdings[0]!.files : new Map<string, TreeFile>();
  for (const file of result.values()) {
    const old = before.get(file.path);
    if (!old) changes.push({ do: "place", file });
    else if (old.at !== file.at && !await compare.same(old, file)) {
      changes.push({ do: "replace", file });
    }
  }
  return changes;
}

/** Holdings that an earlier one has word for word say nothing; after a restart that is nearly all of them. */
async function withoutRepeats(holdings: Holding[], compare: Compare): Promise<Holding[]> {
  const kept: Holding[] = [];
  for (const holding of holdings) {
    if (!await isRepeat(holding, kept, compare)) kept.push(holding);
  }
  return kept;
}

async function isRepeat(holding: Holding, kept: Holding[], compare: Compare): Promise<boolean> {
  for (const earlier of kept) {
    let all = true;
    for (const file of holding.files.values()) {
      const theirs = earlier.files.get(file.path);
      if (theirs && await compare.same(theirs, file)) continue;
      all = false;
      break;
    }
    if (all) return true;
  }
  return false;
}

/** More messages first, then the newer, then the order given. */
async function ranked(holdings: Holding[], compare: Compare): Promise<Holding[]> {
  if (holdings.length === 1) return holdings;
  const rated = await Promise.all(holdings.map(async (holding) => {
    const mains = mainFiles(holding);
    const counts = await Promise.all(mains.map((file) => compare.messages(file)));
    const times = mains.map((file) => file.mtimeNs);
    return {
      holding,
      messages: Math.max(-1, ...counts),
      mtimeNs: times.reduce((a, b) => a > b ? a : b, -1n),
    };
  }));
  return rated
    .sort((a, b) => b.messages - a.messages || Number(b.mtimeNs - a.mtimeNs))
    .map((one) => one.holding);
}

/** The transcripts of a conversation; of anything else the file itself. */
function mainFiles({ files }: Holding): TreeFile[] {
  return [...files.values()].filter((file) => {
    const match = CONVERSATION.exec(file.path);
    return !match || match[3] === ".jsonl";
  });
}

/** A sub-agent's log or a tool's result joins its conversation when that lies in the same project folder. */
function belongsBeside(file: TreeFile, winner: Holding): boolean {
  const match = CONVERSATION.exec(file.path);
  if (!match) return true;
  const mains = mainFiles(winner);
  const isTranscript = match[3] === ".jsonl";
  return isTranscript
    ? mains.length === 0
    : mains.length === 0 || mains.some((main) => main.path.startsWith(`${match[1]}/`));
}

/** The same conversation in another project folder, where its id would stand twice. */
async function elsewhere(
  file: TreeFile,
  holder: Holding,
  winner: Holding,
  compare: Compare,
): Promise<Change[]> {
  if (holder.isShared) return [{ do: "keep-apart", file }, { do: "remove", file }];
  for (const theirs of winner.files.values()) {
    if (await compare.same(theirs, file)) return [];
  }
  return [{ do: "keep-apart", file }];
}

/** Where one tree has a file and another a folder of that name, what comes first stays. */
function withoutCollisions(changes: readonly Change[], shared: Tree): Change[] {
  const taken = new Set(shared.files.keys());
  const folders = new Set([...taken].flatMap(foldersOf));
  return changes.map((change): Change => {
    if (change.do !== "place") return change;
    const { file } = change;
    const above = foldersOf(file.path);
    if (folders.has(file.path) || above.some((folder) => taken.has(folder))) {
      return { do: "keep-apart", file };
    }
    taken.add(file.path);
    for (const folder of above) folders.add(folder);
    return change;
  });
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
}
