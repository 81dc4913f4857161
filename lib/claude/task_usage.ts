/**
 * The tokens that a task has cost, from the transcript of the session that did it.
 *
 * @module
 */
import { NO_TOKENS, plusTokens, type Tokens } from "../model/quota.ts";
import type { Files } from "../ports/files.ts";
import { usageOfLine } from "./usage/line.ts";

const CHUNK = 1024 * 1024;

/**
 * Of all answers after the prompt that carries the mark, up to a time (epoch milliseconds); those of sub-agents stand in
 * files of their own and are not among them. Null when the transcript does not hold the prompt.
 */
export async function tokensSince(
  files: Pick<Files, "readFrom">,
  transcript: string,
  { mark, until }: { readonly mark: string; readonly until: number },
): Promise<Tokens | null> {
  const answers = new Map<string, Tokens>();
  let found = false;
  for await (const line of linesOf(files, transcript)) {
    found ||= line.includes(mark);
    const usage = found && line.includes('"usage"') ? usageOfLine(line) : null;
    if (usage && usage.at <= until) answers.set(usage.id, usage.tokens);
  }
  return found ? [...answers.values()].reduce(plusTokens, NO_TOKENS) : null;
}

async function* linesOf(files: Pick<Files, "readFrom">, path: string): AsyncGenerator<string> {
  let rest = "";
  for (let offset = 0;;) {
    const chunk = await files.readFrom(path, offset, CHUNK);
    if (!chunk || chunk.next === offset) break;
    offset = chunk.next;
    const lines = (rest + chunk.text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
