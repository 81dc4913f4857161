/**
 * A pool that works off tasks while somebody kills its sessions, its tmux server, its daemon and the answers of its
 * accounts. `storm_audit.ts` says afterwards what has become of each task.
 *
 * @module
 */
import agent from "../../lib/cli/demo/agent.sh" with { type: "text" };
import { endDir, inboxDir } from "../../lib/queue/layout.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { isAlive } from "../../lib/model/state.ts";
import { until } from "../support/mod.ts";
import { randomFrom } from "../support/random.ts";
import { START } from "./misbehave.ts";
import { programWords } from "../support/program.ts";
import { type Daemon, makePool, type Pool } from "./pool.ts";
import refused from "./refused.sh" with { type: "text" };
import storm from "./storm.sh" with { type: "text" };
import work from "./storm_work.sh" with { type: "text" };

export interface StormOptions {
  readonly seed: number;
  readonly tasks: number;
  readonly projects: number;
  readonly sessions: number;
  /** How long there are deaths; one a `deathEveryMs` on average. */
  readonly lastsMs: number;
  readonly deathEveryMs: number;
  /** Without them nobody has to wait for a retry. */
  readonly refusals: boolean;
}

export type Death = "session" | "daemon" | "tmux server" | "wall" | "refusals";

export interface Storm extends AsyncDisposable {
  readonly pool: Pool;
  readonly options: StormOptions;
  /** What was struck so far. */
  readonly deaths: Record<Death, number>;
  /** The names of the task files, as they were dropped. */
  readonly dropped: string[];
  /** Tasks and sessions that a person had to look after in the end. */
  readonly helped: Set<string>;
  /** Drops the tasks and strikes, until both are over; then every account answers again. */
  rage(): Promise<void>;
  /** Until nothing is left to do, or nothing has moved for so long. */
  settle(quietMs: number): Promise<void>;
}

const ACCOUNTS = ["a", "b", "c"];

/** The scripted agent, which takes tasks and whose provider does not always answer. */
const WORKER = agent
  .replace(/^limit\(\)/m, "hit_limit()")
  .replace(/^request\(\)/m, "ask_model()")
  .replace(START, (line) => `${refused}${storm}${line}`);

