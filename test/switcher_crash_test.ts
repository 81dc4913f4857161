/**
 * The daemon dies before and after each outgoing call and each journal line of a swap, once and in pairs, and
 * is started again: the end is always the same.
 */
import assert from "node:assert/strict";
import { loadCheckpoint, saveCheckpoint } from "../lib/checkpoint.ts";
import type { Config } from "../lib/model/config.ts";
import { isAlive, type State } from "../lib/model/state.ts";
import { Store } from "../lib/runtime/store.ts";
import { switcher, type SwitcherDeps } from "../lib/switcher/mod.ts";
import { watcher } from "../lib/watcher/mod.ts";
import { FakeClock } from "./fakes/clock.ts";
import { FakeFiles } from "./fakes/files.ts";
import { FakeTmux } from "./fakes/tmux.ts";
import { config as pool, sessionSpec } from "./model/fixtures.ts";
import { FakeAgent } from "./support/fake_agent.ts";

class Crash extends Error {
  override name = "Crash";
}

const CONFIG: Config = pool({ sessions: [sessionSpec("s1", { cwd: "/src/shop" })] });

/** Everything outside the daemon: it survives every crash. */
async function world(brokenAccounts: Readonly<Record<string, number>> = {}) {
  const clock = new FakeClock();
  const tmux = new FakeTmux();
  const files = new FakeFiles({ now: clock.now });
  const { projectsDir } = CONFIG.share;
  await files.makeDir(projectsDir);
  for (const account of CONFIG.accounts) await files.makeDir(account.configDir);
  const agent = new FakeAgent({ tmux, files, projectsDir, brokenAccounts });
  let ids = 0;
  const deps: SwitcherDeps = {
    clock,
    tmux,
    files,
    processes: tmux.processes,
    newId: () => `id-${++ids}`,
    preflight: () => Promise.resolve([]),
    saveCheckpoint: (config, session, id) =>
      saveCheckpoint({ clock, files, processes: tmux.processes }, { config, session, id }),
    loadCheckpoint: (config, session, id) => loadCheckpoint(files, { config, session, id }),
  };
  return {
    clock,
    tmux,
    files,
    agent,
    deps,
    journal: await Deno.makeTempFile({ dir: await memoryDir() }),
  };
}

/** Where a sync to disk costs nothing: the daemon dies in these tests, the machine does not. */
async function memoryDir(): Promise<string> {
  const inMemory = await Deno.stat("/dev/shm").then((info) => info.isDirectory, () => false);
  return inMemory ? "/dev/shm" : "/tmp";
}

type World = Awaited<ReturnType<typeof world>>;

/** Counts the points at which the daemon can die, and lets it die at the chosen ones. */
class Doom {
  count = 0;
  #dead = false;
  constructor(readonly at: ReadonlySet<number>) {}

  /** A new daemon begins to live. */
  reborn(): void {
    this.#dead = false;
  }

