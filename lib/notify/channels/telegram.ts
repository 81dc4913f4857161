/**
 * Telegram, through its Bot API. A message can be brought up to date after it was sent.
 *
 * @module
 */
import { Api, GrammyError } from "grammy/web";
import type { TelegramChat, TelegramSpec } from "../../model/notify_config.ts";
import type { Channel, Message, Sent } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { failedAt, failure, OverdueError, restMs, retryLater, said, within } from "./http.ts";
import { readSecret } from "./secret.ts";
import { cut, textOf } from "./text.ts";

/** UTF-16 units of a text (Bot API 9.0, sendMessage). */
const MOST = 4_096;
const TIMEOUT_MS = 20_000;
/** "No more than one message per second in a single chat" (Bots FAQ). */
const LEAST_GAP_MS = 1_000;
/** Messages that are under way to several chats. */
const MOST_UNDER_WAY = 1_000;

/** Chat -> the id of the message there; null: Telegram did not tell it. */
type Refs = Record<string, number | null>;

/** How far a message to several chats has come. */
interface Progress {
  readonly refs: Refs;
  /** Chat -> why it will not take it. */
  readonly refused: Map<string, string>;
}

type Outcome =
  | { readonly is: "there"; readonly id: number | null }
  | Extract<Sent, { is: "retry" }>
  /** This chat will not take it. */
  | { readonly is: "refused"; readonly why: string }
  /** No chat will. */
  | Extract<Sent, { is: "rejected" }>;

export function telegram(spec: TelegramSpec, deps: ChannelDeps): Channel {
  /** By the key of the message: an attempt may end between two of its chats. */
  const underWay = new Map<string, Progress>();
  return {
    name: spec.name,
    canUpdate: true,
    leastGapMs: LEAST_GAP_MS,
    async send(message, signal) {
      const token = await readSecret(spec.token, deps);
      if (token.is === "missing") return retryLater(token.why);
      const bot: Bot = { api: apiOf(spec, token.value, deps), token: token.value, spec, deps };
      const progress = underWay.get(message.key) ?? { refs: {}, refused: new Map() };
      underWay.delete(message.key);
      underWay.set(message.key, progress); // the newest, and there also when this attempt is aborted
      if (underWay.size > MOST_UNDER_WAY) underWay.delete(underWay.keys().next().value!);
      const stopped = await sendToAll(bot, { message, progress }, signal);
      if (stopped?.is !== "retry") underWay.delete(message.key);
      return stopped ?? whole(progress);
    },
    close: () => Promise.resolve(),
  };
}

interface Bot {
  readonly api: Api;
  readonly token: string;
  readonly spec: TelegramSpec;
  readonly deps: ChannelDeps;
}

interface Delivery {
  readonly message: Message;
  readonly progress: Progress;
}

/** A chat that refuses does not keep it from the others; what else goes wrong does. Null: each has been asked. */
async function sendToAll(
  bot: Bot,
  { message, progress: { refs, refused } }: Delivery,
  signal: AbortSignal,
): Promise<Extract<Outcome, { is: "retry" | "rejected" }> | null> {
  const before = refsOf(message.replaces);
  for (const chat of bot.spec.chats) {
    const name = nameOf(chat);
    if (name in refs || refused.has(name)) continue;
    const outcome = await sendTo(bot, { chat, message, before: before[name] ?? null }, signal);
    if (outcome.is === "there") refs[name] = outcome.id;
    else if (outcome.is === "refused") refused.set(name, outcome.why);
    else return outcome;
  }
  return null;
}

function whole({ refs, refused }: Progress): Sent {
  const why = [...refused].map(([chat, why]) => `chat ${chat}: ${why}`).join("; ");
  // Sent, and not rejected: its updates are to reach those who have it.
  if (Object.keys(refs).length === 0) return { is: "rejected", why };
  return { is: "sent", ref: JSON.stringify(refs), ...(refused.size > 0 ? { but: why } : {}) };
}

