/**
 * Reads what transcripts say of use, each byte once: a file is read on from where its last whole line ended, and from its beginning
 * when it is another one by now, or shorter. Every message counts once, however many lines and files tell of it.
 *
 * The word is searched in a whole piece of the file before any line is cut out and parsed: most of a transcript is something else.
 * Bytes are taken for characters, which spoils the words of other languages and no number or id.
 *
 * @module
 */
import { NO_TOKENS, plusTokens, type Tokens } from "../../model/quota.ts";
import type { Files } from "../../ports/files.ts";
import { type AnswerUsage, usageOfLine } from "./line.ts";

export interface NewUse {
  /** When the message was made, epoch milliseconds. */
  readonly at: number;
  /** What has not been told of it before. */
  readonly tokens: Tokens;
  /** 0: it was counted before, with less. */
  readonly messages: 0 | 1;
}

const CHUNK_BYTES = 1024 * 1024;
/** No line that says what an answer has used is as long; it is passed over, and the lines after it are read. */
const LONGEST_LINE = 8 * 1024 * 1024;
/** So many messages are known again; lines of one stand near each other, but for a conversation that was forked. */
const KNOWN_MESSAGES = 200_000;
const WORD = '"usage"';

interface Place {
  readonly inode: number;
  /** Where the last whole line ends, in bytes. */
  readonly offset: number;
  /** In the middle of a line that is too long. */
  readonly isSkipping: boolean;
}

export class UsageReader {
  readonly #files: Files;
  readonly #places = new Map<string, Place>();
  readonly #known = new Map<string, Tokens>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** What has been added since the last time, in the order of the file; nothing when it is not there. */
  async *read(path: string): AsyncGenerator<NewUse> {
    const info = await this.#files.stat(path);
    if (!info) return void this.#places.delete(path);
    const before = this.#places.get(path);
    const isSame = before?.inode === info.inode && before.offset <= info.size;
    let { offset, isSkipping } = isSame ? before : { offset: 0, isSkipping: false };
    let rest = "";
    while (offset < info.size) {
      const read = await this.#files.readLatin1(path, offset + rest.length, CHUNK_BYTES);
      if (!read) break;
      const text = rest + read;
      const end = text.lastIndexOf("\n") + 1;
      const begin = isSkipping ? text.indexOf("\n") + 1 : 0;
      for (const line of linesWith(WORD, text.slice(begin, end))) {
        const use = this.#count(usageOfLine(line));
        if (use) yield use;
      }
      rest = text.slice(end);
      isSkipping &&= end === 0;
      if (isSkipping || rest.length > LONGEST_LINE) {
        isSkipping = true;
        rest = "";
      }
      offset += text.length - rest.length;
      this.#places.set(path, { inode: info.inode, offset, isSkipping });
    }
    this.#places.set(path, { inode: info.inode, offset, isSkipping });
  }

  /** Forgets files that nobody reads any more. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#places.keys()) if (!paths.has(path)) this.#places.delete(path);
  }

  #count(use: AnswerUsage | null): NewUse | null {
    if (!use) return null;
    const before = this.#known.get(use.id);
    const tokens = more(use.tokens, before ?? NO_TOKENS);
    if (before && isNothing(tokens)) return null;
    this.#known.set(use.id, plusTokens(before ?? NO_TOKENS, tokens));
    if (this.#known.size > KNOWN_MESSAGES) this.#known.delete(this.#known.keys().next().value!);
    return { at: use.at, tokens, messages: before ? 0 : 1 };
  }
}

/** The lines of a text of whole lines that have the word in them. */
function* linesWith(word: string, text: string): Generator<string> {
  for (let at = text.indexOf(word); at >= 0;) {
    const end = text.indexOf("\n", at);
    yield text.slice(text.lastIndexOf("\n", at) + 1, end);
    at = text.indexOf(word, end);
  }
}

/** A line that was written while the answer still came in may say less than the last one of it. */
function more(now: Tokens, before: Tokens): Tokens {
  return {
    input: Math.max(0, now.input - before.input),
    output: Math.max(0, now.output - before.output),
    cacheRead: Math.max(0, now.cacheRead - before.cacheRead),
    cacheWrite: Math.max(0, now.cacheWrite - before.cacheWrite),
  };
}

function isNothing({ input, output, cacheRead, cacheWrite }: Tokens): boolean {
  return input + output + cacheRead + cacheWrite === 0;
}
