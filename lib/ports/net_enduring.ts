/**
 * A server that listens until it is closed.
 *
 * Deno (2.9.6) ends a server for good when there is no file descriptor for one more connection, and gives a client that sends half
 * a request all the time it likes; so a thousand of those would end it. Then all its connections are cut, which frees their
 * descriptors for the rest of the program, and it listens again.
 *
 * @module
 */
import type { Requests } from "./net_requests.ts";

/** How long `close` lets running requests finish. */
const GRACE_MS = 500;
/** Between two tries to listen again. */
const AGAIN_MS = 100;

type Listen = (signal: AbortSignal) => Promise<Deno.HttpServer<Deno.Addr>>;

export class Enduring {
  readonly #listen: Listen;
  #cut = new AbortController();
  /** Null: it does not listen, for now. */
  #server: Deno.HttpServer<Deno.Addr> | null;
  /** While it listens again. */
  #mending: Promise<void> | null = null;
  #closing = false;

  private constructor(listen: Listen, cut: AbortController, server: Deno.HttpServer<Deno.Addr>) {
    this.#listen = listen;
    this.#cut = cut;
    this.#server = server;
    this.#watch(server);
  }

  /** Rejects when it cannot listen the first time. */
  static async begin(listen: Listen): Promise<Enduring> {
    const cut = new AbortController();
    return new Enduring(listen, cut, await listen(cut.signal));
  }

  async close(requests: Requests): Promise<void> {
    this.#closing = true;
    await this.#mending;
    // `shutdown` lets the last bytes out, but waits for ever for a handler that does not answer; an
    // abort cuts everything. One cannot follow the other (Deno 2.9.6: BadResource).
    const isDone = await requests.finish(GRACE_MS);
    const server = this.#server;
    if (server && isDone) return await downWithin(server, GRACE_MS);
    this.#cut.abort();
    await server?.finished;
  }

  #watch(server: Deno.HttpServer<Deno.Addr>): void {
    server.finished.catch(() => {
      this.#server = null;
      if (!this.#closing) this.#mending = this.#again().finally(() => this.#mending = null);
    });
  }

  async #again(): Promise<void> {
    this.#cut.abort();
    while (!this.#closing) {
      try {
        const cut = new AbortController();
        this.#server = await this.#listen(cut.signal);
        this.#cut = cut;
        return this.#watch(this.#server);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

/**
 * `shutdown` also waits, for ever, for a client that was answered before it has sent the whole body of its request. Such a
 * connection is left to the end of the process; nobody answers on it any more.
 */
async function downWithin(server: Deno.HttpServer<Deno.Addr>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const down = server.shutdown().then(() => server.finished);
  await Promise.race([down, late]);
  clearTimeout(timer);
  server.unref();
  down.catch(() => {}); // of who came too late
}
