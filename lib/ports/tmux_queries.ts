/**
 * Questions to tmux, by the quickest way there is: a lasting client while it is there, else a command.
 *
 * @module
 */
import type { TmuxSocket } from "../model/config.ts";
import type { Clock } from "./clock.ts";
import type { Env } from "./tmux_command.ts";
import { ConnectionLost, ControlClient } from "./tmux_control.ts";

export interface QueryOptions {
  readonly socket: TmuxSocket;
  readonly env: Env;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** False: always a command. */
  readonly persistent: boolean;
}

/** A client that could not attach (no server, or one without our anchor) is not tried again before this. */
const RETRY_MS = 5_000;

export class TmuxQueries implements AsyncDisposable {
  readonly #spawned: (args: readonly string[]) => Promise<string>;
  readonly #options: QueryOptions;
  #client: ControlClient | null = null;
  #closing: Promise<void> = Promise.resolve();
  #nextTryMs = -Infinity;
  #disposed = false;

  constructor(spawned: (args: readonly string[]) => Promise<string>, options: QueryOptions) {
    this.#spawned = spawned;
    this.#options = options;
  }

  async ask(args: readonly string[]): Promise<string> {
    try {
      const client = this.#connect();
      if (client) return await client.ask(args, this.#options.timeoutMs);
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.#drop();
    }
    return await this.#spawned(args);
  }

  /** There is a server now: no need to wait before the next attempt. */
  tryAgain(): void {
    this.#nextTryMs = -Infinity;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#drop();
    await this.#closing;
  }

  #connect(): ControlClient | null {
    const { persistent, clock, socket, env } = this.#options;
    if (!persistent || this.#disposed) return null;
    if (this.#client?.lost) this.#drop();
    if (this.#client || clock.monotonic() < this.#nextTryMs) return this.#client;
    this.#nextTryMs = clock.monotonic() + RETRY_MS;
    try {
      return this.#client = new ControlClient(socket, env);
    } catch (error) {
      // No tmux at all: the command says so in better words.
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    if (client) {
      this.#closing = Promise.all([this.#closing, client[Symbol.asyncDispose]()]).then(() => {});
    }
  }
}
