/**
 * The daemon of a pool at work is killed (SIGKILL, its whole process group) at random moments, while one account after
 * the other hits a wall: no session is lost, none is there twice, and each conversation has every prompt once.
 *
 * `KILL_TIMES=50` kills more often than is quick enough for the suite, `KILL_SEED` at other moments. When the seed
 * is the same the moments are, but not what the pool is at then: that is up to the machine.
 */
import assert from "node:assert/strict";
import type { Session, State } from "../../lib/model/state.ts";
import { TmuxError } from "../../lib/ports/tmux.ts";
import { until } from "../support/mod.ts";
import { randomFrom } from "../support/random.ts";
import { assertOneBranch, transcript } from "./conversation.ts";
import { makePool, type Pool } from "./pool.ts";

const TIMES = Number(Deno.env.get("KILL_TIMES") ?? "5");
const SEED = Number(Deno.env.get("KILL_SEED") ?? "20261122");
const NAMES = ["ccl-0", "ccl-1", "ccl-2", "ccl-3"];
/** A daemon lives at most so long, from its start or from when it is up. */
const LONGEST_LIFE_MS = 2_500;
const WALL_S = 3;

Deno.test("a pool at work survives kill -9 of its daemon at any time", async () => {
  await using pool = await makePool({
    accounts: ["a", "b", "c"],
    sessions: NAMES,
    failover: "  boots_at_once: 4",
  });
  const random = randomFrom(SEED);
  let daemon = pool.daemon();
  const first = await pool.until((s) => NAMES.every((n) => s.sessions[n]?.phase.name === "idle"));
  const conversations = NAMES.map((name) => first.sessions[name]!.conversation!);

  let over = false;
  const isOver = () => over;
  const walls = putUpWalls(pool, isOver);
  const works = Promise.all(NAMES.map((name) => giveWork(pool, name, isOver)));
  works.catch(() => over = true);
  for (let kills = 0; kills < TIMES && !over; kills++) {
    const isYoung = random() < 0.3; // some die while they start
    const { pid } = daemon;
    if (!isYoung) await pool.until((s) => s.daemon.phase === "up" && s.daemon.pid === pid);
    await sleep(random() * LONGEST_LIFE_MS);
    await daemon.kill();
    daemon = pool.daemon();
  }
  over = true;
  const given = await works;
  await walls;
  const end = await pool.until((s) => s.daemon.phase === "up" && isQuiet(s, daemon.pid), 90_000);

  assert.deepEqual(NAMES.map((name) => end.sessions[name]!.conversation), conversations);
  const alive = await pool.agents();
  assert.deepEqual([...alive.keys()].sort(), conversations.toSorted());
  for (const pids of alive.values()) assert.equal(pids.length, 1, "one process each");
  const panes = (await pool.tmux.panes()).filter((p) => !p.dead && NAMES.includes(p.session));
  assert.deepEqual(panes.map((p) => p.session).sort(), NAMES);

  const marks = pool.events().flatMap((e) =>
    (e.type === "run.planned" || e.type === "move.planned") && e.plan.mark ? [e.plan.mark] : []
  );
  for (const [i, conversation] of conversations.entries()) {
    const { text, lines } = await transcript(pool, conversation);
    assertOneBranch(lines);
    for (const words of given[i]!) assert.equal(promptsOf(text, words), 1, words);
    for (const mark of marks) assert.ok(promptsOf(text, mark) <= 1, mark);
  }
  const swaps = pool.events().filter((e) => e.type === "swap.finished").length;
  const prompts = given.flat().length;
  assert.ok(prompts > TIMES && swaps > 0, `${prompts} prompts, ${swaps} swaps`);
  console.log(
    `seed ${SEED}: killed ${TIMES} times in ${swaps} swaps, each of ${prompts} prompts there once`,
  );
});

/** In how many prompts the words are; an answer may repeat them. */
function promptsOf(transcript: string, words: string): number {
  const prompts = transcript.split("\n").filter((line) => line.includes('"type":"user"'));
  return prompts.filter((line) => line.includes(words)).length;
}

/** The daemon has nothing left to do, and every session is where it should be. */
function isQuiet({ daemon, runningSwap, sessions }: State, pid: number): boolean {
  const isIdle = ({ phase, run }: Session) => phase.name === "idle" && run?.readyAt !== null;
  return daemon.phase === "up" && daemon.pid === pid && runningSwap === null &&
    Object.values(sessions).every(isIdle);
}

/** One prompt after the other, as a person types them; those that were taken. */
async function giveWork(pool: Pool, name: string, isOver: () => boolean): Promise<string[]> {
  const taken: string[] = [];
  for (let n = 1; !isOver(); n++) {
    await until(() => isOver() || pool.state().sessions[name]?.phase.name === "idle", {
      ...PATIENT,
      what: () => plight(pool, name),
    });
    const words = `Task ${n} of ${name}.`;
    try {
      await pool.prompt(name, `${words} @@bash sleep 0.${n % 5}`);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      await sleep(100); // its pane is dead: it is being moved
      continue;
    }
    const { conversation } = pool.state().sessions[name]!;
    const isTaken = async () => promptsOf((await transcript(pool, conversation!)).text, words) > 0;
    // What is typed just as it is stopped is lost with the process, as a draft is.
    await until(isTaken, { timeoutMs: 2_000 }).then(() => taken.push(words), () => {});
  }
  return taken;
}

/** What there is to say of a session that takes no more work. */
function plight(pool: Pool, name: string): string {
  const { sessions, accounts, swaps } = pool.state();
  return JSON.stringify({
    session: sessions[name],
    accounts,
    swap: Object.values(swaps).at(-1)?.moves[name],
  });
}

/** The account with the most sessions hits a wall, again and again, and has room again a little later. */
async function putUpWalls(pool: Pool, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const sessions = Object.values(pool.state().sessions);
    const [busiest] = pool.config.accounts.map(({ id }) => id).toSorted((a, b) =>
      countOn(b, sessions) - countOn(a, sessions)
    );
    const resetsAt = Math.floor(Date.now() / 1_000) + WALL_S;
    await pool.account(busiest!, { five_hour_pct: 100, five_hour_resets_at: resetsAt });
    await until(() => isOver() || Date.now() > resetsAt * 1_000, PATIENT);
    await pool.account(busiest!, {});
  }
}

function countOn(account: string, sessions: readonly Session[]): number {
  return sessions.filter((s) => s.account === account).length;
}

const PATIENT = { timeoutMs: 90_000, everyMs: 50 };

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
