/**
 * What must be true of a conversation, whatever happened to its session: it is one, and nothing of it is lost or doubled.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { Event } from "../../../lib/model/event.ts";
import type { Exchange } from "../../fakes/api/request_log.ts";
import { until } from "../../contract/until.ts";
import type { Pool } from "./pool.ts";
import { branchesIn, promptsIn, textsOf, type TranscriptLine, transcripts } from "./transcript.ts";

/**
 * Asserted in the journal, at the API and in the transcript. `prompts` are all that was typed into the session, each
 * unlike the others; the prompts to go on that carry a mark are looked up.
 */
export async function assertWhole(
  world: Pool,
  session: string,
  prompts: readonly string[],
): Promise<void> {
  const conversation = conversationOf(world, session);
  const marks = marksOf(world.events(), session);
  for (const mark of marks) assert.equal(accepted(world.events(), mark), 1, `accepted: ${mark}`);
  assertAtApi(turnsOf(world, conversation), [...prompts, ...marks]);
  const lines = await wholeTranscript(world, conversation, [...prompts, ...marks]);
  assert.deepEqual(sessionIds(lines), [conversation], "the transcript is of one conversation");
  assert.deepEqual(branchesIn(lines), [], "the transcript has one branch");
  const written = promptsIn(lines);
  for (const text of [...prompts, ...marks]) {
    assert.equal(count(written, text), 1, `${text}: once in the transcript`);
  }
}

export function conversationOf(world: Pick<Pool, "state">, session: string): string {
  const { conversation } = world.state().sessions[session]!;
  assert.ok(conversation, `${session} has a conversation`);
  return conversation;
}

/** The turns that any account was asked, in the order in which they came. */
export function turnsOf({ api }: Pick<Pool, "api">, conversation: string): Exchange[] {
  return api.requests().filter((e) => e.isTurn && e.conversation === conversation);
}

/** The marks of the prompts with which the session was told to go on, oldest first. */
export function marksOf(events: readonly Event[], session: string): string[] {
  return events.flatMap((event) =>
    (event.type === "move.planned" || event.type === "run.planned") &&
      event.session === session && event.plan.mark !== null
      ? [event.plan.mark]
      : []
  );
}

function accepted(events: readonly Event[], mark: string): number {
  return events.filter((event) => event.type === "prompt.accepted" && event.mark === mark).length;
}

/**
 * Each request carries all of the one before it, and the last one each prompt once. Between an unanswered prompt and
 * the one behind it Claude Code puts a line break (2.1.330).
 */
function assertAtApi(turns: readonly Exchange[], prompts: readonly string[]): void {
  const texts = turns.map(({ said }) => said.map(({ by, text }) => `${by}: ${text.trim()}`));
  for (const [i, now] of texts.entries()) {
    const before = texts[i - 1] ?? [];
    assert.deepEqual(now.slice(0, before.length), before, `request ${turns[i]!.n} goes on`);
  }
  const typed = (turns.at(-1)?.said ?? []).flatMap(({ by, text }) => by === "person" ? [text] : []);
  for (const text of prompts) assert.equal(count(typed, text), 1, `${text}: once at the API`);
  assert.equal(typed.length, prompts.length, `more than that was asked: ${typed.join("\n")}`);
}

/** The one transcript, once it holds the prompts and the last answer: it lags the hooks by up to 0.5 s. */
async function wholeTranscript(
  world: Pool,
  conversation: string,
  prompts: readonly string[],
): Promise<TranscriptLine[]> {
  const missing = (lines: readonly TranscriptLine[]) =>
    prompts.filter((prompt) => count(textsOf(lines), prompt) === 0);
  const look = async () => {
    const found = await transcripts(world, conversation);
    assert.equal(found.length, 1, `one transcript of ${conversation}`);
    return found[0]!;
  };
  return await until(async () => {
    const lines = await look();
    return missing(lines).length === 0 ? lines : null;
  }, async () => `the transcript of ${conversation} lacks ${missing(await look())}`);
}

function sessionIds(lines: readonly TranscriptLine[]): string[] {
  return [...new Set(lines.flatMap(({ sessionId }) => sessionId ?? []))];
}

function count(texts: readonly string[], text: string): number {
  return texts.filter((one) => one.includes(text)).length;
}
