/**
 * A swap of a whole pool, in the variants that can befall it, and what must be true at its end wherever the daemon died.
 *
 * @module
 */
import assert from "node:assert/strict";
import { checkpointPath } from "../../lib/checkpoint/mod.ts";
import { linkProblems } from "../../lib/claude/links.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import { isAlive, type State } from "../../lib/model/state.ts";
import type { Step } from "../../lib/switcher/steps.ts";
import { config as poolConfig, sessionSpec } from "../model/fixtures.ts";
import { Doom } from "./doom.ts";
import type { FakeAgentOptions } from "./fake_agent.ts";
import { MortalPool } from "./mortal_pool.ts";

/** s1 stands at the limit, s2 works, s3 waits for an answer, s4 is idle. */
const NAMES = ["s1", "s2", "s3", "s4"];

export interface Variant extends Pick<FakeAgentOptions, "breaks" | "onUp"> {
  readonly name: string;
  /** What is known of the accounts before, at this time. */
  readonly facts?: (now: number) => Fact[];
  /** The account of each session in the end. */
  readonly ends: Readonly<Record<string, string>>;
  /** Work that goes on at the target may be cut there once more. */
  readonly cutsAgain?: true;
  /** How often each session is parked; 0 for those that are not named. */
  readonly parked?: Readonly<Record<string, number>>;
}

const under = (account: string) => Object.fromEntries(NAMES.map((name) => [name, account]));

const full = (account: string, resetsAt: number): Fact => ({
  type: "quota.read",
  account,
  source: "status line",
  windows: { five_hour: { usedPct: 100, resetsAt } },
});

export const VARIANTS: readonly Variant[] = [
  { name: "a pool swap", ends: under("b") },
  {
    name: "a pool swap whose target fails at boot for one session",
    breaks: ({ session, account }) => session === "s2" && account === "b" ? 1 : null,
    ends: { ...under("b"), s2: "c" },
  },
  {
    name: "a pool swap whose target hits its wall in the middle",
    onUp: async ({ session, account }, agent) => {
      if (session === "s1" && account === "b") await agent.limit(session);
    },
    ends: under("c"),
    cutsAgain: true,
  },
  {
    name: "a pool without room, parked and woken",
    facts: (now) => [full("b", now + 2_000), full("c", now + 3_600_000)],
    ends: under("b"),
    parked: { s1: 1 },
  },
];

const CONFIG = poolConfig({
  sessions: NAMES.map((name) => sessionSpec(name)),
  failover: { quiesceGraceMs: 150, stopGraceMs: 500, bootTimeoutMs: 1_000, bootsAtOnce: 2 },
});

export interface Outcome {
  readonly points: readonly string[];
  readonly deaths: number;
}

/** The variant with the daemon dying at these points of it; throws when the end is not as it must be. */
export async function poolSwap(
  variant: Variant,
  at: Iterable<number> = [],
  steps?: readonly Step[],
): Promise<Outcome> {
  const { breaks, onUp, facts, ends } = variant;
  await using pool = await MortalPool.make({
    config: CONFIG,
    ...(breaks ? { breaks } : {}),
    ...(onUp ? { onUp } : {}),
    ...(steps ? { steps } : {}),
  });
  await begin(pool);
  if (facts) pool.record(...facts(pool.clock.now()));
  await pool.agent.limit("s1");
  const doom = new Doom(new Set(at));
  const deaths = await pool.run((state) => isOver(state, ends), { doom, afterwardsMs: 1_100 });
  await assertEnd(pool, variant, doom.calls);
  return { points: doom.points, deaths };
}

async function begin(pool: MortalPool): Promise<void> {
  const phases = (...wanted: string[]) => (state: State) =>
    NAMES.every((name, i) => state.sessions[name]?.phase.name === wanted[i]);
  await pool.run(phases("idle", "idle", "idle", "idle"));
  for (const name of ["s1", "s2", "s3", "s4"]) await pool.agent.prompt(name, "build the shop");
  await pool.agent.hook("s3", "PermissionRequest", { tool_name: "Bash" });
  await pool.agent.hook("s4", "Stop", {});
  await pool.run(phases("working", "working", "waiting", "idle"));
}

