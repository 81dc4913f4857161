/**
 * A pool over the fakes whose daemon dies at chosen points and is started again; the world and the journal outlive it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { checkpoint, loadCheckpoint, saveCheckpoint } from "../../lib/checkpoint/mod.ts";
import { sharedGit } from "../../lib/git/look.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import type { Session, State } from "../../lib/model/state.ts";
import { quota } from "../../lib/quota/mod.ts";
import { Store } from "../../lib/runtime/store.ts";
import type { Life, Worker } from "../../lib/runtime/worker.ts";
import { switcher } from "../../lib/switcher/mod.ts";
import { type Step, STEPS } from "../../lib/switcher/steps.ts";
import { watcher } from "../../lib/watcher/mod.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeFiles } from "../fakes/files.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { Crash, Doom } from "./doom.ts";
import { FakeAgent, type FakeAgentOptions } from "./fake_agent.ts";
import { finds } from "./preflights.ts";

export interface PoolOptions extends Pick<FakeAgentOptions, "breaks" | "onUp"> {
  readonly config: Config;
  readonly steps?: readonly Step[];
  /** The journal outlives the daemon's end, but not its death. */
  readonly inMemory?: true;
}

export interface Daemon {
  isDead(): boolean;
  /** Ends it where it stands. Throws what it failed of, if it did. */
  end(): Promise<void>;
}

/** So long a program takes from SIGTERM to its end, in ms. */
const DYING_MS = 15;
/** A life that has not come to where it should within so many wake-ups hangs. */
const MAX_STEPS = 4_000;

