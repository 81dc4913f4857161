/**
 * A server that listens until it is closed.
 *
 * Deno (2.9.6) ends a server for good when there is no file descriptor for one more connection, and gives a client that sends half
 * a request all the time it likes; so a thousand of those would end it. Then all its connections are cut, which frees their
 * descriptors for the rest of the program, and it listens again: at once the first time, then with growing rests.
 *
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";
import type { Requests } from "./net_requests.ts";

/** How long `close` lets running requests finish. */
const GRACE_MS = 500;
/** Between two tries to listen again; twice as long each time. The first one rests for nothing. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 2_000;
/** Who has listened for so long begins with short rests. */
const WELL_MS = 10_000;

type Listen = (signal: AbortSignal) => Promise<Deno.HttpServer<Deno.Addr>>;

export class Enduring {
  readonly #listen: Listen;
  readonly #clock: Clock;
  #cut: AbortController;
  /** Null: it does not listen, for now. */
  #server: Deno.HttpServer<Deno.Addr> | null;
  /** While it listens again. */
  #mending: Promise<void> | null = null;
  readonly #closing = new AbortController();
  /** Since it was well. */
  #tries = 0;

  private constructor(
    listen: Listen,
    clock: Clock,
    first: { readonly cut: AbortController; readonly server: Deno.HttpServer<Deno.Addr> },
  ) {
    this.#listen = listen;
    this.#clock = clock;
    this.#cut = first.cut;
    this.#server = first.server;
    this.#watch(first.server);
  }

  /** Rejects when it cannot listen the first time. */
  static async begin(listen: Listen, clock: Clock = systemClock): Promise<Enduring> {
    const cut = new AbortController();
    return new Enduring(listen, clock, { cut, server: await listen(cut.signal) });
  }

  async close(requests: Requests): Promise<void> {
    this.#closing.abort();
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
    const since = this.#clock.monotonic();
    server.finished.catch(() => {
      this.#server = null;
      if (this.#closing.signal.aborted) return;
      if (this.#clock.monotonic() - since >= WELL_MS) this.#tries = 0;
      this.#mending = this.#again().finally(() => this.#mending = null);
    });
  }

  async #again(): Promise<void> {
    const { signal } = this.#closing;
    this.#cut.abort();
    while (true) {
      await this.#clock.sleep(restMs(this.#tries++), signal).catch(() => {});
      if (signal.aborted) return;
      try {
        const cut = new AbortController();
        this.#server = await this.#listen(cut.signal);
        this.#cut = cut;
        return this.#watch(this.#server);
      } catch {
        // Somebody else is there, or there is still no room: later.
      }
    }
  }
}

function restMs(tries: number): number {
  return tries === 0 ? 0 : Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (tries - 1));
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