function apiOf({ api }: TelegramSpec, token: string, deps: ChannelDeps): Api {
  // A redirect would take the token along, which is a part of the address.
  const noRedirect =
    ((input: string, init: RequestInit) =>
      deps.fetch(input, { ...init, redirect: "manual" })) as typeof globalThis.fetch;
  return new Api(token, { apiRoot: api, fetch: noRedirect, sensitiveLogs: false });
}

const NO_PREVIEW = { link_preview_options: { is_disabled: true } };

async function sendTo(
  bot: Bot,
  { chat, message, before }: { chat: TelegramChat; message: Message; before: number | null },
  signal: AbortSignal,
): Promise<Outcome> {
  const text = cut(textOf(message), MOST);
  const call = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    within(bot.deps.clock, TIMEOUT_MS, signal, work);
  try {
    if (before !== null && await edit(bot.api, { chat, before, text }, call)) {
      return { is: "there", id: before };
    }
    const options = {
      ...NO_PREVIEW,
      disable_notification: message.notice.severity === "info",
      ...(chat.topic === null ? {} : { message_thread_id: chat.topic }),
    };
    const sent: unknown = await call((signal) =>
      bot.api.sendMessage(chat.chat, text, options, signal as never)
    );
    return { is: "there", id: idIn(sent) };
  } catch (error) {
    signal.throwIfAborted();
    return outcomeOf(error, bot);
  }
}

function idIn(sent: unknown): number | null {
  const id = (sent as { message_id?: unknown } | null | undefined)?.message_id;
  return typeof id === "number" ? id : null;
}

type Call = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** False: there is nothing to edit any more, so it is to be sent anew. */
async function edit(
  api: Api,
  { chat, before, text }: { chat: TelegramChat; before: number; text: string },
  call: Call,
): Promise<boolean> {
  try {
    await call((signal) =>
      api.editMessageText(chat.chat, before, text, NO_PREVIEW, signal as never)
    );
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    return error.description.includes("message is not modified");
  }
}

/** grammY's own messages may hold the address, and so the token: none of them is passed on. */
function outcomeOf(error: unknown, { spec, token }: Bot): Exclude<Outcome, { is: "there" }> {
  const { host } = new URL(spec.api);
  if (!(error instanceof GrammyError)) {
    return { is: "retry", afterMs: null, ...failure(unwrapped(error), host) };
  }
  const { error_code: code, description, parameters } = error;
  if (typeof code !== "number" || typeof description !== "string") {
    const why = `${host} does not answer as Telegram does`;
    return { is: "retry", why, afterMs: null, unsure: true };
  }
  const why = `Telegram says: ${said(description, [token])}`;
  if (code === 429) {
    const seconds = parameters.retry_after;
    const afterMs = typeof seconds === "number" ? restMs(seconds) : null;
    return { is: "retry", why, afterMs, unsure: false };
  }
  if (code >= 500) return failedAt(why, code);
  // Telegram says 404 to a token that has not the form of one.
  if (code === 401 || code === 404) {
    const hint = "the token is not one that BotFather gave, or it was revoked";
    return { is: "retry", why: `${why} (${hint})`, afterMs: null, unsure: false };
  }
  const hint = hintFor(code, description, parameters.migrate_to_chat_id);
  return { is: "refused", why: hint === null ? why : `${why} (${hint})` };
}

function hintFor(code: number, description: string, movedTo: number | undefined): string | null {
  if (typeof movedTo === "number") return `the chat's number is ${movedTo} now`;
  if (code === 403) return "write to the bot once, or let it into the chat";
  return /chat not found|thread not found/.test(description)
    ? "correct the chat in the config"
    : null;
}

function unwrapped(error: unknown): unknown {
  const inner = error instanceof Error && "error" in error ? error.error : error;
  return inner instanceof OverdueError ? inner : error;
}

function nameOf({ chat, topic }: TelegramChat): string {
  return topic === null ? chat : `${chat}:${topic}`;
}

function refsOf(ref: string | null): Refs {
  return ref === null ? {} : JSON.parse(ref) as Refs;
}
