/**
 * How long a task file waits until a session has its prompt, and what a sweep over the inboxes of many projects costs
 * beside a plain look at the same folders.
 *
 * @module
 */
import { dispatcher } from "../../lib/dispatcher/mod.ts";
import type { ProjectSpec } from "../../lib/model/config.ts";
import type { Event } from "../../lib/model/event.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Files } from "../../lib/ports/files.ts";
import { systemClock, systemFiles } from "../../lib/ports/real.ts";
import { endDir, inboxDir, statusPath } from "../../lib/queue/layout.ts";
import { Store } from "../../lib/runtime/store.ts";
import { supervise } from "../../lib/runtime/supervisor.ts";
import { FakeTmux } from "../../test/fakes/tmux.ts";
import { config, sessionSpec } from "../../test/model/fixtures.ts";
import { type World, world } from "../../test/support/daemon_life.ts";
import { Keyboard } from "../../test/support/keyboard.ts";
import { duration, medianMs, ratio, type Row, table } from "./row.ts";

const SESSIONS = [1, 20, 200];
const SAMPLES = 20;
/** Shorter than the 2 s of a config, and taken off the figures. */
const STABLE_MS = 250;
const PATIENCE_MS = 120_000;

const PROJECTS = 100;
const OLD_FILES = 1_000;
const WAITING = 5;
const ROUNDS = 3;

const OWNER = { id: "us", host: "a-host", stateDir: "/state", pid: 1 };

export async function bench(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sessions of SESSIONS) rows.push(...await waits(sessions));
  return [...rows, ...await sweeps()];
}

// -- From the inbox to the accepted prompt --

async function waits(sessions: number): Promise<Row[]> {
  const shop = { id: "shop", path: "/home/ada/shop", accounts: ["a"] };
  const names = Array.from({ length: sessions }, (_, i) => `s${i}`);
  const { tasks } = config();
  using w = await world({
    projects: [shop],
    sessions: names.map((name) => sessionSpec(name, { project: shop.id, cwd: shop.path })),
    tasks: { ...tasks, stableMs: STABLE_MS },
  });
  await w.files.makeDir(inboxDir(shop));
  new Keyboard(w);
  const time = new RealTime(w);
  const owner = () => Promise.resolve(OWNER);
  await using _ = w.live(w.watcher(), dispatcher({ ...w.deps, owner }));
  await time.until(() => names.every((name) => w.phase(name) === "idle"));
  const single: number[] = [];
  for (let i = 0; i < SAMPLES; i++) single.push(...await handOut(w, time, shop, [`one-${i}.md`]));
  const burst = await handOut(w, time, shop, names.map((name) => `all-${name}.md`));
  const note = (samples: number[]) => `p95 ${duration(percentile(samples, 95))}`;
  return [
    {
      name: `inbox to accepted prompt, ${sessions} up, one task`,
      value: duration(percentile(single, 50)),
      note: `${note(single)}; beyond tasks.stable; fake agents and disk, real time`,
    },
    {
      name: `inbox to accepted prompt, ${sessions} up, ${sessions} at once`,
      value: duration(percentile(burst, 50)),
      note: note(burst),
    },
  ];
}

/** Milliseconds from each file to its accepted prompt, without the time it had to be stable; then all are done. */
async function handOut(w: World, time: RealTime, shop: ProjectSpec, files: readonly string[]) {
  await time.catchUp();
  for (const file of files) await w.files.writeAtomic(`${inboxDir(shop)}/${file}`, "Do it.\n");
  const startedMs = performance.now();
  const took = new Map<string, number>();
  time.onRecord = () => {
    const takenMs = performance.now();
    for (const { file, place } of Object.values(w.state.tasks)) {
      if (place.at === "running" && !took.has(file)) took.set(file, takenMs - startedMs);
    }
  };
  await time.until(() => took.size === files.length);
  time.onRecord = () => {};
  for (const { file, place } of Object.values(w.state.tasks)) {
    if (place.at !== "running") continue;
    await w.files.rename(`${inboxDir(shop)}/${file}`, `${endDir(shop, "done")}/${file}`);
    await w.agent.hook(place.session, "Stop", {});
  }
  await time.until(() =>
    Object.values(w.state.tasks).every((t) => t.place.at === "closed") &&
    Object.keys(w.state.sessions).every((name) => w.phase(name) === "idle")
  );
  return [...took.values()].map((ms) => ms - STABLE_MS);
}