export async function makeStorm(options: StormOptions): Promise<Storm> {
  const random = randomFrom(options.seed);
  const pool = await makePool({
    accounts: ACCOUNTS,
    sessions: [],
    claude: WORKER,
    failover: "  boots_at_once: 10\n  min_stay: 2s",
    work: (root) => workText(root, options),
  });
  const beside = pool.configPath.replace(/\/[^/]*$/, "");
  await systemFiles.writeAtomic(`${beside}/storm_work.sh`, work);
  await systemFiles.writeAtomic(`${beside}/claude-failover`, programText(pool.configPath), 0o700);
  for (const project of pool.config.projects) {
    const ends = (["done", "failed"] as const).map((end) => endDir(project, end));
    for (const dir of [inboxDir(project), ...ends]) await systemFiles.makeDir(dir);
  }
  let daemon = pool.daemon();
  const deaths = { session: 0, daemon: 0, "tmux server": 0, wall: 0, refusals: 0 };
  const dropped: string[] = [];
  const helped = new Set<string>();
  const world: World = {
    pool,
    random,
    options,
    deaths,
    dropped,
    daemon: () => daemon,
    async restart() {
      await daemon.kill();
      daemon = pool.daemon();
    },
  };
  return {
    pool,
    options,
    deaths,
    dropped,
    helped,
    async rage() {
      await pool.until(
        (s) => Object.values(s.sessions).some((s) => s.phase.name === "idle"),
        60_000,
      );
      await Promise.all([dropTasks(world), strikeOn(world)]);
      for (const id of ACCOUNTS) await pool.account(id, {});
    },
    settle: (quietMs) => settle(pool, helped, quietMs),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

interface World extends Pick<Storm, "pool" | "options" | "deaths" | "dropped"> {
  readonly random: () => number;
  daemon(): Daemon;
  restart(): Promise<void>;
}

/** Two sessions of each project, as far as they go; the rest are the pool's. */
function workText(root: string, { projects, sessions }: StormOptions): string {
  const base = `${root}/work`;
  const ids = Array.from({ length: projects }, (_, i) => `p${i}`);
  const own = ids.flatMap((id) => [id, id]).slice(0, Math.floor(sessions / 2));
  const lines = Array.from({ length: sessions }, (_, i) => {
    const where = own[i] ? `project: ${own[i]}` : `cwd: "${base}"`;
    return `  - { names: ccl-${i}, ${where}, account: ${ACCOUNTS[i % ACCOUNTS.length]} }`;
  });
  return `projects:
${ids.map((id) => `  - { id: ${id}, path: "${base}/${id}" }`).join("\n")}
tasks: { stable: 200ms, max_attempts: 5, timeout: 5m }
sessions:
${lines.join("\n")}`;
}

/** `claude-failover` as an agent finds it. */
function programText(configPath: string): string {
  const words = programWords("--config", configPath);
  return `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")} "$@"\n`;
}

// -- The work --

const ENDS = ["mv", "mv", "mv", "mv", "mv", "cli", "cli", "fail", "silent"];

/** As long as the storm lasts; some whole at once, some written bit by bit. */
async function dropTasks({ pool, random, options, dropped }: World): Promise<void> {
  const pauseMs = (options.lastsMs * 0.9) / options.tasks;
  for (let n = 1; n <= options.tasks; n++) {
    const project = pool.config.projects[Math.floor(random() * pool.config.projects.length)]!;
    const name = `t-${String(n).padStart(4, "0")}.md`;
    const path = `${inboxDir(project)}/${name}`;
    const priority = Math.floor(random() * 100);
    const end = ENDS[Math.floor(random() * ENDS.length)];
    const text = `---\npriority: ${priority}\n---\n# Task ${n}\n\nwork: ${
      Math.floor(50 + random() * 1_500)
    }\nend: ${end}\n`;
    if (random() < 0.2) {
      await Deno.writeTextFile(path, text.slice(0, text.length / 2));
      await sleep(random() * 150);
      await Deno.writeTextFile(path, text);
    } else await systemFiles.writeAtomic(path, text);
    dropped.push(`${project.id}/${name}`);
    await sleep(random() * 2 * pauseMs);
  }
}

// -- The deaths --

/** How often each happens, of a hundred. */
const ODDS: readonly (readonly [Death, number])[] = [
  ["session", 62],
  ["daemon", 15],
  ["tmux server", 5],
  ["wall", 12],
  ["refusals", 6],
];

async function strikeOn(world: World): Promise<void> {
  const { random, options, deaths } = world;
  const until = performance.now() + options.lastsMs;
  const laters: Promise<void>[] = [];
  while (performance.now() < until) {
    await sleep(-Math.log(1 - random()) * options.deathEveryMs);
    const death = drawn(random() * 100);
    if (death === "refusals" && !options.refusals) continue;
    if (await STRIKES[death](world, (later) => laters.push(later))) deaths[death]++;
  }
  await Promise.all(laters);
}

function drawn(at: number): Death {
  for (const [death, odds] of ODDS) if ((at -= odds) < 0) return death;
  return "session";
}

/** Each says whether there was somebody to strike. What ends later by itself is handed to `later`. */
const STRIKES: Record<
  Death,
  (world: World, later: (work: Promise<void>) => void) => Promise<boolean>
> = {
  session({ pool, random }) {
    const alive = Object.values(pool.state().sessions).filter((s) => isAlive(s) && s.run?.process);
    const victim = alive[Math.floor(random() * alive.length)];
    return Promise.resolve(victim !== undefined && kill(victim.run!.process!.pid));
  },
  async daemon({ restart }) {
    await restart();
    return true;
  },
  "tmux server"({ pool }) {
    const server = pool.state().tmuxServer;
    return Promise.resolve(server !== null && kill(server.pid));
  },
  async wall({ pool, random }, later) {
    const id = ACCOUNTS[Math.floor(random() * ACCOUNTS.length)]!;
    const resetsAt = Math.floor(Date.now() / 1_000) + 3 + Math.floor(random() * 6);
    await pool.account(id, { five_hour_pct: 100, five_hour_resets_at: resetsAt });
    later(sleep(resetsAt * 1_000 - Date.now()).then(() => pool.account(id, {})));
    return true;
  },
  async refusals({ pool, random }, later) {
    const id = ACCOUNTS[Math.floor(random() * ACCOUNTS.length)]!;
    await pool.account(id, { refuse: random() < 0.5 ? "throttle" : "server" });
    later(sleep(1_000 + random() * 2_000).then(() => pool.account(id, {})));
    return true;
  },
};

function kill(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// -- The end --

/** A person looks after what waits for one, once; then all is over, or nothing moves any more. */
async function settle(pool: Pool, helped: Set<string>, quietMs: number): Promise<void> {
  let seq = -1;
  let since = performance.now();
  await until(async () => {
    const state = pool.state();
    if (state.seq !== seq) [seq, since] = [state.seq, performance.now()];
    for (const { id, place } of Object.values(state.tasks)) {
      if (place.at !== "attention" || helped.has(id)) continue;
      helped.add(id);
      await pool.cli("task", "retry", id);
    }
    for (const { name, phase } of Object.values(state.sessions)) {
      if (phase.name !== "quarantined" || helped.has(name)) continue;
      helped.add(name);
      await pool.cli("session", "start", name);
    }
    const isOver = Object.values(state.tasks).every(({ place }) => place.at === "closed") &&
      state.runningSwap === null;
    return isOver && performance.now() - since > 3_000 || performance.now() - since > quietMs;
  }, { timeoutMs: 30 * 60_000, everyMs: 200 });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
