/**
 * What Claude Code has written down of a conversation.
 *
 * @module
 */
import { join } from "node:path";
import type { Pool } from "./pool.ts";

/** The transcripts of a conversation: one, or it has forked. */
export async function transcripts(
  pool: Pick<Pool, "projectsDir">,
  conversation: string,
): Promise<TranscriptLine[][]> {
  const found: TranscriptLine[][] = [];
  for await (const project of Deno.readDir(pool.projectsDir)) {
    const path = join(pool.projectsDir, project.name, `${conversation}.jsonl`);
    const text = await Deno.readTextFile(path).catch(() => null);
    if (text !== null) found.push(wholeLines(text).map((line) => JSON.parse(line)));
  }
  return found;
}

/** The last line may be in writing. */
function wholeLines(text: string): string[] {
  return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "");
}

export interface TranscriptLine {
  readonly type: string;
  readonly sessionId?: string;
  /** Of the lines that make up the conversation; each but the first names the one before it. */
  readonly uuid?: string;
  readonly parentUuid?: string | null;
  readonly isApiErrorMessage?: boolean;
  /** Said by the harness in a person's place. */
  readonly isMeta?: boolean;
  readonly message?: { readonly content: string | readonly { type: string; text?: string }[] };
}

/** What people and the agent have said in it, in order; the lines of limits and other errors left out. */
export function textsOf(lines: readonly TranscriptLine[]): string[] {
  return lines
    .filter(({ type, isApiErrorMessage }) =>
      (type === "user" || type === "assistant") && !isApiErrorMessage
    )
    .flatMap(({ message }) => {
      const content = message?.content ?? [];
      if (typeof content === "string") return [content];
      return content.flatMap((block) => block.type === "text" ? [block.text ?? ""] : []);
    });
}

/** What a person has typed, or has been typed for one; no results of tools, and nothing that the harness says. */
export function promptsIn(lines: readonly TranscriptLine[]): string[] {
  return textsOf(lines.filter(({ type, isMeta }) => type === "user" && !isMeta));
}

/** Lines from which the conversation goes on in two ways: of one of them nobody will hear again. */
export function branchesIn(lines: readonly TranscriptLine[]): TranscriptLine[] {
  const chained = lines.filter(({ uuid }) => uuid !== undefined);
  const children = Map.groupBy(chained, ({ parentUuid }) => parentUuid ?? null);
  const starts = children.get(null) ?? [];
  return [
    ...starts.slice(1),
    ...chained.filter(({ uuid }) => (children.get(uuid!)?.length ?? 0) > 1),
  ];
}
