/**
 * Telegram, through its Bot API. A message can be brought up to date after it was sent.
 *
 * @module
 */
import { Api, GrammyError } from "grammy/web";
import type { TelegramChat, TelegramSpec } from "../../model/notify_config.ts";
import type { Channel, Message, Sent } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { failure, OverdueError, retryLater, within } from "./http.ts";
import { readSecret } from "./secret.ts";
import { cut, textOf } from "./text.ts";

/** UTF-16 units of a text (Bot API 9.0, sendMessage). */
const MOST = 4_096;
const TIMEOUT_MS = 20_000;
/** "No more than one message per second in a single chat" (Bots FAQ). */
const LEAST_GAP_MS = 1_000;

/** Chat -> the id of the message there. */
type Refs = Record<string, number>;

export function telegram(spec: TelegramSpec, deps: ChannelDeps): Channel {
  /** Which chats have the message already, by its key: an attempt may end between two of them. */
  const partly = new Map<string, Refs>();
  return {
    name: spec.name,
    canUpdate: true,
    leastGapMs: LEAST_GAP_MS,
    async send(message, signal) {
      const token = await readSecret(spec.token, deps);
      if (token.is === "missing") return retryLater(token.why);
      const bot = { api: apiOf(spec, token.value, deps), spec, deps };
      const done = partly.get(message.key) ?? {};
      partly.set(message.key, done);
      const before = refsOf(message.replaces);
      for (const chat of spec.chats) {
        const name = nameOf(chat);
        if (name in done) continue;
        const sent = await sendTo(bot, { chat, message, before: before[name] }, signal);
        if (typeof sent !== "number") {
          if (sent.is === "rejected") partly.delete(message.key);
          return sent;
        }
        done[name] = sent;
      }
      partly.delete(message.key);
      return { is: "sent", ref: JSON.stringify(done) };
    },
    close: () => Promise.resolve(),
  };
}

interface Bot {
  readonly api: Api;
  readonly spec: TelegramSpec;
  readonly deps: ChannelDeps;
}

function apiOf({ api }: TelegramSpec, token: string, deps: ChannelDeps): Api {
  // A redirect would take the token along, which is a part of the address.
  const noRedirect =
    ((input: string, init: RequestInit) =>
      deps.fetch(input, { ...init, redirect: "manual" })) as typeof globalThis.fetch;
  return new Api(token, { apiRoot: api, fetch: noRedirect, sensitiveLogs: false });
}

/** The id of the message, or what became of it. */
async function sendTo(
  bot: Bot,
  { chat, message, before }: { chat: TelegramChat; message: Message; before: number | undefined },
  signal: AbortSignal,
): Promise<number | Exclude<Sent, { is: "sent" }>> {
  const text = cut(textOf(message), MOST);
  const call = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    within(bot.deps.clock, TIMEOUT_MS, signal, work);
  try {
    if (before !== undefined && await edit(bot.api, { chat, before, text }, call)) return before;
    const options = {
      link_preview_options: { is_disabled: true },
      disable_notification: message.notice.severity === "info",
      ...(chat.topic === null ? {} : { message_thread_id: chat.topic }),
    };
    const sent = await call((signal) =>
      bot.api.sendMessage(chat.chat, text, options, signal as never)
    );
    return sent.message_id;
  } catch (error) {
    signal.throwIfAborted();
    return outcome(error, bot.spec);
  }
}

type Call = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** False: there is nothing to edit any more, so it is to be sent anew. */
async function edit(
  api: Api,
  { chat, before, text }: { chat: TelegramChat; before: number; text: string },
  call: Call,
): Promise<boolean> {
  try {
    await call((signal) => api.editMessageText(chat.chat, before, text, {}, signal as never));
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    if (error.description.includes("message is not modified")) return true;
    return false;
  }
}

/** grammY's own messages may hold the address, and so the token: none of them is passed on. */
function outcome(error: unknown, { api }: TelegramSpec): Exclude<Sent, { is: "sent" }> {
  if (!(error instanceof GrammyError)) {
    const { host } = new URL(api);
    return { is: "retry", afterMs: null, ...failure(unwrapped(error), host) };
  }
  const { error_code: code, description, parameters } = error;
  const why = `Telegram says: ${description}`;
  if (code === 429) {
    const seconds = parameters.retry_after;
    return {
      is: "retry",
      why,
      afterMs: seconds === undefined ? null : seconds * 1_000,
      unsure: false,
    };
  }
  if (code === 401 || code === 404) {
    return retryLater(`${why}: its token is not one that BotFather gave, or was revoked`);
  }
  if (code === 403) return retryLater(`${why}: write to the bot once, or let it into the chat`);
  if (
    code === 400 && /chat not found|thread not found|upgraded to a supergroup/.test(description)
  ) {
    return retryLater(`${why}: correct the chat in the config`);
  }
  return code < 500 ? { is: "rejected", why } : { is: "retry", why, afterMs: null, unsure: true };
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
