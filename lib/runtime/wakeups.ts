/**
 * What a subscriber of the store holds: the wake-ups it has not taken yet.
 *
 * @module
 */
import type { Event, EventType } from "../model/event.ts";
import { Channel, type ChannelReceiveResult, type Inbox } from "./channel.ts";
import type { LookAgain } from "./worker.ts";

const LOOK_AGAIN: LookAgain = { type: "look.again" };

/** The store's side of it. */
export interface Subscriber extends Disposable {
  offer(event: Event): void;
}

/**
 * A bounded inbox. When it is full, one `LookAgain` takes the last place and stands for everything that comes
 * until it is read: a wake-up may be lost, the reason to look never.
 */
export class Wakeups<E extends Event> implements Inbox<E | LookAgain>, Subscriber {
  #channel: Channel<E | LookAgain>;
  #types: ReadonlySet<EventType> | "all";
  #onDispose: () => void;
  /** A `LookAgain` was put at the end; nothing was put behind it. */
  #behind = false;

  constructor(
    { types, capacity, onDispose }: {
      types: readonly EventType[] | "all";
      capacity: number;
      onDispose: () => void;
    },
  ) {
    this.#channel = new Channel({ capacity });
    this.#types = types === "all" ? types : new Set<EventType>(types);
    this.#onDispose = onDispose;
  }

  offer(event: Event): void {
    if (this.#types !== "all" && !this.#types.has(event.type)) return;
    if (this.#behind && this.#channel.size > 0) return;
    this.#behind = this.#channel.size >= this.#channel.capacity - 1;
    // The cast is sound: only events of the types it was made for come here.
    this.#channel.trySend(this.#behind ? LOOK_AGAIN : event as E);
  }

  receive(options?: { signal?: AbortSignal }): Promise<E | LookAgain> {
    return this.#channel.receive(options);
  }

  tryReceive(): ChannelReceiveResult<E | LookAgain> {
    return this.#channel.tryReceive();
  }

  [Symbol.asyncIterator](): AsyncIterator<E | LookAgain> {
    return this.#channel[Symbol.asyncIterator]();
  }

  [Symbol.dispose](): void {
    this.#onDispose();
    this.#channel.close();
  }
}
