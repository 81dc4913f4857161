/**
 * The channels that are open, each with the loop that delivers to it.
 *
 * @module
 */
import type { Notice } from "../model/notice.ts";
import type { ChannelSpec } from "../model/notify_config.ts";
import { Channel as Queue } from "../runtime/channel.ts";
import type { Channel } from "./channel.ts";
import { deliver, type Delivery, healthOf } from "./deliver.ts";
import type { Box } from "./post.ts";
import { isLog } from "./route.ts";

export interface FleetDeps extends Omit<Delivery, "inbox" | "ending" | "signal"> {
  open(spec: ChannelSpec): Channel;
}

interface Ship {
  /** Its spec as JSON: what has changed is opened anew. */
  readonly made: string;
  readonly spec: ChannelSpec;
  /** Events up to it are none of its business. */
  readonly sinceSeq: number;
  readonly channel: Channel;
  readonly bell: Queue<void>;
  readonly ending: AbortController;
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

export class Fleet implements AsyncDisposable {
  readonly #ships = new Map<string, Ship>();
  /** Those that are let go, by name; a new one of that name waits for it. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #failure = new AbortController();

  constructor(readonly deps: FleetDeps) {}

  /** Opens what is new in the config and lets go of what is no longer there. */
  follow(specs: readonly ChannelSpec[], headSeq: number): void {
    const { outbox, clock } = this.deps;
    for (const [name, ship] of this.#ships) {
      const spec = specs.find((s) => s.name === name);
      if (spec && JSON.stringify(spec) === ship.made) continue;
      this.#ships.delete(name);
      this.#leave(ship);
    }
    for (const { name } of outbox.health()) {
      if (specs.some((s) => s.name === name)) continue;
      outbox.bury(name, "its channel is no longer in the config", clock.now());
      outbox.forgetChannel(name);
    }
    for (const spec of specs) {
      if (!this.#ships.has(spec.name)) this.#launch(spec, headSeq);
    }
  }

  /** The channels that were in the config when that happened. */
  boxes({ seqs }: Notice): (Box & { readonly spec: ChannelSpec })[] {
    return [...this.#ships.values()].flatMap(({ spec, sinceSeq, channel: { name, canUpdate } }) =>
      seqs.last > sinceSeq ? [{ channel: name, canUpdate, grouped: !isLog(spec), spec }] : []
    );
  }

  wake(): void {
    for (const { bell } of this.#ships.values()) bell.trySend();
  }

  /** Aborted when a loop has failed. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** @throws what a loop has failed with: the worker lives anew then */
  mustLive(): void {
    this.#failure.signal.throwIfAborted();
  }

  /** Lets each send what is due, but not longer than that. */
  async end(ms: number): Promise<void> {
    const ships = [...this.#ships.values()];
    for (const { ending } of ships) ending.abort();
    const over = new AbortController();
    const all = Promise.all(ships.map((s) => s.over)).then(() => over.abort());
    await this.deps.clock.sleep(ms, over.signal).catch(() => {});
    for (const { stop } of ships) stop.abort();
    await all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ship of this.#ships.values()) this.#leave(ship);
    this.#ships.clear();
    await Promise.all(this.#leaving.values());
  }

  #launch(spec: ChannelSpec, headSeq: number): void {
    const { outbox, open } = this.deps;
    const { name } = spec;
    // One from ahead of the journal is of another journal, which was moved away.
    const known = outbox.health().find((h) => h.name === name && h.sinceSeq <= headSeq);
    if (!known) outbox.setHealth({ ...healthOf(outbox, name), sinceSeq: headSeq });
    const sinceSeq = known?.sinceSeq ?? headSeq;
    const channel = open(spec);
    const bell = new Queue<void>({ capacity: 1 });
    const [ending, stop] = [new AbortController(), new AbortController()];
    const before = this.#leaving.get(name) ?? Promise.resolve();
    const over = before.then(() => {
      outbox.recover(name);
      return deliver(channel, {
        ...this.deps,
        inbox: bell,
        ending: ending.signal,
        signal: stop.signal,
      });
    }).catch((error) => this.#failure.abort(error));
    const made = JSON.stringify(spec);
    this.#ships.set(name, { made, spec, sinceSeq, channel, bell, ending, stop, over });
  }

  #leave({ channel, stop, over }: Ship): void {
    stop.abort();
    this.#leaving.set(channel.name, over.then(() => channel.close()).catch(() => {}));
  }
}
