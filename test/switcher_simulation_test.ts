/**
 * Two hours of a pool under random walls and mishaps, for many seeds: nobody is left behind, nothing goes to and fro,
 * and every minute in which work stands still has a reason.
 *
 * The suite runs some seeds; `deno task evidence simulation` runs more. `SEEDS=17` or `SEEDS=1-1000` names them.
 */
import assert from "node:assert/strict";
import { renderEvent } from "../lib/cli/render/event.ts";
import { systemLocalTime } from "../lib/words/time.ts";
import { styleFor } from "../lib/cli/style.ts";
import type { Event, EventType } from "../lib/model/event.ts";
import { isAlive } from "../lib/model/state.ts";
import { whyIdle } from "./support/idling.ts";
import { Simulation } from "./support/simulation.ts";

const MINUTE = 60_000;
const HOURS = 2;
/** So long a session may stand at a wall with a daemon there. */
const AT_WALL_MS = 3 * MINUTE;
/** What has just begun needs no reason yet. */
const NEWS_MS = MINUTE;
const LINES_SHOWN = 200;

const [FIRST, LAST = FIRST] = (Deno.env.get("SEEDS") ?? "1-200").split("-").map(Number);

interface Count {
  [what: string]: number;
}

/** Follows one simulation minute by minute. */
class Watch {
  readonly minutes: Count = {};
  /** Since when each session has had no reason to idle, on the monotonic clock. */
  readonly #unexplained = new Map<string, number>();
  readonly #atWall = new Map<string, { run: string; sinceMs: number }>();

  constructor(readonly sim: Simulation) {}

  look(): void {
    const { upSince, names, pool } = this.sim;
    for (const name of names) {
      if (upSince === null) {
        this.#unexplained.delete(name);
        this.#atWall.delete(name);
        if (this.sim.isIdling(name)) this.#count("no daemon");
        continue;
      }
      this.#hasReason(name);
      this.#leavesTheWall(name);
    }
    assert.deepEqual(pool.agent.ledger.wrongs, []);
  }

  #hasReason(name: string): void {
    const { pool: { clock, state } } = this.sim;
    const reason = this.sim.isIdling(name) ? whyIdle(state(), name, clock.now()) : null;
    if (reason) this.#count(reason.kind);
    if (!this.sim.isIdling(name) || reason) return void this.#unexplained.delete(name);
    const since = this.#unexplained.get(name) ?? clock.monotonic();
    this.#unexplained.set(name, since);
    this.#count("news");
    const { phase } = state().sessions[name]!;
    const doing = this.sim.pool.agent.ledger.doing(name);
    const what = `${name} is ${phase.name} (in truth: ${doing}), and nothing says why`;
    assert.ok(clock.monotonic() - since <= NEWS_MS, what);
  }

  /** Whoever runs into a limit is moved or parked. */
  #leavesTheWall(name: string): void {
    const { pool: { clock, state } } = this.sim;
    const { phase, run } = state().sessions[name]!;
    const before = this.#atWall.get(name);
    if (phase.name !== "limited" || !run) return void this.#atWall.delete(name);
    if (before?.run === run.plan.id) {
      const ms = clock.monotonic() - before.sinceMs;
      assert.ok(ms <= AT_WALL_MS, `${name} stands at a wall for ${ms} ms`);
    } else this.#atWall.set(name, { run: run.plan.id, sinceMs: clock.monotonic() });
  }

  #count(what: string): void {
    this.minutes[what] = (this.minutes[what] ?? 0) + 1;
  }
}

function of<K extends EventType>(events: readonly Event[], type: K): Event<K>[] {
  return events.filter((e): e is Event<K> => e.type === type);
}

/** Work that has come from an account goes back there within the minimum stay only for a wall. */
function assertNoPingPong(events: readonly Event[], minStayMs: number): void {
  const swaps = of(events, "swap.requested");
  for (const [i, swap] of swaps.entries()) {
    const there = swaps.slice(0, i).findLast((s) => s.from === swap.to && s.to === swap.from);
    const ms = there ? swap.at - there.at : Infinity;
    if (ms >= minStayMs) continue;
    assert.equal(swap.reason.kind, "wall", `${swap.from} → ${swap.to} and back after ${ms} ms`);
  }
}

/** Each works, or has nothing to do, or waits for a reset. */
function assertNoneLeftBehind({ names, pool: { clock, state, agent } }: Simulation): void {
  for (const name of names) {
    const session = state().sessions[name]!;
    // What has just become due is still to be done.
    const reason = whyIdle(state(), name, clock.now() - NEWS_MS);
    if (isAlive(session) && !agent.ledger.isOwed(name)) continue;
    assert.equal(reason?.kind, "parked", `${name} is ${session.phase.name}`);
  }
}

async function simulate(seed: number): Promise<{ events: Event[]; minutes: Count }> {
  await using sim = await Simulation.make(seed);
  const watch = new Watch(sim);
  const { pool } = sim;
  try {
    const end = HOURS * 60 * MINUTE;
    while (pool.clock.monotonic() < end) {
      if (pool.clock.monotonic() > end - 10 * MINUTE) sim.calm();
      await sim.step();
      watch.look();
    }
    const { events } = pool.read();
    assertNoPingPong(events, pool.config.failover.minStayMs);
    assertNoneLeftBehind(sim);
    assert.deepEqual(of(events, "worker.failed"), []);
    return { events, minutes: watch.minutes };
  } catch (cause) {
    const at = { style: styleFor({ color: false }), localTime: systemLocalTime };
    const lines = pool.read().events.slice(-LINES_SHOWN).map((event) => renderEvent(event, at));
    throw new Error(`With seed ${seed}:\n${lines.join("\n")}`, { cause });
  }
}

Deno.test("a pool lives through hours of walls, deaths and restarts, and every idle minute has its reason", async () => {
  const counted: Count = {};
  const add = (what: string, n: number) => counted[what] = (counted[what] ?? 0) + n;
  for (let seed = FIRST!; seed <= LAST!; seed++) {
    const { events, minutes } = await simulate(seed);
    for (
      const type of ["swap.requested", "move.finished", "move.parked", "move.redirected"] as const
    ) {
      add(type, of(events, type).length);
    }
    add("run.ended", of(events, "run.ended").length);
    for (const [kind, n] of Object.entries(minutes)) add(`${kind} min`, n);
  }
  console.log(`${LAST! - FIRST! + 1} seeds: ${JSON.stringify(counted)}`);
  assert.ok((counted["swap.requested"] ?? 0) > 0);
});