/** Moves the clock of a world as fast as time really passes, so that what the daemon's own work takes counts. */
class RealTime {
  #lastMs = performance.now();
  /** After each prompt that came to a session, at the very moment. */
  onRecord: () => void = () => {};

  constructor(readonly world: World) {
    const { store } = world;
    const [record, once] = [store.record.bind(store), store.recordOnce.bind(store)];
    store.record = (...facts) => this.#told(record(...facts));
    store.recordOnce = (key, ...facts) => this.#told(once(key, ...facts));
  }

  #told<E extends readonly Event[] | null>(events: E): E {
    if (events?.some(({ type }) => type.endsWith(".accepted"))) this.onRecord();
    return events;
  }

  /** Until the world's clock shows what it is, but for a turn in which nothing happens. */
  async catchUp(): Promise<void> {
    do await this.#step(); while (performance.now() - this.#lastMs > 2);
  }

  async until(wanted: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!wanted()) {
      if (performance.now() > deadlineMs) throw new Error("Cannot wait any longer for the tasks");
      await systemClock.sleep(1);
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    const ms = Math.floor(performance.now() - this.#lastMs);
    this.#lastMs += ms;
    await this.world.clock.advance(ms);
  }
}

function percentile(samples: readonly number[], pct: number): number {
  return samples.toSorted((a, b) => a - b)[Math.ceil(samples.length * pct / 100) - 1]!;
}

// -- A sweep --

