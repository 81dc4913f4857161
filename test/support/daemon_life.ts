/**
 * A small world over the fakes, and lives of workers in it: the world and the journal outlive each of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { loadCheckpoint, saveCheckpoint } from "../../lib/checkpoint/mod.ts";
import { sharedGit } from "../../lib/git/look.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Event, EventType } from "../../lib/model/event.ts";
import type { Session, State } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import { sender } from "../../lib/sender.ts";
import { supervise } from "../../lib/runtime/supervisor.ts";
import type { Worker } from "../../lib/runtime/worker.ts";
import { switcher, type SwitcherDeps } from "../../lib/switcher/mod.ts";
import { watcher } from "../../lib/watcher/mod.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeFiles } from "../fakes/files.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { config as poolConfig } from "../model/fixtures.ts";
import { FakeAgent } from "./fake_agent.ts";
import { finds } from "./preflights.ts";

export async function world(changes: Parameters<typeof poolConfig>[0] = {}): Promise<World> {
  const made = new World(poolConfig(changes));
  await made.files.makeDir(made.config.share.projectsDir);
  for (const account of made.config.accounts) await made.files.makeDir(account.configDir);
  made.store.record(
    { type: "config.applied", config: made.config },
    { type: "daemon.started", pid: 1, version: "test", boot: "b" },
  );
  return made;
}

export class World implements Disposable {
  readonly clock = new FakeClock();
  readonly tmux = new FakeTmux();
  readonly files = new FakeFiles({ now: this.clock.now });
  readonly store = new Store(":memory:", { now: this.clock.now });
  readonly agent: FakeAgent;
  #ids = 0;

  constructor(readonly config: Config) {
    const { tmux, files, clock: { now } } = this;
    this.agent = new FakeAgent({ tmux, files, now, projectsDir: config.share.projectsDir });
  }

  get deps() {
    const { clock, tmux, files } = this;
    return {
      git: sharedGit({ clock, files, processes: tmux.processes }),
      clock,
      tmux,
      files,
      processes: tmux.processes,
      newId: () => `id-${++this.#ids}`,
      ...{ env: {}, zone: "UTC", random: () => 0.5 },
      saveCheckpoint: (config: Config, session: Session, id: string) =>
        saveCheckpoint(this.deps, { config, state: this.state, session, id }),
      loadCheckpoint: (config: Config, session: string, id: string) =>
        loadCheckpoint(files, { config, session, id }),
    };
  }

  get state(): State {
    return this.store.state;
  }

  session(name: string): Session {
    return this.state.sessions[name]!;
  }

  phase(name: string): Session["phase"]["name"] {
    return this.session(name).phase.name;
  }

  events<K extends EventType>(type: K): Event<K>[] {
    return this.store.events({ limit: 100_000 }).filter((e): e is Event<K> => e.type === type);
  }

  watcher(): Worker {
    return watcher(this.deps);
  }

  sender(): Worker {
    return sender(this.deps);
  }

  switcher(preflight: SwitcherDeps["preflight"] = () => finds()): Worker {
    return switcher({ ...this.deps, preflight });
  }

  /** The workers live from now on, until it is disposed. */
  live(...workers: Worker[]): AsyncDisposable {
    const stop = new AbortController();
    const problems: string[] = [];
    const over = supervise(workers, {
      store: this.store,
      clock: this.clock,
      signal: stop.signal,
      report: ({ text }) => problems.push(text),
    });
    return {
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await over;
        assert.deepEqual(problems, []);
      },
    };
  }

  /** Lets time pass until it is so; fails after a minute. */
  async until(wanted: () => boolean, what = () => JSON.stringify(this.state.sessions, null, 1)) {
    for (let ms = 0; !wanted(); ms += 20) {
      assert.ok(ms < 60_000, `not so within a minute: ${what()}`);
      await this.clock.advance(20);
    }
  }

  /** What the registry of the session's account says of its process. */
  registry(name: string, entry: { status: string; updatedAt: number; conversation?: string }) {
    const { run, account, conversation } = this.session(name);
    const { configDir } = this.config.accounts.find((a) => a.id === account)!;
    const { pid } = run!.process!;
    const text = JSON.stringify({ pid, sessionId: entry.conversation ?? conversation, ...entry });
    this.files.put(`${configDir}/sessions/${pid}.json`, text);
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
  }
}