export class MortalPool implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly tmux: FakeTmux;
  readonly files = new FakeFiles({ now: this.clock.now });
  readonly agent: FakeAgent;
  readonly config: Config;
  readonly #steps: readonly Step[];
  readonly #journal: string;
  #store: Store | null = null;
  #ids = 0;

  static async make(options: PoolOptions): Promise<MortalPool> {
    const journal = options.inMemory
      ? ":memory:"
      : await Deno.makeTempFile({ dir: await memoryDir(), prefix: "cf-" });
    const made = new MortalPool(journal, options);
    await made.files.makeDir(options.config.share.projectsDir);
    for (const account of options.config.accounts) await made.files.makeDir(account.configDir);
    return made;
  }

  private constructor(journal: string, { config, steps = STEPS, ...agent }: PoolOptions) {
    this.#journal = journal;
    this.#steps = steps;
    this.config = config;
    const { clock, files } = this;
    const tmux = new FakeTmux({
      programs: () => ({
        onSignal: (_, process) => {
          clock.sleep(DYING_MS).then(() => tmux.processes.exit(process, null));
        },
      }),
    });
    this.tmux = tmux;
    const { projectsDir } = config.share;
    this.agent = new FakeAgent({ tmux, files, projectsDir, now: this.clock.now, ...agent });
  }

  /** Writes down what somebody else has seen while no daemon lives. */
  record(...facts: Fact[]): void {
    this.#open().record(...facts);
  }

  /** The state and the whole journal. */
  read(): { state: State; events: Event[] } {
    const store = this.#open();
    return { state: store.state, events: store.events({ limit: -1 }) };
  }

  /** Lets daemons live, one after the other, until it is as wanted and a while longer; says how many have died. */
  async run(
    wanted: (state: State) => boolean,
    { doom = new Doom(new Set()), afterwardsMs = 0 }: { doom?: Doom; afterwardsMs?: number } = {},
  ): Promise<number> {
    for (let deaths = 0;; deaths++) {
      assert.ok(deaths <= doom.at.size, "it dies more often than it should");
      if (await this.#live(doom, wanted, afterwardsMs)) return deaths;
      this.#close(); // the next one reads the journal
    }
  }

  /** One daemon, until it is as wanted. False: it died before. */
  async #live(
    doom: Doom,
    wanted: (state: State) => boolean,
    afterwardsMs: number,
  ): Promise<boolean> {
    const daemon = this.daemon(doom);
    const { state } = this;
    try {
      const isOver = () => wanted(state()) || daemon.isDead();
      for (let i = 0; !isOver(); i++) {
        assert.ok(i < MAX_STEPS, `not as wanted in time: ${inWords(state())}`);
        await this.clock.step(100);
      }
      if (!daemon.isDead()) await this.clock.advance(afterwardsMs);
    } finally {
      await daemon.end();
    }
    return !daemon.isDead();
  }

  readonly state = (): State => this.#open().state;

  /** A new daemon begins to live, until its end or until it dies by itself. */
  daemon(doom: Doom | null = null): Daemon {
    doom?.reborn();
    const store = this.#open();
    const stop = new AbortController();
    let failure: unknown = null;
    const fail = (error: unknown) => {
      if (!stop.signal.aborted) failure ??= error;
      stop.abort(error);
    };
    const workers = this.#workers(store, doom).map((worker) =>
      lead(worker, store, doom, stop.signal).catch(fail)
    );
    return {
      isDead: () => failure !== null,
      end: async () => {
        stop.abort(new Crash("the test is done with it"));
        await Promise.all(workers);
        if (failure !== null && !(failure instanceof Crash)) throw failure;
      },
    };
  }

  #open(): Store {
    this.#store ??= new Store(this.#journal, { now: this.clock.now });
    return this.#store;
  }

  #close(): void {
    this.#store?.[Symbol.dispose]();
    this.#store = null;
  }

  #workers(store: Store, doom: Doom | null): Worker[] {
    const { clock, tmux, files, config } = this;
    const real = { tmux, files, processes: tmux.processes };
    const ports = { clock, ...(doom?.ports(real) ?? real) };
    const saves = { ...ports, git: sharedGit(ports) };
    const deps = {
      ...ports,
      newId: () => `id-${++this.#ids}`,
      ...{ env: {}, zone: "UTC", random: () => 0.5 },
      preflight: () => finds(),
      saveCheckpoint: (config: Config, session: Session, id: string) =>
        saveCheckpoint(saves, { config, state: store.state, session, id }),
      loadCheckpoint: (config: Config, session: string, id: string) =>
        loadCheckpoint(ports.files, { config, session, id }),
    };
    if (!store.state.config) store.record({ type: "config.applied", config });
    store.record({ type: "daemon.started", pid: 1, version: "test", boot: "b" });
    return [
      watcher(deps),
      quota(deps),
      checkpoint(saves),
      switcher(deps, this.#steps),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    if (this.#journal === ":memory:") return;
    for (const suffix of ["", "-wal", "-shm"]) {
      await Deno.remove(this.#journal + suffix).catch(() => {});
    }
  }
}

async function lead(
  worker: Worker,
  store: Store,
  doom: Doom | null,
  signal: AbortSignal,
): Promise<void> {
  using inbox = store.subscribe(worker.listens);
  const journal: Pick<Life, "record" | "recordOnce"> = {
    record: (...facts) => store.record(...facts),
    recordOnce: (key, ...facts) => store.recordOnce(key, ...facts),
  };
  const state = () => store.state;
  const together: Life["together"] = (work) => store.together(work);
  await worker.run({ signal, inbox, state, together, ...(doom?.journal(journal) ?? journal) });
}

function inWords(state: State): string {
  const sessions = Object.values(state.sessions).map((s) => `${s.name} ${s.phase.name}`);
  const swap = state.runningSwap === null ? null : state.swaps[state.runningSwap];
  const moves = Object.values(swap?.moves ?? {}).map((m) =>
    `${m.session} ${m.outcome.is} at ${m.inDoubt}`
  );
  return `${sessions.join(", ")}; swap: ${moves.join(", ") || "none"}`;
}

/** Where a sync to disk costs nothing: the daemon dies in these tests, the machine does not. */
async function memoryDir(): Promise<string> {
  const inMemory = await Deno.stat("/dev/shm").then((info) => info.isDirectory, () => false);
  return inMemory ? "/dev/shm" : "/tmp";
}
