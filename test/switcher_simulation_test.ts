/** Hours of a pool under random walls, on a clock that the test moves: nobody is left behind, nothing goes to and fro. */
import assert from "node:assert/strict";
import type { Event } from "../lib/model/event.ts";
import { stayOf, wakeOf } from "../lib/model/park.ts";
import { pressure } from "../lib/model/policy.ts";
import { isAlive } from "../lib/model/state.ts";
import { sessionSpec } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const MINUTE = 60_000;
const NAMES = ["s1", "s2", "s3", "s4"];
const STEP_MS = 5_000;

/** Mulberry32: the same seed tells the same story. */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What is true of the accounts, whatever the daemon knows of it: until when each is used up. */
class Provider {
  readonly #usedUpUntil = new Map<string, number>();
  constructor(readonly w: World, readonly random: () => number) {}

  resetOf(account: string): number | null {
    const until = this.#usedUpUntil.get(account) ?? 0;
    return until > this.w.clock.now() ? until : null;
  }

  /** Sometimes an account is used up, or near it; its status line says the latter. */
  step(): void {
    const { w, random } = this;
    for (const { id } of w.config.accounts) {
      if (this.resetOf(id) !== null) continue;
      const at = random();
      const resetsAt = w.clock.now() + Math.round((5 + random() * 45) * MINUTE);
      if (at < 0.004) this.#usedUpUntil.set(id, resetsAt);
      else if (at < 0.006) {
        const windows = { five_hour: { usedPct: 93, resetsAt } };
        w.store.record({ type: "quota.read", account: id, source: "status line", windows });
      }
    }
  }
}

/** A person gives idle sessions work; those that work get an answer, or the limit. */
async function live(w: World, provider: Provider): Promise<void> {
  for (const name of NAMES) {
    const { phase, account } = w.session(name);
    const resetsAt = provider.resetOf(account);
    if (phase.name === "idle" && provider.random() < 0.3) await w.agent.prompt(name, "build");
    else if (phase.name === "working" && resetsAt !== null) {
      await w.agent.limit(name);
      await w.clock.advance(50);
      const of = { account, session: name, window: "five_hour", transcript: null } as const;
      w.store.record({ type: "quota.wall", ...of, resetsAt, evidence: [] });
    } else if (phase.name === "working" && provider.random() < 0.3) {
      await w.agent.hook(name, "Stop", {});
    }
  }
}

async function simulate(seed: number, hours: number): Promise<World> {
  const failover = { quiesceGraceMs: 20_000 };
  const w = await world({ sessions: NAMES.map((name) => sessionSpec(name)), failover });
  const provider = new Provider(w, randomFrom(seed));
  await using _ = w.live(w.watcher(), w.switcher());
  const end = w.clock.now() + hours * 60 * MINUTE;
  while (w.clock.now() < end) {
    provider.step();
    await live(w, provider);
    await w.clock.advance(STEP_MS);
    noneIsForgotten(w);
  }
  return w;
}

/** Whoever is parked waits for nothing but a reset, and whoever lives at a limit has not stood there for long. */
function noneIsForgotten(w: World): void {
  const now = w.clock.now();
  const hasRoom = w.config.accounts.some((spec) => {
    const { is } = pressure(w.state.accounts[spec.id]!, spec, now - MINUTE);
    return is !== "full" && is !== "near";
  });
  for (const { name, phase, history } of Object.values(w.state.sessions)) {
    const sinceMs = now - (history.at(-1)?.at ?? now);
    if (phase.name === "parked") {
      assert.ok(!hasRoom || sinceMs <= MINUTE, `${name} is parked though there is room`);
    }
    if (phase.name === "limited") assert.ok(sinceMs <= 2 * MINUTE, `${name} stands at a wall`);
    assert.notEqual(phase.name, "dead", `${name} is dead`);
  }
}

/** Work that comes to an account leaves it within its minimum stay only for a wall. */
function assertNoPingPong(w: World): void {
  const swaps = w.events("swap.requested");
  for (const [i, swap] of swaps.entries()) {
    const before = swaps.slice(0, i).findLast((s) =>
      [s.from, s.to].sort().join() === [swap.from, swap.to].sort().join()
    );
    if (!before || swap.at - before.at >= w.config.failover.minStayMs) continue;
    assert.equal(
      swap.reason.kind,
      "wall",
      `${swap.from} → ${swap.to} again after ${swap.at - before.at} ms`,
    );
  }
}

function assertStoppedOnlyOnce(w: World): void {
  const alive = new Set<string>();
  for (const event of w.store.events({ limit: 1_000_000 }) as Event[]) {
    if (event.type === "run.launched") alive.add(event.session);
    if (event.type !== "run.stopping") continue;
    assert.ok(alive.delete(event.session), `${event.session} is stopped twice without a launch`);
  }
}

/** A prompt to go on follows each cut, once: every mark that was planned was taken, and none by two runs. */
function assertEachCutContinuedOnce(w: World): void {
  const taken = w.events("prompt.accepted").flatMap(({ mark }) => mark ?? []);
  assert.equal(new Set(taken).size, taken.length, "a mark was taken twice");
  const planned = [...w.events("move.planned"), ...w.events("run.planned")].filter(({ plan }) =>
    plan.mark
  );
  assert.equal(taken.length, planned.length, "a prompt to go on was lost");
}

Deno.test("two hours of random walls leave no session behind and move none to and fro", async () => {
  const counted = { swaps: 0, parked: 0, redirected: 0 };
  for (const seed of [1, 2]) {
    using w = await simulate(seed, 2);
    assertNoPingPong(w);
    assertStoppedOnlyOnce(w);
    assertEachCutContinuedOnce(w);
    for (const { name, phase } of Object.values(w.state.sessions)) {
      const stay = stayOf(w.state, name);
      const now = w.clock.now();
      const isWaiting = stay && wakeOf(w.state, stay, now)!.at > now - MINUTE;
      assert.ok(isAlive(w.session(name)) || isWaiting, `${name} is ${phase.name}`);
    }
    assert.deepEqual(w.events("worker.failed"), []);
    counted.swaps += w.events("swap.requested").length;
    counted.parked += w.events("move.parked").length;
    counted.redirected += w.events("move.redirected").length;
  }
  assert.ok(counted.swaps > 5 && counted.parked > 10, JSON.stringify(counted));
});
