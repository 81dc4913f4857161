/**
 * A bounded, closable FIFO queue between asynchronous tasks.
 *
 * Names and contract are those of `@std/async/channel` as far as they go, so that it can take this file's
 * place; it is published on JSR only.
 *
 * @module
 */

/** Thrown by an operation on a closed channel. From `send` it carries the value that was not sent. */
export class ChannelClosedError extends Error {
  override readonly name = "ChannelClosedError";
  declare readonly value?: unknown;

  constructor(message: string, ...rest: [value: unknown] | []) {
    super(message);
    if (rest.length > 0) Object.defineProperty(this, "value", { value: rest[0], enumerable: true });
  }
}

/** What `tryReceive` found. `undefined` is a legal value, hence the union. */
export type ChannelReceiveResult<T> =
  | { state: "ok"; value: T }
  | { state: "empty" }
  | { state: "closed" };

/** The receiving end of a channel: all that a worker is given. */
export interface Inbox<out T> extends AsyncIterable<T> {
  /** The next value. Rejects when aborted or, once the channel is closed and drained, with its reason. */
  receive(options?: { signal?: AbortSignal }): Promise<T>;
  /** The next value if there is one now. */
  tryReceive(): ChannelReceiveResult<T>;
}

/** Somebody who waits: a receiver for a value, or a sender (with its value) for room. */
interface Waiter<V> {
  readonly resolve: (value: V) => void;
  readonly reject: (reason: unknown) => void;
}

interface Sender<T> extends Waiter<void> {
  readonly value: T;
}

/**
 * - **FIFO**: values arrive in the order they were sent; those who wait are served in the order they came.
 * - **Backpressure**: `send` waits while the buffer is full; with capacity 0, until a receiver takes the value.
 * - **Nothing is lost**: each value goes to exactly one receiver, and an aborted `receive` takes none. A value
 *   that is there at once is handed over even if the signal is aborted already.
 * - **Close**: what is buffered can still be received; then `receive` rejects with the reason of the close.
 *   A waiting `send` rejects with a `ChannelClosedError` that holds its value.
 */
export class Channel<T> implements Inbox<T>, Disposable {
  /** How many values it holds without a receiver; 0 is a rendezvous. */
  readonly capacity: number;
  /** A ring: `#size` values from `#head` on. */
  #ring: (T | undefined)[] = [];
  #head = 0;
  #size = 0;
  // Sets keep the order of insertion, and an aborted waiter leaves from the middle at once.
  #receivers = new Set<Waiter<T>>();
  #senders = new Set<Sender<T>>();
  #closed: { readonly reason: unknown; readonly given: boolean } | null = null;

  /** @throws {RangeError} if the capacity is not a non-negative integer */
  constructor({ capacity = 0 }: { capacity?: number } = {}) {
    if (!Number.isInteger(capacity) || capacity < 0) {
      throw new RangeError(
        `Cannot create channel: capacity must be a non-negative integer, received ${capacity}`,
      );
    }
    this.capacity = capacity;
  }

  get closed(): boolean {
    return this.#closed !== null;
  }

  /** How many values are buffered now. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when the value is buffered or taken. */
  send(value: T, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#closed) return Promise.reject(unsent(value));
    if (this.trySend(value)) return Promise.resolve();
    return wait<void, Sender<T>>(this.#senders, signal, (waiter) => ({ ...waiter, value }));
  }

  /** Whether the value was buffered or taken; false when the channel is full or closed. */
  trySend(value: T): boolean {
    if (this.#closed) return false;
    const receiver = first(this.#receivers);
    if (receiver) receiver.resolve(value);
    else if (this.#size < this.capacity) this.#push(value);
    else return false;
    return true;
  }

  receive({ signal }: { signal?: AbortSignal } = {}): Promise<T> {
    const now = this.tryReceive();
    if (now.state === "ok") return Promise.resolve(now.value);
    if (this.#closed) return Promise.reject(this.#closed.reason);
    return wait(this.#receivers, signal, (waiter) => waiter);
  }

  tryReceive(): ChannelReceiveResult<T> {
    const sender = first(this.#senders);
    if (this.#size > 0) {
      const value = this.#shift();
      if (sender) this.#push(sender.value);
      sender?.resolve();
      return { state: "ok", value };
    }
    if (sender) {
      sender.resolve();
      return { state: "ok", value: sender.value };
    }
    return { state: this.#closed ? "closed" : "empty" };
  }

  /** Ends it, once. Receivers get `reason`, or a `ChannelClosedError` when none is given. */
  close(...args: [reason: unknown] | []): void {
    if (this.#closed) return;
    const reason = args.length > 0
      ? args[0]
      : new ChannelClosedError("Cannot receive from a closed channel");
    this.#closed = { reason, given: args.length > 0 };
    for (const sender of this.#senders) sender.reject(unsent(sender.value));
    for (const receiver of this.#receivers) receiver.reject(reason);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Yields until the channel is closed and drained; a close with a reason throws that. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    try {
      while (true) yield await this.receive();
    } catch (error) {
      const end = this.#closed;
      if (end && !end.given && error === end.reason) return;
      throw error;
    }
  }

  #push(value: T): void {
    this.#ring[(this.#head + this.#size) % this.capacity] = value;
    this.#size++;
  }

  #shift(): T {
    const value = this.#ring[this.#head] as T;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.capacity;
    this.#size--;
    return value;
  }
}

/** Joins the queue, and leaves it by whatever comes first: service, close or abort. */
function wait<V, W extends Waiter<V>>(
  queue: Set<W>,
  signal: AbortSignal | undefined,
  as: (waiter: Waiter<V>) => W,
): Promise<V> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<V>();
  const leave = () => {
    queue.delete(waiter);
    signal?.removeEventListener("abort", onAbort);
  };
  const onAbort = () => waiter.reject(signal!.reason);
  const waiter = as({
    resolve(value) {
      leave();
      resolve(value);
    },
    reject(reason) {
      leave();
      reject(reason);
    },
  });
  queue.add(waiter);
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}

function first<W>(queue: Set<W>): W | undefined {
  return queue.size === 0 ? undefined : queue.values().next().value;
}

function unsent(value: unknown): ChannelClosedError {
  return new ChannelClosedError("Cannot send to a closed channel", value);
}