async function sweeps(): Promise<Row[]> {
  const root = await Deno.makeTempDir({ prefix: "cf-bench-" });
  try {
    const projects = Array.from({ length: PROJECTS }, (_, i) => makeProject(root, `p${i}`));
    return await sweepRows(projects);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function makeProject(root: string, id: string): ProjectSpec {
  const project = { id, path: `${root}/${id}`, accounts: ["a"] };
  const [inbox, done] = [inboxDir(project), endDir(project, "done")];
  for (const dir of [inbox, done]) Deno.mkdirSync(dir, { recursive: true });
  for (let i = 0; i < OLD_FILES / 2; i++) {
    Deno.writeTextFileSync(`${done}/${i}.md`, "Do it.\n");
    Deno.writeTextFileSync(`${done}/${i}.result.md`, "---\nend: done\n---\n");
  }
  for (let i = 0; i < WAITING; i++) {
    Deno.writeTextFileSync(`${inbox}/${i}.md`, "---\npriority: 7\n---\nDo it.\n");
  }
  return project;
}

async function sweepRows(projects: readonly ProjectSpec[]): Promise<Row[]> {
  const { tasks } = config();
  using store = new Store(":memory:", { now: Date.now });
  store.record({
    type: "config.applied",
    config: config({ projects, sessions: [], tasks: { ...tasks, stableMs: 0 } }),
  });
  const sweep = new Sweep(projects.at(-1)!);
  const stop = new AbortController();
  const tmux = new FakeTmux();
  const worker = dispatcher({
    clock: sweep.clock,
    files: sweep.files,
    tmux,
    newId: () => crypto.randomUUID(),
    owner: () => Promise.resolve(OWNER),
  });
  const firstMs = performance.now();
  const first = sweep.ended();
  const over = supervise([worker], {
    store,
    clock: systemClock,
    signal: stop.signal,
    report: ({ text }) => console.error(text),
  });
  try {
    await first;
    const foundMs = performance.now() - firstMs;
    const found = Object.keys(store.state.tasks).length;
    if (found !== PROJECTS * WAITING) throw new Error(`Cannot measure: ${found} tasks were found`);
    for (let i = 0; i < 2; i++) await sweep.once();
    const [calls, bodies, old] = [sweep.calls, sweep.bodies, sweep.old];
    await sweep.once();
    const perSweep = sweep.calls - calls;
    const ms = await medianMs({
      inboxes: () => look(projects.map(inboxDir)),
      tree: () => look(projects.flatMap((p) => [inboxDir(p), endDir(p, "done")])),
      sweep: () => sweep.once(),
    }, { rounds: ROUNDS });
    const of = `${PROJECTS} projects, ${WAITING} waiting and ${OLD_FILES} old files each`;
    return [
      { name: "readDir and lstat of the inboxes", value: duration(ms.inboxes), note: of },
      {
        name: "readDir and lstat of the inboxes and done/",
        value: duration(ms.tree),
        note: `${ratio(ms.tree, ms.inboxes)} the time`,
      },
      {
        name: "a sweep in which nothing is new",
        value: duration(ms.sweep),
        note:
          `${ratio(ms.sweep, ms.tree)} the time of the tree, ${
            ratio(ms.sweep, ms.inboxes)
          } of the inboxes; ` +
          `${perSweep} calls, ${sweep.bodies - bodies} task files read, ${
            sweep.old - old
          } calls into done/`,
      },
      {
        name: `the first sweep, which finds ${found} tasks`,
        value: duration(foundMs),
        note: `${ratio(foundMs, ms.sweep)} the time; journal in memory`,
      },
    ];
  } finally {
    stop.abort();
    await over;
  }
}

async function look(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    for await (const { name } of Deno.readDir(dir)) await Deno.lstat(`${dir}/${name}`);
  }
}

/** Sweeps on demand: the clock of a dispatcher rings when the bench says so, and its files tell when it is through. */
class Sweep {
  /** Questions to the file system, those for the text of a task, and those about what is in `done/`, so far. */
  calls = 0;
  bodies = 0;
  old = 0;
  readonly files: Files;
  readonly clock: Clock;
  #ring: (() => void)[] = [];
  #ended: (() => void)[] = [];

  /** A sweep looks at the status of its last project last. */
  constructor(last: ProjectSpec) {
    const lastPath = statusPath(last);
    this.files = counting(systemFiles, (call, path) => {
      this.calls++;
      if (call === "readHead") this.bodies++;
      if (/\/done(\/|$)/.test(path)) this.old++;
    }, (call, path) => {
      const isLast = path === lastPath && (call === "readFrom" || call === "writeAtomic");
      if (isLast) this.#ended.splice(0).forEach((end) => end());
    });
    this.clock = {
      now: () => 1_795_348_800_000, // no heartbeat is due
      monotonic: systemClock.monotonic,
      sleep: (ms, signal) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (ms <= 5_000) this.#ring.push(resolve);
        return promise;
      },
    };
  }

  ended(): Promise<void> {
    return new Promise((resolve) => this.#ended.push(resolve));
  }

  async once(): Promise<void> {
    await systemClock.sleep(0); // the one before is asleep again
    const ended = this.ended();
    for (const ring of this.#ring.splice(0)) ring();
    await ended;
  }
}

/** The same files, with a word before and after each call of which the dispatcher makes use in a sweep. */
function counting(
  files: Files,
  before: (call: keyof Files, path: string) => void,
  after: (call: keyof Files, path: string) => void,
): Files {
  const told =
    <A extends unknown[], R>(call: keyof Files, act: (path: string, ...rest: A) => Promise<R>) =>
    async (path: string, ...rest: A): Promise<R> => {
      before(call, path);
      const result = await act(path, ...rest);
      after(call, path);
      return result;
    };
  return {
    ...files,
    read: told("read", files.read),
    readFrom: told("readFrom", files.readFrom),
    writeAtomic: told("writeAtomic", files.writeAtomic),
    readHead: told("readHead", files.readHead),
    stat: told("stat", files.stat),
    list: told("list", files.list),
    names: told("names", files.names),
  };
}

if (import.meta.main) console.log(table(await bench()));
