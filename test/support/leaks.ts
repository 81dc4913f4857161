/**
 * Secrets where none belongs: every credential in the tests is made up and easy to know again, so whatever a test leaves
 * behind can be searched for it, byte by byte.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join, relative } from "node:path";

/** A made-up secret: put it wherever a real one would stand. */
export const CANARY = "canary-7f3a9c";

/** Where a secret is; never what it is. */
export interface Leak {
  /** Below the folder that was searched. */
  readonly path: string;
  readonly offset: number;
  readonly what: string;
}

/** What a secret begins with (bytes), or holds; and what must stand there to be one. */
const KINDS: readonly (readonly [what: string, part: string, whole: RegExp])[] = [
  ["a credential of Claude", "sk-ant-", /sk-ant-(?:oat|ort|api)\d\d-\w/],
  ["a planted canary", "canary-", /canary-[0-9a-z]/],
  ["a token of a bot", ":AA", /\d{8,12}:AA[\w-]{20,}/],
  ["a token of the API", "cf_", /cf_[0-9a-f]{8}_[\w-]{20,}/],
  ["a secret of a webhook", "whsec_", /whsec_[\w+/-]{8,}/],
];

/**
 * Where the owner of a test home, or the test in his place, keeps secrets. The first is Claude Code's own, also while it is being
 * written; in `mcp.json` a test gives the token of our API to an agent.
 */
const THEIR_PLACES: readonly RegExp[] = [
  /(^|\/)\.credentials\.json(\.[\w.-]+)?$/,
  /^secrets\//,
  /^mcp\.json$/,
];

/** Files are read in pieces of so many bytes. */
const PIECE = 8 << 20;
const BEFORE = 16;
const BEHIND = 64;

/**
 * Every secret in the regular files below the folder, SQLite and its WAL too, but in the places where secrets belong. Synchronous, for
 * there are many small files.
 */
export function leaksIn(dir: string): Leak[] {
  const leaks: Leak[] = [];
  for (const path of filesBelow(dir)) {
    const name = relative(dir, path);
    if (THEIR_PLACES.some((place) => place.test(name))) continue;
    for (const found of inFile(path)) leaks.push({ path: name, ...found });
  }
  return leaks;
}

/** Throws with where they are when there is any. */
export function refuseLeaks(leaks: readonly Leak[]): void {
  if (leaks.length === 0) return;
  const lines = leaks.slice(0, 20).map((l) => `  ${l.path}, byte ${l.offset}: ${l.what}`);
  throw new Error(`Secrets where none belongs (${leaks.length}):\n${lines.join("\n")}`);
}

/** In what a program has printed. */
export function leaksInText(path: string, text: string): Leak[] {
  return secretsIn(Buffer.from(text)).map((found) => ({ path, ...found }));
}

function* filesBelow(dir: string): Generator<string> {
  try {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(dir)) {
      const path = join(dir, name);
      if (isDirectory) yield* filesBelow(path);
      else if (isFile) yield path;
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function inFile(path: string): Omit<Leak, "path">[] {
  const found = new Map<string, Omit<Leak, "path">>();
  try {
    using file = Deno.openSync(path);
    const { size } = file.statSync();
    const piece = Buffer.alloc(Math.min(size, PIECE));
    // They overlap, for one that lies across the border.
    for (let at = 0; at < size; at += PIECE - BEFORE - BEHIND) {
      file.seekSync(at, Deno.SeekMode.Start);
      const bytes = filled(file, piece);
      for (const { what, offset } of secretsIn(bytes)) {
        found.set(`${what} ${at + offset}`, { what, offset: at + offset });
      }
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return [...found.values()];
}

function filled(file: Deno.FsFile, piece: Buffer): Buffer {
  let length = 0;
  while (length < piece.length) {
    const read = file.readSync(piece.subarray(length));
    if (read === null) break;
    length += read;
  }
  return piece.subarray(0, length);
}

function secretsIn(bytes: Buffer): Omit<Leak, "path">[] {
  return KINDS.flatMap(([what, part, whole]) => {
    const found: Omit<Leak, "path">[] = [];
    for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) {
      const around = bytes.subarray(Math.max(0, at - BEFORE), at + BEHIND).toString("latin1");
      if (whole.test(around)) found.push({ what, offset: at });
    }
    return found;
  });
}

/** Who wrote it may still be at work, or have gone. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
