/**
 * A journal, a clock and channels that do what a test says; lives of the notifier in it, each of which may be killed.
 *
 * @module
 */
import type { Channel as ChannelPort, Message, Sent } from "../../lib/notify/channel.ts";
import { notifier, type NotifierDeps } from "../../lib/notify/mod.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import type { ChannelSpec } from "../../lib/model/notify_config.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { Channel } from "../../lib/runtime/channel.ts";
import { Store } from "../../lib/runtime/store.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { config as poolConfig } from "../model/fixtures.ts";
import { utc } from "../support/local_time.ts";
import { testHome } from "../support/mod.ts";

export type Answer = Sent | "hang" | "throw" | "die before" | "die after";

/** Outlives the daemon, as a service does. */
export class FakeService {
  /** What arrived, in order. */
  readonly arrived: Message[] = [];
  calls = 0;
  canUpdate = false;
  leastGapMs = 0;
  /** What is said to the next attempt. */
  answer: (message: Message) => Answer = () => ({ is: "sent", ref: null });

  get titles(): string[] {
    return this.arrived.map(({ notice }) => notice.title);
  }
}

export const hook = (name: string): ChannelSpec => ({
  type: "exec",
  name,
  command: ["/bin/true"],
});
export const log = (name: string): ChannelSpec => ({ type: "stdout", name });

interface Living {
  readonly inbox: Channel<Event | { type: "look.again" }>;
  readonly stop: AbortController;
  readonly over: Promise<void>;
  killed: boolean;
}

/** Of the event loop: from a wake-up to the end of an attempt it takes a few. */
const TURNS = 6;

export class NotifyWorld {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly services = new Map<string, FakeService>();
  readonly failures: unknown[] = [];
  /** For the daemon's log. */
  readonly reported: string[] = [];
  notifier!: ReturnType<typeof notifier>;
  #living: Living | null = null;
  #ids = 0;

  private constructor(readonly path: string, readonly end: () => Promise<void>) {
    this.clock = new FakeClock();
    this.store = new Store(":memory:", { now: this.clock.now });
  }

  static async made(channels: readonly ChannelSpec[], changes: Partial<Config> = {}) {
    const home = await testHome();
    const world = new NotifyWorld(
      home.path("notices.db"),
      async () => await home[Symbol.asyncDispose](),
    );
    world.configure(channels, changes);
    world.record({ type: "daemon.started", pid: 1, version: "test", boot: "b" });
    return world;
  }

  configure(channels: readonly ChannelSpec[], changes: Partial<Config> = {}): void {
    const config = poolConfig({ ...changes, notify: { ...changes.notify, channels } });
    this.record({ type: "config.applied", config });
  }

  service(name: string): FakeService {
    const known = this.services.get(name) ?? new FakeService();
    this.services.set(name, known);
    return known;
  }

  record(...facts: Fact[]): Event[] {
    const events = this.store.record(...facts);
    for (const event of events) this.#living?.inbox.trySend(event);
    return events;
  }

  /** A happening that makes one notice of its own group. */
  happen(nth: number): Event {
    return this.record({
      type: "swap.proposed",
      from: "a",
      to: "b",
      reason: { kind: "asked" },
      proposal: `p${nth}`,
    })[0]!;
  }

  start(): void {
    const inbox = new Channel<Event | { type: "look.again" }>({ capacity: 64 });
    const stop = new AbortController();
    const living: Living = { inbox, stop, over: Promise.resolve(), killed: false };
    this.notifier = this.#made(living);
    const over = this.notifier.worker.run({
      signal: stop.signal,
      inbox: inbox as never,
      state: () => {
        if (living.killed) throw new Error("killed");
        return this.store.state;
      },
      record: (...facts) => this.record(...facts),
      together: (work) => this.store.together(work),
      recordOnce: (key, ...facts) => this.store.recordOnce(key, ...facts),
    }).catch((error) => {
      if (!living.killed) this.failures.push(error);
    });
    this.#living = Object.assign(living, { over });
  }

  /** As SIGKILL: nothing of it runs on. */
  kill(): void {
    if (this.#living) this.#living.killed = true;
    this.#living = null;
  }

  get isAlive(): boolean {
    return this.#living !== null;
  }

  /** Lets so much time pass; who is woken on the way gets to do all that it can before the clock goes on. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      for (let turn = 0; turn < TURNS; turn++) await settle();
      left -= await this.clock.step(left);
    }
    for (let turn = 0; turn < TURNS; turn++) await settle();
  }

  async stop(): Promise<void> {
    const living = this.#living;
    if (!living) return;
    living.stop.abort(new Error("stopped"));
    let over = false;
    living.over.finally(() => over = true);
    for (let n = 0; !over && !living.killed && n < 100; n++) await this.pass(100);
    if (living.killed) return;
    await living.over;
    this.#living = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.store[Symbol.dispose]();
    await this.end();
  }

  #made(living?: Living) {
    const deps: NotifierDeps = {
      clock: living ? mortal(this.clock, living) : this.clock,
      journal: living ? mortalJournal(this.store, living) : this.store,
      localTime: utc,
      random: () => 0.5,
      newId: () => `key-${++this.#ids}`,
      path: this.path,
      open: (spec) => this.#channel(spec.name, living),
      report: (text) => this.reported.push(text),
    };
    return notifier(deps);
  }

  #channel(name: string, living: Living | undefined): ChannelPort {
    const service = this.service(name);
    const kill = () => this.kill();
    return {
      name,
      canUpdate: service.canUpdate,
      leastGapMs: service.leastGapMs,
      async send(message, signal) {
        service.calls++;
        const answer = service.answer(message);
        await settle();
        if (living?.killed) return await new Promise<Sent>(() => {});
        switch (answer) {
          case "hang":
            return await new Promise<Sent>((_, reject) =>
              signal.addEventListener("abort", () => reject(signal.reason))
            );
          case "throw":
            throw new TypeError("a bug");
          case "die before":
          case "die after":
            if (answer === "die after") service.arrived.push(message);
            kill();
            return await new Promise<Sent>(() => {});
          default:
            if (answer.is === "sent" || answer.is === "retry" && answer.unsure) {
              service.arrived.push(message);
            }
            return answer;
        }
      },
      close: () => Promise.resolve(),
    };
  }
}

/** Who is dead reads nothing any more. */
function mortalJournal(store: Store, living: Living): NotifierDeps["journal"] {
  const alive = () => {
    if (living.killed) throw new Error("killed");
    return store;
  };
  return {
    get state() {
      return alive().state;
    },
    first: () => alive().first(),
    events: (query) => alive().events(query),
    stateAfter: (seq, rest) => alive().stateAfter(seq, rest),
  };
}

/** A clock on which nobody wakes any more who is dead. */
function mortal(clock: FakeClock, living: Living): Clock {
  return {
    now: clock.now,
    monotonic: clock.monotonic,
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      if (living.killed) await new Promise(() => {});
    },
  };
}
