/**
 * Idempotency-Key: a command that is sent again, since its answer got lost, is done once and answered the same.
 *
 * The answers of this life are in memory, so many at most. The journal knows the key of each command that was recorded, so a
 * daemon that starts anew does not do it again either; it then answers what the journal tells: the sequence and the ids.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Event } from "../model/event.ts";
import { entry, type State } from "../model/state.ts";
import type { AppEnv, Caller } from "./caller.ts";
import { Problem, refused } from "./problem.ts";

export interface OnceDeps {
  state(): State;
  events(range: { after: number; limit: number }): Event[];
}

interface Asked {
  readonly request: Request;
  /** With its query. */
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly caller: Caller;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

type Key = NonNullable<AppEnv["Bindings"]["once"]>;

const MAX_ANSWERS = 256;
const REPLAYED = { "idempotency-replayed": "true" };

export class Once {
  readonly #deps: OnceDeps;
  /** Oldest first. */
  readonly #answers = new Map<
    string,
    { readonly digest: string; readonly answer: Promise<Answer> }
  >();

  constructor(deps: OnceDeps) {
    this.#deps = deps;
  }

  async answer(
    asked: Asked,
    ask: (key: Key | undefined) => Response | Promise<Response>,
  ): Promise<Response> {
    const key = keyOf(asked);
    if (key === undefined) return await ask(undefined);
    const known = this.#answers.get(key.key);
    if (known) {
      mustBeSame(known.digest, key);
      return toResponse(await known.answer, REPLAYED);
    }
    const before = entry(this.#deps.state().answered ?? {}, key.key);
    if (before) {
      mustBeSame(before.digest, key);
      return this.#fromJournal(before.seq);
    }
    return await this.#first(key, ask);
  }

  async #first(
    key: Key,
    ask: (key: Key) => Response | Promise<Response>,
  ): Promise<Response> {
    const answer = Promise.resolve(ask(key)).then(kept);
    this.#answers.set(key.key, { digest: key.digest, answer });
    if (this.#answers.size > MAX_ANSWERS) {
      this.#answers.delete(this.#answers.keys().next().value!);
    }
    try {
      const made = await answer;
      // What was not even recorded may be tried again.
      if (!(made.status < 300 || made.status === 409)) this.#answers.delete(key.key);
      return toResponse(made);
    } catch (error) {
      this.#answers.delete(key.key);
      throw error;
    }
  }

  #fromJournal(seq: number): Response {
    const [event, next] = this.#deps.events({ after: seq - 1, limit: 2 });
    const ids = event?.seq === seq ? idsOf(event, next) : {};
    return Response.json({ seq, ...ids }, { status: 202, headers: REPLAYED });
  }
}

/** What the answer named beside its place in the journal; `next` was recorded behind it, at the same word perhaps. */
function idsOf(event: Event, next: Event | undefined): Record<string, string | null> {
  switch (event.type) {
    case "request.refused":
      throw refused(event.reason);
    case "swap.requested":
    case "park.requested":
      return { swap: event.swap };
    case "send.requested":
      return { send: event.send };
    case "session.pin.requested": {
      const brings = next?.type === "swap.requested" && next.to === event.account &&
        next.sessions.includes(event.session);
      return { swap: brings ? next.swap : null, stays: null };
    }
    default:
      return {};
  }
}

function keyOf({ request, path, body, caller }: Asked): Key | undefined {
  const said = request.headers.get("idempotency-key");
  if (said === null || request.method === "GET") return undefined;
  if (!/^[\x21-\x7e]{1,200}$/.test(said)) {
    throw new Problem("bad-request", "an Idempotency-Key is 1 to 200 characters without spaces");
  }
  return {
    key: digest(`${caller.token ?? ""} ${said}`),
    digest: digest(`${request.method} ${path}\n`, body ?? new Uint8Array()),
  };
}

function mustBeSame(before: string, { digest }: Key): void {
  if (before !== digest) throw new Problem("key-reused", "this key came with another request");
}

/** Half of it is enough: nobody gains by a collision of his own keys. */
function digest(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 32);
}

async function kept(response: Response): Promise<Answer> {
  const type = response.headers.get("content-type") ?? "application/json";
  return { status: response.status, type, text: await response.text() };
}

function toResponse({ status, type, text }: Answer, headers: Record<string, string> = {}) {
  return new Response(text, { status, headers: { "content-type": type, ...headers } });
}
