/**
 * A Telegram Bot API server on loopback, as the documentation has it (core.telegram.org/bots/api, 9.0): tokens in the path,
 * `ok`, `error_code`, `description` and `parameters` in the answers, the texts of errors as the real one says them.
 *
 * @module
 */

export interface ChatMessage {
  readonly id: number;
  text: string;
  readonly topic: number | null;
  readonly silent: boolean;
  edits: number;
}

interface Call {
  readonly method: string;
  readonly payload: Record<string, unknown>;
}

const MOST = 4_096;

export class BotApi {
  /** Chat -> what stands there. */
  readonly chats = new Map<string, ChatMessage[]>();
  readonly blockedBy = new Set<string>();
  /** Chat -> the supergroup that it has become. */
  readonly movedTo = new Map<string, number>();
  readonly calls: Call[] = [];
  /** Answers the next calls in this way instead; null: as usual. */
  readonly next: (((call: Call) => Response | Promise<Response>) | null)[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #token: string;
  #ids = 100;

  constructor(token: string, chats: readonly string[]) {
    this.#token = token;
    for (const chat of chats) this.chats.set(chat, []);
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      return this.#answer(request);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  texts(chat: string): string[] {
    return this.chats.get(chat)!.map(({ text }) => text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const [, token, method] = /^\/bot([^/]*)\/(\w+)$/.exec(new URL(request.url).pathname) ?? [];
    const payload = await request.json().catch(() => ({})) as Record<string, unknown>;
    if (token === undefined || !/^\d+:[\w-]{35}$/.test(token)) return refusal(404, "Not Found");
    if (token !== this.#token) return refusal(401, "Unauthorized");
    const call = { method: method!, payload };
    this.calls.push(call);
    const special = this.next.shift();
    if (special) return await special(call);
    switch (method!.toLowerCase()) {
      case "sendmessage":
        return this.#send(payload);
      case "editmessagetext":
        return this.#edit(payload);
      default:
        return refusal(404, "Not Found");
    }
  }

  #send(payload: Record<string, unknown>): Response {
    const fault = this.#fault(payload);
    if (fault) return fault;
    const { chat_id, text, message_thread_id, disable_notification } = payload;
    const message: ChatMessage = {
      id: ++this.#ids,
      text: String(text),
      topic: message_thread_id === undefined ? null : Number(message_thread_id),
      silent: disable_notification === true,
      edits: 0,
    };
    this.chats.get(String(chat_id))!.push(message);
    return success({ message_id: message.id, date: 0, chat: { id: chat_id }, text });
  }

  #edit(payload: Record<string, unknown>): Response {
    const fault = this.#fault(payload);
    if (fault) return fault;
    const chat = this.chats.get(String(payload["chat_id"]))!;
    const message = chat.find(({ id }) => id === payload["message_id"]);
    if (!message) return refusal(400, "Bad Request: message to edit not found");
    if (message.text === payload["text"]) {
      return refusal(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
      );
    }
    message.text = String(payload["text"]);
    message.edits++;
    return success({ message_id: message.id, date: 0, text: message.text });
  }

  #fault({ chat_id, text }: Record<string, unknown>): Response | null {
    const chat = String(chat_id);
    const moved = this.movedTo.get(chat);
    if (moved !== undefined) {
      const description = "Bad Request: group chat was upgraded to a supergroup chat";
      return refusal(400, description, { migrate_to_chat_id: moved });
    }
    if (!this.chats.has(chat)) return refusal(400, "Bad Request: chat not found");
    if (this.blockedBy.has(chat)) return refusal(403, "Forbidden: bot was blocked by the user");
    if (text === "") return refusal(400, "Bad Request: message text is empty");
    if (String(text).length > MOST) return refusal(400, "Bad Request: message is too long");
    return null;
  }
}

export function refusal(
  error_code: number,
  description: string,
  parameters?: Record<string, number>,
): Response {
  const body = { ok: false, error_code, description, ...(parameters ? { parameters } : {}) };
  return Response.json(body, { status: error_code });
}

export function flood(seconds: number): Response {
  return refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}

function success(result: unknown): Response {
  return Response.json({ ok: true, result });
}
