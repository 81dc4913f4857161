/**
 * What the hooks of a run have told: the queue of messages, and the last word on a tool call.
 *
 * Whoever reads a message records it first and removes the file second, so a crash between the two makes it
 * come again, under the same key. A file that cannot be understood is a message of kind `unknown`, never an error.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ConversationId, RunId } from "../model/ids.ts";
import type { DirEntry, Files } from "../ports/files.ts";
import { type JsonObject, parseCutObject } from "./cut_json.ts";
import { promptDigest } from "./sent_prompt.ts";

/** A hook's message, as far as we use it. Payloads: hooks reference of 2.1.240, seen on 2.1.330. */
export type HookEvent =
  | {
    readonly kind: "session.start";
    readonly conversation: ConversationId;
    /** `startup`, `resume`, `clear`, `compact`, `fork`. */
    readonly source: string;
    readonly transcript: string | null;
  }
  | {
    readonly kind: "prompt";
    readonly conversation: ConversationId;
    /** The mark of ours that the prompt holds, if it holds one. */
    readonly mark: string | null;
    /** Of its text (`promptDigest`). */
    readonly digest: string;
  }
  | { readonly kind: "permission.asked" }
  | { readonly kind: "notification"; readonly type: string }
  | { readonly kind: "turn.end" }
  /** `error` is Claude Code's own word, e.g. `rate_limit`; `text` is what it shows. See `classify`. */
  | { readonly kind: "turn.fail"; readonly error: string; readonly text: string }
  /** `prompt_input_exit`, `clear`, `logout`, `other` (a signal), ... */
  | { readonly kind: "session.end"; readonly reason: string }
  | {
    readonly kind: "tool";
    readonly phase: "started" | "finished" | "failed";
    readonly name: string;
    readonly id: string | null;
    /** Of the call's input; null when the message was cut before its end. */
    readonly inputDigest: string | null;
  }
  | { readonly kind: "unknown"; readonly why: string };

export interface SpoolEntry {
  readonly path: string;
  /** Unique in the life of the run: the file's name and the time it was written. */
  readonly key: string;
  /** When the hook ran, in epoch milliseconds. */
  readonly seenAt: number;
  readonly event: HookEvent;
}

/** The last thing that was said about a tool call. With calls side by side, it speaks of one of them only. */
export interface LastTool {
  readonly name: string;
  readonly id: string | null;
  readonly inputDigest: string | null;
  /** Its result is known, be it a success or a failure. */
  readonly finished: boolean;
}

/** Stands in a prompt of ours, so that it can be told from a person's and counted. */
export function markOf(run: RunId): string {
  return `[claude-failover:${run}]`;
}

/** The first mark in the text, or null. */
export function findMark(text: string): string | null {
  return /\[claude-failover:[\w-]+\]/.exec(text)?.[0] ?? null;
}

/** The text as it was before marks were put into it. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/\[claude-failover:[\w-]+\]/g, "");
}

/** Every message that waits in the spool, oldest first. A spool that is not there holds none. */
export async function readSpool(files: Files, dir: string): Promise<SpoolEntry[]> {
  const names = (await files.names(dir)).filter((name) => EDGE.test(name));
  const found = await Promise.all(names.map(async (name) => {
    const info = await files.stat(`${dir}/${name}`);
    return info && { name, ...info };
  }));
  const inOrder = found.filter((file) => file !== null).sort(byAge);
  const entries = await Promise.all(inOrder.map((file) => readEntry(files, dir, file)));
  return entries.filter((entry) => entry !== null);
}

/** Whether a message waits there. */
export async function hasMessages(files: Files, dir: string): Promise<boolean> {
  return (await files.names(dir)).some((name) => EDGE.test(name));
}

/** `PID.N.EVENT.edge.json`, see hook.sh. */
const EDGE = /^\d+\.\d+\.(\w+)\.edge\.json$/;

/** The kernel stamps files with its tick, some 4 ms: two of one tick are in the order of their process ids. */
function byAge(a: DirEntry, b: DirEntry): number {
  if (a.mtimeNs !== b.mtimeNs) return a.mtimeNs < b.mtimeNs ? -1 : 1;
  return a.name.localeCompare(b.name, "en", { numeric: true });
}

