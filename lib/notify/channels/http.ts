/**
 * One request to a service, and what its answer means for a message.
 *
 * @module
 */
import type { Clock } from "../../ports/clock.ts";
import type { Sent } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { scrub } from "../../model/secret_text.ts";

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 16_384;
const MOST_SAID = 200;
const LONGEST_REST_MS = 86_400_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Its beginning. */
  readonly text: string;
}

/**
 * Posts, within 20 s and without following a redirect: a signature or a token is for one receiver. What went wrong is a
 * `retry` whose reason names the host and nothing else of the address. Rejects only when the signal aborts.
 */
export async function post(
  deps: Pick<ChannelDeps, "fetch" | "clock">,
  { url, headers, body }: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
  signal: AbortSignal,
): Promise<Answer | Extract<Sent, { is: "retry" }>> {
  const { host } = new URL(url);
  try {
    return await within(deps.clock, TIMEOUT_MS, signal, async (signal) => {
      const response = await deps.fetch(url, {
        method: "POST",
        redirect: "manual",
        headers,
        body,
        signal,
      });
      return {
        status: response.status,
        headers: response.headers,
        text: await beginning(response),
      };
    });
  } catch (error) {
    signal.throwIfAborted();
    return { is: "retry", afterMs: null, ...failure(error, host) };
  }
}

/** Thrown by `within`. */
export class OverdueError extends Error {
  override name = "OverdueError";
}

/** Runs the work with a signal that also aborts after `ms`; then it throws `OverdueError`, whatever the work does. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const overdue = clock.sleep(ms, over.signal).then(() => {
    stop.abort(new OverdueError());
    throw new OverdueError();
  });
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    over.signal.addEventListener("abort", () => signal.removeEventListener("abort", onAbort));
  });
  const working = work(either);
  working.catch(() => {}); // whoever lost the race is nobody's
  try {
    return await Promise.race([working, overdue, aborted]);
  } finally {
    over.abort();
    await overdue.catch(() => {});
  }
}

/**
 * What became of a message by the status of the answer. The reason holds the beginning of what the service says, and none
 * of `secrets`, which it may well repeat.
 */
export function sentBy(answer: Answer, now: number, secrets: Iterable<string>): Sent {
  const { status, headers } = answer;
  const detail = said(answer.text, secrets);
  const why = `the service answers ${status}${detail === "" ? "" : `: ${detail}`}`;
  if (status >= 200 && status < 300) return { is: "sent", ref: null };
  if (status === 429 || status === 503) {
    return { is: "retry", why, afterMs: retryAfterMs(headers, now), unsure: false };
  }
  if (status >= 300 && status < 400) {
    return retryLater(
      `the service answers ${status}: it sends us elsewhere, which is not followed; name the last address`,
    );
  }
  // A person has to mend these, and the message is then still worth sending.
  if ([401, 403, 404, 405, 407, 408, 410, 425].includes(status)) return retryLater(why);
  if (status < 500) return { is: "rejected", why };
  return failedAt(why, status);
}

/** By a status of 500 or more. A gateway that cannot reach the service says nothing of the message. */
export function failedAt(why: string, status: number): Extract<Sent, { is: "retry" }> {
  const isDown = [502, 503, 504].includes(status);
  return { is: "retry", why, afterMs: null, unsure: true, ...(isDown ? {} : { refused: true }) };
}

export function retryLater(why: string): Extract<Sent, { is: "retry" }> {
  return { is: "retry", why, afterMs: null, unsure: false };
}

/** Its beginning in one line; empty for a page of HTML, which says nothing here. */
export function said(text: string, secrets: Iterable<string>): string {
  const line = scrub(text, secrets).replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  if (/^<(!doctype|html)/i.test(line)) return "";
  return line.length > MOST_SAID ? `${line.slice(0, MOST_SAID - 1)}…` : line;
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after")?.trim();
  if (!text) return null;
  if (/^\d+(\.\d+)?$/.test(text)) return restMs(Number(text));
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : restMs((at - now) / 1_000);
}

/** No service is left alone for longer than a day, whatever it says; a timer could not be set for much longer either. */
export function restMs(seconds: number): number {
  return Math.min(Math.max(0, Math.ceil(seconds * 1_000)), LONGEST_REST_MS);
}

/** `unsure`: it may have arrived all the same. Deno says only in words what went wrong (2.9.6). */
export function failure(
  error: unknown,
  host: string,
): { readonly why: string; readonly unsure: boolean } {
  if (error instanceof OverdueError) {
    return { why: `${host} has not answered within ${TIMEOUT_MS / 1_000} s`, unsure: true };
  }
  if (isMalformed(error)) return { why: `${host} answers with what is no JSON`, unsure: true };
  const words = wordsOf(error);
  if (/dns error|lookup address/i.test(words)) {
    return { why: `there is no address for ${host} (DNS)`, unsure: false };
  }
  if (/certificate|\btls\b|handshake|UnknownIssuer/i.test(words)) {
    return { why: `${host} cannot prove who it is (TLS)`, unsure: false };
  }
  if (/connection refused|ECONNREFUSED/i.test(words)) {
    return { why: `nobody listens at ${host}`, unsure: false };
  }
  if (/client error \(Connect\)/.test(words)) return { why: `cannot reach ${host}`, unsure: false };
  return { why: `the connection to ${host} ended without an answer`, unsure: true };
}

function isMalformed(error: unknown): boolean {
  const inner = error instanceof Error && "error" in error ? error.error : error;
  return inner instanceof SyntaxError;
}

function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let at = error; at instanceof Error && words.length < 8; at = at.cause) {
    words.push(at.message);
    if ("error" in at && at.error instanceof Error) words.push(wordsOf(at.error)); // grammY's HttpError
  }
  return words.join(" ");
}

async function beginning(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    text += decoder.decode(part, { stream: true });
    if (bytes >= MAX_ANSWER_BYTES) break;
  }
  return text;
}
