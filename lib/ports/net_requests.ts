/**
 * The requests a server is busy with, so that it can stop without cutting an answer and without waiting
 * for a stream that never ends.
 *
 * @module
 */
import type { Handler } from "./net.ts";

export class Requests {
  readonly #handler: Handler;
  readonly #open = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(handler: Handler) {
    this.#handler = handler;
  }

  /** `delivered` settles when the whole answer has been handed to the connection, or the client left. */
  async answer(
    request: Request,
    peer: string | null,
    delivered: Promise<void>,
  ): Promise<Response> {
    if (this.#closing.signal.aborted) return new Response("closing", { status: 503 });
    const settled = delivered.catch(() => {}).finally(() => this.#open.delete(settled));
    this.#open.add(settled);
    return endable(await this.#handler(request, peer), this.#closing.signal);
  }

  /** Refuses new requests, ends the event streams and waits for the others; false when some are left. */
  async finish(graceMs: number): Promise<boolean> {
    this.#closing.abort();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([Promise.all(this.#open), late]);
    clearTimeout(timer);
    return this.#open.size === 0;
  }
}

/** The response, whose event stream ends as if its source had, when the signal aborts. */
function endable(response: Response, signal: AbortSignal): Response {
  const type = response.headers.get("content-type") ?? "";
  if (!response.body || !type.startsWith("text/event-stream")) return response;
  const { promise: sourceEnded, resolve } = Promise.withResolvers<void>();
  const body = response.body.pipeThrough(
    new TransformStream({
      start(controller) {
        const end = () => controller.terminate();
        signal.addEventListener("abort", end, { once: true });
        sourceEnded.then(() => signal.removeEventListener("abort", end));
      },
      flush: () => resolve(),
      cancel: () => resolve(),
    }),
  );
  return new Response(body, response);
}
