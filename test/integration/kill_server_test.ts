/**
 * The tmux server is killed under a pool of scripted agents, or loses its socket file: all comes back, none twice.
 *
 * `KILL_SERVER_SESSIONS=20` makes the pool larger than is quick enough for the suite.
 */
import assert from "node:assert/strict";
import type { State } from "../../lib/model/state.ts";
import { findTranscript } from "../../lib/claude/transcript.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { isThere, until } from "../support/mod.ts";
import { makePool, type Pool } from "./pool.ts";

const SESSIONS = Number(Deno.env.get("KILL_SERVER_SESSIONS") ?? "6");
const NAMES = Array.from({ length: SESSIONS }, (_, i) => `ccl-${i}`);
/** Enough for each of them to start on a busy machine. */
const PATIENCE_MS = 15_000 + SESSIONS * 2_500;

function conversations(state: State): string[] {
  return NAMES.map((name) => state.sessions[name]?.conversation ?? "none");
}

/** What a person would do: on the pool's own socket, past the daemon. */
async function tmux(pool: Pool, ...args: string[]): Promise<string> {
  const { socket } = pool.config.tmux;
  assert.ok("path" in socket);
  const { code, stdout, stderr } = await new Deno.Command("tmux", {
    args: ["-N", "-S", socket.path, ...args],
    env: { TMUX: "" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  return text.decode(stdout).trim();
}

/** One live process for each conversation, and no other. */
async function assertEachOnce(pool: Pool, wanted: readonly string[]): Promise<void> {
  const agents = await pool.agents();
  assert.deepEqual([...agents.keys()].sort(), [...wanted].sort());
  for (const [conversation, pids] of agents) assert.equal(pids.length, 1, conversation);
}

async function transcriptOf(pool: Pool, conversation: string): Promise<string> {
  const path = await findTranscript(systemFiles, pool.config.share.projectsDir, conversation);
  return path === null ? "" : await Deno.readTextFile(path);
}

Deno.test("after tmux kill-server all sessions work again, each once and in its conversation", async () => {
  await using pool = await makePool({
    accounts: ["a", "b"],
    sessions: NAMES,
    failover: "  boots_at_once: 3",
  });
  pool.daemon();
  const up = await pool.until(
    (s) => NAMES.every((n) => s.sessions[n]?.phase.name === "idle"),
    PATIENCE_MS,
  );
  const before = conversations(up);
  // Long enough that all are at work at the same time, however slow the machine.
  for (const [i, name] of NAMES.entries()) {
    await pool.prompt(name, `Round ${i}. @@stream 16 ${SESSIONS * 100}`);
  }
  await pool.until((s) => NAMES.every((n) => s.sessions[n]?.phase.name === "working"), PATIENCE_MS);

  const killedAt = performance.now();
  await tmux(pool, "kill-server");
  const marked = (s: State) =>
    NAMES.every((n) => s.sessions[n]?.run?.plan.mark && s.sessions[n]!.run!.markAcceptedAt);
  const working = await pool.until(marked, PATIENCE_MS);
  const tookMs = performance.now() - killedAt;
  assert.deepEqual(conversations(working), before);
  await assertEachOnce(pool, before);

  const done = await pool.until((s) => NAMES.every((n) => s.sessions[n]?.run?.proven), PATIENCE_MS);
  assert.deepEqual(NAMES.map((n) => done.sessions[n]!.deaths), NAMES.map(() => []));
  for (const name of NAMES) {
    const { conversation, run } = done.sessions[name]!;
    const text = await transcriptOf(pool, conversation!);
    assert.equal(text.split(run!.plan.mark!).length - 1, 1, `one prompt to go on for ${name}`);
    assert.ok(
      text.includes(`Round ${NAMES.indexOf(name)}. `),
      `what ${name} was asked is not lost`,
    );
  }
  const starts = pool.events().filter((e) => e.type === "run.launched").length;
  assert.equal(starts, 2 * NAMES.length, "each was started once more");
  console.log(`${SESSIONS} sessions work again ${Math.round(tookMs)} ms after kill-server`);
});

Deno.test("a lost tmux socket is back after the next sweep, also when a new daemon finds it lost", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: ["ccl-0"] });
  const first = pool.daemon();
  const up = await pool.until((s) =>
    s.sessions["ccl-0"]?.phase.name === "idle" && s.tmuxServer !== null
  );
  const { socket } = pool.config.tmux;
  assert.ok("path" in socket);
  const { pid } = up.tmuxServer!;
  const back = () => tmux(pool, "display-message", "-p", "#{pid}").catch(() => null);

  await Deno.remove(socket.path);
  assert.equal(await until(back, { timeoutMs: 5_000 }), String(pid));

  await first.kill();
  await Deno.remove(socket.path);
  const second = pool.daemon();
  assert.equal(await until(back, { timeoutMs: 10_000 }), String(pid));
  const state = await pool.until((s) => s.daemon.phase === "up" && s.daemon.pid === second.pid);
  assert.equal(state.sessions["ccl-0"]!.phase.name, "idle");
  assert.deepEqual(pool.events().filter((e) => e.type === "tmux.server.seen").length, 1);
  assert.ok(isThere(pid));
});
