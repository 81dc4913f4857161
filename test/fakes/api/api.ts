/**
 * The local API: the provider's endpoints as far as Claude Code asks them, plus `/_control` to steer it by hand.
 * Nothing here opens a port; `server.ts` does.
 *
 * @module
 */
import { Hono } from "hono";
import { Account, readCredential } from "./account.ts";
import { controlRoutes } from "./control.ts";
import { MessagesRequest, said } from "./conversation.ts";
import { answerModel, isTurn, type ModelCall } from "./messages.ts";
import { accountRoute, refresh } from "./oauth.ts";
import { RequestLog } from "./request_log.ts";

export interface ApiOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly newId: (prefix: string) => string;
  readonly sleep: ModelCall["sleep"];
}

/** The accounts, the log of requests, and what answers them. */
export class Api {
  readonly log = new RequestLog();
  readonly app: Hono;
  readonly #accounts = new Map<string, Account>();
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.app = this.#routes();
  }

  /** The account of that name, made when it is first asked for. */
  account = (name: string): Account => {
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = new Account(name, this.#nowS());
      this.#accounts.set(name, account);
    }
    return account;
  };

  accounts = (): Account[] => [...this.#accounts.values()];

  #routes(): Hono {
    const app = new Hono();
    app.route("/_control", controlRoutes(this));
    app.all("*", (context) => this.#answer(context.req.raw));
    app.onError((error, context) => {
      // Not 500, which Claude Code would retry for three minutes.
      return context.json(errorBody("invalid_request_error", `the local API: ${error}`), 400);
    });
    return app;
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const credential = credentialOf(request.headers);
    const account = credential && this.account(credential.name);
    const route = `${request.method} ${url.pathname}`;
    const body = await readJson(request);
    const asked = route === "POST /v1/messages" ? MessagesRequest.parse(body ?? {}) : null;
    const done = this.log.enter({
      at: this.#options.now(),
      method: request.method,
      host: url.hostname,
      path: url.pathname + url.search,
      account: account?.name ?? null,
      conversation: request.headers.get("x-claude-code-session-id"),
      isTurn: asked !== null && isTurn(asked),
      said: asked === null ? [] : said(asked),
    });
    const response = asked !== null && credential !== null && account !== null
      ? answerModel({
        ...this.#options,
        request: asked,
        account,
        generation: credential.generation,
        nowS: this.#nowS(),
      })
      : this.#answerBeside(route, account, body);
    if (response !== null) {
      done(response.status);
      return response;
    }
    done("hang");
    // For ever; the server drops it when it closes. A client that leaves costs no more than this promise.
    return await new Promise<never>(() => {});
  }

  #answerBeside(route: string, account: Account | null, body: unknown): Response {
    if (route === "POST /v1/oauth/token") {
      const reply = refresh(body, this.account);
      return Response.json(reply.body, { status: reply.status });
    }
    if (route === "POST /v1/messages/count_tokens") {
      return Response.json({ input_tokens: Math.ceil(JSON.stringify(body).length / 4) });
    }
    if (route.startsWith("HEAD ")) return new Response(null);
    const reply = accountRoute(route, account ?? this.account("nobody"));
    if (reply !== null) return Response.json(reply.body, { status: reply.status });
    const [status, type] = account === null && route === "POST /v1/messages"
      ? [401, "authentication_error"]
      : [404, "not_found_error"];
    return Response.json(errorBody(type, `the local API has no ${route}`), { status });
  }

  #nowS(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}

function credentialOf(headers: Headers) {
  const bearer = headers.get("authorization")?.replace(/^Bearer\s+/i, "");
  return readCredential(bearer ?? headers.get("x-api-key") ?? "");
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return JSON.parse(await request.text());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function errorBody(type: string, message: string) {
  return { type: "error", error: { type, message } };
}
