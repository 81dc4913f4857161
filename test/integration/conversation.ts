/**
 * What the transcripts of a pool must look like whatever happened to it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { findTranscript } from "../../lib/claude/transcript.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import type { Pool } from "./pool.ts";

export interface Line {
  readonly uuid?: string;
  readonly parentUuid?: string | null;
  readonly type: string;
}

export async function transcript(
  pool: Pool,
  conversation: string,
): Promise<{ text: string; lines: Line[] }> {
  const path = await findTranscript(systemFiles, pool.config.share.projectsDir, conversation);
  assert.ok(path, "there is a transcript");
  const text = await Deno.readTextFile(path);
  const lines = text.trimEnd().split("\n").map((line): Line => JSON.parse(line));
  return { text, lines };
}

/** Each line continues the one before it: nobody wrote beside somebody else. */
export function assertOneBranch(lines: readonly Line[]): void {
  const parents = lines.flatMap((l) => l.uuid && l.parentUuid ? [l.parentUuid] : []);
  assert.equal(new Set(parents).size, parents.length, "no line has two followers");
  assert.equal(lines.filter((l) => l.uuid && l.parentUuid === null).length, 1, "one beginning");
}

export function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}
