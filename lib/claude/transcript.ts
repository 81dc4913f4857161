/**
 * Transcripts (`projects/FOLDER/CONVERSATION.jsonl`): found by name, read from the end, never written.
 *
 * The format is Claude Code's own and may change: lines of other types, cut lines and unknown members are passed
 * over. The file lags the hooks by up to half a second (2.1.330).
 *
 * @module
 */
import { z } from "zod";
import type { ConversationId } from "../model/ids.ts";
import type { WindowName } from "../model/quota.ts";
import type { Files } from "../ports/files.ts";
import { type JsonObject, parseObject } from "./cut_json.ts";
import type { Figures } from "./usage/answer.ts";
import { overageFields, overageOf } from "./usage/rate_limit_event.ts";
import { windowOfKey } from "./windows.ts";

/** A line of the conversation itself. */
export interface ConversationLine {
  readonly type: "user" | "assistant" | "system";
  readonly uuid: string | null;
  readonly parentUuid: string | null;
  /** The text in it, if there is any: tool calls and results have none. */
  readonly text?: string;
}

/** What the line of a refused turn says about the limit. */
export interface QuotaError {
  /** Null: it does not say. */
  readonly window: WindowName | null;
  /** Epoch milliseconds; null when it does not say (2.1.197 does not). */
  readonly resetsAt: number | null;
  /** When the line was made, in epoch milliseconds. */
  readonly at: number | null;
  /** What it says of paid use past the plan; null where it says nothing (2.1.197). */
  readonly overage: Figures["overage"] | null;
}

/** Enough for the lines that 2.1.330 writes after a limit error; single lines of 43 KB were seen. */
const TAIL_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * The conversation's file, or null. The folder's name is not computed: it follows rules of its own, and a
 * resume from elsewhere goes on in the first folder. Of several files (a copy was left somewhere), the newest.
 */
export async function findTranscript(
  files: Files,
  projectsDir: string,
  conversation: ConversationId,
): Promise<string | null> {
  if (!/^[\w-]+$/.test(conversation)) return null;
  const folders = (await files.list(projectsDir)).filter((entry) => entry.kind !== "file");
  const found = await Promise.all(folders.map(async (folder) => {
    const path = `${projectsDir}/${folder.name}/${conversation}.jsonl`;
    const info = await files.stat(path);
    return info && { path, mtimeNs: info.mtimeNs };
  }));
  const newest = found.filter((f) => f !== null).toSorted((a, b) => a.mtimeNs < b.mtimeNs ? 1 : -1);
  return newest[0]?.path ?? null;
}

/** The whole lines among the last MiB of the file; null when it is not there. */
export async function readTail(
  files: Files,
  path: string,
  maxBytes = TAIL_BYTES,
): Promise<string | null> {
  const info = await files.stat(path);
  if (!info) return null;
  // One byte more than asked, so that a tail which begins at the start of a line keeps that line.
  const offset = Math.max(0, info.size - maxBytes - 1);
  const read = await files.readFrom(path, offset, info.size - offset);
  if (!read) return null;
  const begin = info.size <= maxBytes ? 0 : read.text.indexOf("\n") + 1;
  return read.text.slice(begin, read.text.lastIndexOf("\n") + 1);
}

/**
 * Whether the conversation can be resumed: something was said in it. A file of settings lines alone is "no
 * conversation found" (2.1.330); a first prompt that was refused or cut off is enough.
 */
export async function hasMessages(files: Files, path: string): Promise<boolean> {
  let offset = 0;
  let rest = "";
  while (true) {
    const read = await files.readFrom(path, offset, CHUNK_BYTES);
    if (!read || read.next === offset) return false;
    const text = rest + read.text;
    const end = text.lastIndexOf("\n") + 1;
    if (conversationLines(text.slice(0, end)).some((line) => line.type !== "system")) return true;
    rest = text.slice(end);
    offset = read.next;
  }
}

const lineSchema = z.object({
  type: z.enum(["user", "assistant", "system"]),
  uuid: z.string().nullish().catch(null),
  parentUuid: z.string().nullish().catch(null),
  message: z.object({ content: z.unknown() }).nullish().catch(null),
  content: z.string().nullish().catch(null),
});

