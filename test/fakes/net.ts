/**
 * Sockets in memory: a request goes straight to the handler.
 *
 * @module
 */
import {
  AddressInUseError,
  type Handler,
  type Net,
  NotListeningError,
  type Server,
  type TcpAddress,
} from "../../lib/ports/net.ts";

interface Listener {
  readonly handler: Handler;
  /** Aborts when it closes. */
  readonly closing: AbortController;
}

export class FakeNet implements Net {
  readonly #listeners = new Map<string, Listener>();

  // deno-lint-ignore require-await -- async, so that a failure is a rejection as in the real one
  async serve(socketPath: string, handler: Handler): Promise<Server> {
    return this.#listen(socketPath, handler);
  }

  /** Any free port is 1. */
  // deno-lint-ignore require-await -- as above
  async serveTcp({ hostname, port }: TcpAddress, handler: Handler) {
    const given = port === 0 ? 1 : port;
    return { port: given, ...this.#listen(`${hostname}:${given}`, handler) };
  }

  #listen(where: string, handler: Handler): Server {
    if (this.#listeners.has(where)) {
      throw new AddressInUseError(`Cannot listen on ${where}: somebody listens there already`);
    }
    const listener = { handler, closing: new AbortController() };
    this.#listeners.set(where, listener);
    return {
      close: () => {
        if (this.#listeners.get(where) === listener) this.#listeners.delete(where);
        listener.closing.abort();
        return Promise.resolve();
      },
    };
  }

  client(socketPath: string): { fetch: typeof fetch; close(): void } {
    return {
      fetch: async (input, init) => {
        const listener = this.#listeners.get(socketPath);
        if (!listener) {
          throw new NotListeningError(`Cannot reach ${socketPath}: nobody listens there`);
        }
        const request = new Request(input, init);
        const response = await listener.handler(request, null);
        request.signal.throwIfAborted();
        return endedBy(response, listener.closing.signal, request.signal);
      },
      close() {},
    };
  }
}

/** The response, whose body ends when the server closes, and breaks when the client aborts its request. */
function endedBy(response: Response, closing: AbortSignal, aborted: AbortSignal): Response {
  if (!response.body) return response;
  const body = response.body.pipeThrough(
    new TransformStream({
      start(controller) {
        closing.addEventListener("abort", () => {
          try {
            controller.terminate();
          } catch {
            // It has ended before.
          }
        }, { once: true });
      },
    }),
    { signal: aborted },
  );
  return new Response(body, response);
}