async function readEntry(files: Files, dir: string, file: DirEntry): Promise<SpoolEntry | null> {
  const path = `${dir}/${file.name}`;
  const text = await files.read(path);
  if (text === null) return null; // taken away meanwhile
  return {
    path,
    key: `${file.name}@${file.mtimeNs}`,
    seenAt: Number(file.mtimeNs / 1_000_000n),
    event: parseHook(EDGE.exec(file.name)?.[1] ?? "", text),
  };
}

/** What the last tool event of the run says, or null when none was seen or it cannot be understood. */
export async function readLastTool(files: Files, path: string): Promise<LastTool | null> {
  const message = parseCutObject(await files.read(path) ?? "");
  if (!message) return null;
  const event = eventOf(stringOf(message, "hook_event_name"), message);
  if (event.kind !== "tool") return null;
  const { name, id, inputDigest, phase } = event;
  return { name, id, inputDigest, finished: phase !== "started" };
}

/** The message of a hook of that name. Never throws. */
export function parseHook(name: string, text: string): HookEvent {
  const message = parseCutObject(text);
  if (!message) return { kind: "unknown", why: `${name}: ${text.length} characters, not JSON` };
  return eventOf(name, message);
}

const text = z.string();
/** What may be missing without harm, as text for people. */
const wording = z.string().catch("");

const PAYLOADS = {
  SessionStart: z.object({
    session_id: text,
    source: wording,
    transcript_path: text.nullish().catch(null),
  }).transform((p): HookEvent => ({
    kind: "session.start",
    conversation: p.session_id,
    source: p.source,
    transcript: p.transcript_path ?? null,
  })),
  UserPromptSubmit: z.object({ session_id: text, prompt: wording })
    .transform((p): HookEvent => ({
      kind: "prompt",
      conversation: p.session_id,
      mark: findMark(p.prompt),
      digest: promptDigest(p.prompt),
    })),
  PermissionRequest: z.object({}).transform((): HookEvent => ({ kind: "permission.asked" })),
  Notification: z.object({ notification_type: text })
    .transform((p): HookEvent => ({ kind: "notification", type: p.notification_type })),
  Stop: z.object({}).transform((): HookEvent => ({ kind: "turn.end" })),
  StopFailure: z.object({ error: wording, last_assistant_message: wording })
    .transform((p): HookEvent => ({
      kind: "turn.fail",
      error: p.error,
      text: p.last_assistant_message,
    })),
  SessionEnd: z.object({ reason: wording })
    .transform((p): HookEvent => ({ kind: "session.end", reason: p.reason })),
  PreToolUse: tool("started"),
  PostToolUse: tool("finished"),
  PostToolUseFailure: tool("failed"),
} as const satisfies Record<string, z.ZodType<HookEvent>>;

function tool(phase: "started" | "finished" | "failed") {
  return z.object({
    tool_name: text,
    tool_use_id: text.nullish().catch(null),
    tool_input: z.unknown().optional(),
  }).transform((p): HookEvent => ({
    kind: "tool",
    phase,
    name: p.tool_name,
    id: p.tool_use_id ?? null,
    inputDigest: p.tool_input === undefined ? null : digest(p.tool_input),
  }));
}

/** Tells two inputs apart without keeping what they say. */
function digest(input: unknown): string {
  return createHash("sha256").update(JSON.stringify(input)).digest("hex").slice(0, 16);
}

/** The file's name says which hook it was; the message itself may be cut. */
function eventOf(name: string, message: JsonObject): HookEvent {
  const payload = Object.hasOwn(PAYLOADS, name) ? PAYLOADS[name as keyof typeof PAYLOADS] : null;
  if (!payload) return { kind: "unknown", why: `${name || "a hook without a name"} is not ours` };
  const parsed = payload.safeParse(message);
  if (parsed.success) return parsed.data;
  return { kind: "unknown", why: `${name}: ${z.prettifyError(parsed.error)}` };
}

function stringOf(message: JsonObject, key: string): string {
  const value = message[key];
  return typeof value === "string" ? value : "";
}