/** The lines of a conversation in the order of the file; an unfinished last line is left out. */
export function conversationLines(text: string): ConversationLine[] {
  return objectsOf(text).flatMap((object) => {
    const line = lineSchema.safeParse(object).data;
    if (!line) return [];
    const said = line.content ?? textOf(line.message?.content);
    return [{
      type: line.type,
      uuid: line.uuid ?? null,
      parentUuid: line.parentUuid ?? null,
      ...(said === null ? {} : { text: said }),
    }];
  });
}

function objectsOf(text: string): Record<string, unknown>[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map(parseObject).filter((object) => object !== null);
}

/** When each message of people and of the model was made, in epoch milliseconds. */
export function messageTimes(text: string): number[] {
  return objectsOf(text)
    .filter(({ type }) => type === "user" || type === "assistant")
    .map(({ timestamp }) => typeof timestamp === "string" ? Date.parse(timestamp) : NaN)
    .filter((at) => !Number.isNaN(at));
}

const blocksSchema = z.array(z.unknown());
const blockSchema = z.object({ type: z.literal("text"), text: z.string() });

function textOf(content: unknown): string | null {
  if (typeof content === "string") return content;
  const blocks = blocksSchema.safeParse(content).data ?? [];
  const texts = blocks.flatMap((block) => blockSchema.safeParse(block).data?.text ?? []);
  return texts.length === 0 ? null : texts.join("\n");
}

const infoSchema = z.object({ rate_limit_info: z.object(overageFields()) });

const limitsSchema = z.object({
  resetsAt: z.number().positive().nullish().catch(null),
  rateLimitType: z.string().nullish().catch(null),
});

/**
 * The limit as the last message tells it; null when that is no limit error. A conversation that has
 * gone on since, under whatever account, has left its old limit behind.
 *
 * The line is one that Claude Code wrote itself (`isApiErrorMessage`), with `apiError` of `usage_limit_reached` or
 * with `quotaLimits` that say rejected. What anybody says about limits in the conversation is never taken for one.
 */
export function lastQuotaError(tail: string): QuotaError | null {
  const last = objectsOf(tail).findLast((o) => o["type"] === "user" || o["type"] === "assistant");
  return last ? quotaErrorOf(last) : null;
}

/**
 * The newest limit that was told at that time or later, and before `until` (both epoch ms), even if the conversation has
 * gone on since.
 */
export function quotaErrorSince(
  tail: string,
  since: number,
  until: number = Infinity,
): QuotaError | null {
  const errors = objectsOf(tail).map(quotaErrorOf);
  const isOfThen = (at: number | null) => at !== null && at >= since && at < until;
  return errors.findLast((e) => e !== null && isOfThen(e.at)) ?? null;
}

/** Whether an answer that is no error was written at that time (epoch ms) or later. */
export function answeredSince(tail: string, since: number): boolean {
  return objectsOf(tail).some((line) =>
    line["type"] === "assistant" && line["isApiErrorMessage"] !== true && timeOf(line) >= since
  );
}

/** Whether a prompt with this text in it stands there. */
export function wasAsked(tail: string, text: string): boolean {
  return conversationLines(tail).some((line) => line.type === "user" && line.text?.includes(text));
}

/** NaN: it does not say. */
function timeOf(line: JsonObject): number {
  return typeof line["timestamp"] === "string" ? Date.parse(line["timestamp"]) : NaN;
}

function quotaErrorOf(line: JsonObject): QuotaError | null {
  if (line["type"] !== "assistant" || line["isApiErrorMessage"] !== true) return null;
  const limits = limitsSchema.safeParse(line["quotaLimits"]).data;
  const rejected = z.object({ status: z.literal("rejected") }).safeParse(line["quotaLimits"]);
  if (line["apiError"] !== "usage_limit_reached" && !rejected.success) return null;
  const at = timeOf(line);
  const info = infoSchema.safeParse(line["apiErrorParams"]).data;
  return {
    window: limits?.rateLimitType ? windowOfKey(limits.rateLimitType) : null,
    resetsAt: limits?.resetsAt ? limits.resetsAt * 1000 : null,
    at: Number.isNaN(at) ? null : at,
    overage: info ? overageOf(info.rate_limit_info) : null,
  };
}