  tick = (): void => {
    if (this.#dead) throw new Crash("dead already"); // the dead do nothing more
    if (!this.at.has(this.count++)) return;
    this.#dead = true;
    throw new Crash(`at point ${this.count - 1}`);
  };

  /** The port, with a point before and after each call that changes the world. */
  port<T extends object>(target: T, mutators: readonly string[]): T {
    return new Proxy(target, {
      get: (object, key) => {
        const value = Reflect.get(object, key, object);
        if (typeof value !== "function") return value;
        if (!mutators.includes(String(key))) {
          return (...args: unknown[]) => {
            if (this.#dead) throw new Crash("dead already");
            return value.apply(object, args);
          };
        }
        return async (...args: unknown[]) => {
          this.tick();
          const result = await value.apply(object, args);
          this.tick();
          return result;
        };
      },
    });
  }
}

/** One daemon, until the state is as wanted or it dies. Says whether it lived. */
async function live(w: World, doom: Doom, wanted: (state: State) => boolean): Promise<boolean> {
  doom.reborn();
  using store = new Store(w.journal, { now: w.clock.now });
  if (!store.state.config) store.record({ type: "config.applied", config: CONFIG });
  store.record({ type: "daemon.started", pid: 1, version: "test", boot: "b" });
  const deps = {
    ...w.deps,
    tmux: doom.port(w.tmux, ["launch", "kill"]),
    processes: doom.port(w.tmux.processes, ["signal"]),
    files: doom.port(w.files, ["link", "remove"]),
  };
  const stop = new AbortController();
  const watching = watcher({ ...deps, forgetKeys: (prefix) => store.forgetKeys(prefix) });
  const switching = switcher(deps);
  using forWatcher = store.subscribe(watching.listens);
  using forSwitcher = store.subscribe(switching.listens);
  const life = {
    signal: stop.signal,
    state: () => store.state,
    record: (...facts: Parameters<Store["record"]>) => {
      if (facts.length > 0) doom.tick();
      const events = store.record(...facts);
      if (facts.length > 0) doom.tick();
      return events;
    },
    recordOnce: (key: string, ...facts: Parameters<Store["record"]>) => {
      doom.tick();
      const events = store.recordOnce(key, ...facts);
      doom.tick();
      return events;
    },
  };
  const workers = Promise.all([
    watching.run({ ...life, inbox: forWatcher }),
    switching.run({ ...life, inbox: forSwitcher }),
  ]).then(() => null, (error: unknown) => error);
  let error: unknown = null;
  const over = workers.then((e) => (error = e));
  for (let i = 0; i < 2_000 && error === null && !wanted(store.state); i++) {
    await w.clock.advance(20);
  }
  const reached = wanted(store.state);
  stop.abort(new Crash("the test is done with it"));
  await over;
  await w.clock.advance(1_000); // what the dead left sleeping ends
  if (!(error instanceof Crash)) throw error;
  if (error.message.startsWith("at point") || error.message === "dead already") return false;
  assert.ok(reached, `not as wanted in time: ${JSON.stringify(store.state.sessions.s1?.phase)}`);
  return true;
}

/** A working session hits the wall of account a, and is moved; the daemon dies at the given points of it. */
async function failover(
  points: ReadonlySet<number>,
  { brokenAccounts = {} }: { brokenAccounts?: Readonly<Record<string, number>> } = {},
) {
  const w = await world(brokenAccounts);
  try {
    const calm = new Doom(new Set());
    await live(w, calm, (s) => s.sessions.s1?.phase.name === "idle");
    await w.agent.prompt("s1", "build the shop");
    await live(w, calm, (s) => s.sessions.s1?.phase.name === "working");
    await w.agent.limit("s1");
    await live(w, calm, (s) => s.sessions.s1?.phase.name === "limited");
    {
      using store = new Store(w.journal, { now: w.clock.now });
      const resetsAt = w.clock.now() + 3_600_000;
      store.record(
        {
          type: "quota.wall",
          transcript: null,
          account: "a",
          session: "s1",
          window: "five_hour",
          resetsAt,
          evidence: [],
        },
        {
          type: "swap.requested",
          swap: "w1",
          from: "a",
          to: "b",
          by: "policy",
          reason: { kind: "wall", session: "s1", window: "five_hour" },
          sessions: ["s1"],
        },
      );
    }
    const doom = new Doom(points);
    let deaths = 0;
    while (
      !await live(w, doom, (s) => s.runningSwap === null && s.sessions.s1?.phase.name === "working")
    ) {
      assert.ok(++deaths < 10, "it never comes to an end");
    }
    using store = new Store(w.journal, { now: w.clock.now });
    return { ...w, state: store.state, points: doom.count, deaths };
  } finally {
    await Deno.remove(w.journal);
    for (const suffix of ["-wal", "-shm"]) await Deno.remove(w.journal + suffix).catch(() => {});
  }
}

type Outcome = Awaited<ReturnType<typeof failover>>;

/** A session stands at the wall of the only account with room; it is parked, and woken by the reset. */
async function parking(points: ReadonlySet<number>) {
  const w = await world();
  try {
    const calm = new Doom(new Set());
    await live(w, calm, (s) => s.sessions.s1?.phase.name === "idle");
    await w.agent.prompt("s1", "build the shop");
    await live(w, calm, (s) => s.sessions.s1?.phase.name === "working");
    await w.agent.limit("s1");
    await live(w, calm, (s) => s.sessions.s1?.phase.name === "limited");
    {
      using store = new Store(w.journal, { now: w.clock.now });
      store.record(...["b", "c", "a"].map((account) => ({
        type: "quota.wall" as const,
        transcript: null,
        account,
        session: "s1",
        window: "five_hour" as const,
        resetsAt: w.clock.now() + (account === "b" ? 12_000 : 3_600_000),
        evidence: [],
      })));
    }
    const doom = new Doom(points);
    let deaths = 0;
    while (!await live(w, doom, (s) => s.sessions.s1?.run?.markAcceptedAt !== null)) {
      assert.ok(++deaths < 10, "it never comes to an end");
    }
    using store = new Store(w.journal, { now: w.clock.now });
    const parked = store.events({ limit: 10_000 }).filter((e) => e.type === "move.parked");
    return { ...w, state: store.state, points: doom.count, deaths, parked };
  } finally {
    await Deno.remove(w.journal);
    for (const suffix of ["-wal", "-shm"]) await Deno.remove(w.journal + suffix).catch(() => {});
  }
}

function assertWoken(
  { state, agent, tmux, parked }: Awaited<ReturnType<typeof parking>>,
  where: string,
) {
  assert.equal(parked.length, 1, where);
  assert.equal(state.runningSwap, null, where);
  assert.deepEqual(agent.starts.map((s) => [s.account, s.how]), [["a", "--session-id"], [
    "b",
    "--resume",
  ]], where);
  assert.equal(agent.starts[1]!.conversation, agent.starts[0]!.conversation, where);
  assert.ok(agent.starts[1]!.prompt?.includes(state.sessions.s1!.run!.plan.mark!), where);
  assert.equal(tmux.pane("s1").dead, false, where);
}

Deno.test("a parked session is woken once, whatever point the daemon dies at", async () => {
  const whole = await parking(new Set());
  assertWoken(whole, "without a crash");
  assert.ok(whole.points > 30, `${whole.points} points`);
  for (let n = 0; n < whole.points; n++) {
    const outcome = await parking(new Set([n]));
    assert.equal(outcome.deaths, 1, `point ${n} was reached`);
    assertWoken(outcome, `after a crash at point ${n}`);
  }
});

function assertMoved({ state, agent, tmux }: Outcome, to: string, where: string) {
  const swap = state.swaps.w1!;
  assert.equal(swap.outcome.is, "finished", where);
  assert.equal(swap.moves.s1!.outcome.is, "moved", where);
  assert.equal(state.sessions.s1!.account, to, where);
  const mine = agent.starts.filter((s) => s.account === to);
  assert.equal(mine.length, 1, `started exactly once under ${to}, ${where}`);
  assert.equal(mine[0]!.how, "--resume", where);
  assert.equal(mine[0]!.conversation, agent.starts[0]!.conversation, where);
  assert.equal(state.sessions.s1!.run!.markAcceptedAt !== null, true, where);
  assert.ok(isAlive(state.sessions.s1!), where);
  assert.equal(tmux.pane("s1").dead, false, where);
  assert.equal(tmux.processes.signals.filter((s) => s.signal === "SIGKILL").length, 0, where);
}

Deno.test("a swap comes to the same end whatever single point the daemon dies at", async () => {
  const whole = await failover(new Set());
  assertMoved(whole, "b", "without a crash");
  assert.ok(whole.points > 40, `${whole.points} points`);
  for (let n = 0; n < whole.points; n++) {
    const outcome = await failover(new Set([n]));
    assert.equal(outcome.deaths, 1, `point ${n} was reached`);
    assertMoved(outcome, "b", `after a crash at point ${n}`);
  }
});

Deno.test("a swap comes to the same end whatever pair of points the daemon dies at", async () => {
  const { points } = await failover(new Set());
  for (let a = 0; a < points; a += 5) {
    for (let b = a + 1; b < points + 6; b += 7) {
      assertMoved(await failover(new Set([a, b])), "b", `after crashes at points ${a} and ${b}`);
    }
  }
});

Deno.test("a target that fails at boot is left for the next one, whatever point the daemon dies at", async () => {
  const brokenAccounts = { b: 1 };
  const whole = await failover(new Set(), { brokenAccounts });
  assertMoved(whole, "c", "without a crash");
  for (let n = 0; n < whole.points; n += 3) {
    assertMoved(
      await failover(new Set([n]), { brokenAccounts }),
      "c",
      `after a crash at point ${n}`,
    );
  }
});