function isOver({ runningSwap, sessions }: State, ends: Variant["ends"]): boolean {
  if (runningSwap !== null) return false;
  return Object.values(sessions).every(({ name, account, phase, run }) =>
    account === ends[name] && ["idle", "working"].includes(phase.name) &&
    (run?.plan.mark === null || run?.markAcceptedAt !== null)
  );
}

async function assertEnd(
  pool: MortalPool,
  { ends, cutsAgain, parked = {} }: Variant,
  calls: readonly string[],
): Promise<void> {
  const { state, events } = pool.read();
  const { ledger, starts } = pool.agent;
  assert.ok(isOver(state, ends), "it has stayed so");
  assert.deepEqual(ledger.wrongs, []);
  for (const name of NAMES) {
    const session = state.sessions[name]!;
    assert.ok(isAlive(session), `${name} lives`);
    assert.equal(pool.tmux.pane(name).dead, false, `${name} has a live pane`);
    assert.deepEqual(session.run!.process, pool.tmux.process(name), `${name}'s process is known`);
    const mine = starts.filter((start) => start.session === name);
    assert.deepEqual(new Set(mine.map((s) => s.conversation)), new Set([session.conversation]));
    assert.deepEqual(mine.map((s) => s.how), mine.map((_, i) => i ? "--resume" : "--session-id"));
    assert.equal(ledger.isOwed(name), false, `${name} was asked to go on with what was cut`);
    const cuts = cutsAgain ? Math.min(1, ledger.cuts(name)) : ledger.cuts(name);
    assert.equal(cuts, name === "s4" ? 0 : 1, `how often the work of ${name} was cut`);
    assert.equal(of(events, "move.parked", name).length, parked[name] ?? 0, `${name} is parked`);
    const { account } = session;
    const spec = pool.config.accounts.find((a) => a.id === account)!;
    assert.deepEqual(
      await linkProblems(pool.files, pool.config, spec),
      [],
      `${account} is at home`,
    );
  }
  assert.equal(pool.tmux.processes.count, NAMES.length + SERVER_AND_ANCHOR, "nothing is left over");
  assert.deepEqual(pool.tmux.processes.signals.filter((s) => s.signal === "SIGKILL"), []);
  assertNothingTwice(pool, { calls, events });
}

const SERVER_AND_ANCHOR = 2;

interface Seen {
  readonly calls: readonly string[];
  readonly events: readonly Event[];
}

/** Of all that a crash may have cut short, nothing is done once more than it takes. */
function assertNothingTwice(pool: MortalPool, { calls, events }: Seen): void {
  const runs = events.flatMap((e) => e.type === "run.launched" ? [e.run] : []);
  assert.deepEqual(runs, [...new Set(runs)], "each run is launched once");
  assert.equal(pool.tmux.calls.filter((c) => c.kind === "launch").length, runs.length);
  const swaps = events.flatMap((e) =>
    e.type === "swap.requested" || e.type === "park.requested" ? [e.swap] : []
  );
  for (const swap of swaps) {
    for (const name of NAMES) {
      const begun = of(events, "move.step.started", name, swap).length > 0;
      const quiesced = of(events, "move.quiesced", name, swap).length;
      const isPutOff = of(events, "move.failed", name, swap).some((e) => "moot" in e);
      const isOnce = quiesced === Number(begun) || isPutOff && quiesced === 0;
      assert.ok(isOnce, `${name} is quiesced once, unless its move was put off`);
      assert.ok(of(events, "move.finished", name, swap).length <= 1, `${name} is moved once`);
    }
    const saved = NAMES.map((name) => {
      const save = `files.writeAtomic ${checkpointPath(pool.config, name, swap)}`;
      return calls.filter((call) => call === save).length;
    });
    const moves = NAMES.map((name) => of(events, "move.step.started", name, swap).length > 0);
    assert.deepEqual(saved.map((n) => n > 0), moves, "each that is moved is written down");
    assert.equal(saved[3], Number(moves[3]), "s4, which has nothing to wait for, once");
  }
}

/** The events of this type about this session, all or those of one swap. */
function of(events: readonly Event[], type: Event["type"], session: string, swap?: string) {
  return events.filter((e) =>
    e.type === type && "session" in e && e.session === session &&
    (swap === undefined || "swap" in e && e.swap === swap)
  );
}
