/**
 * The runbooks of docs/operations.md that handle the state folder, as a person carries them out: brought back from a copy,
 * and moved to another machine.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { State } from "../../lib/model/state.ts";
import { realTmux, systemProcesses } from "../../lib/ports/real.ts";
import { until } from "../support/mod.ts";
import { makePool, type Pool } from "./pool.ts";

const allIdle = (s: State) => {
  const sessions = Object.values(s.sessions);
  return sessions.length === 2 && sessions.every(({ phase }) => phase.name === "idle");
};

/** Conversation -> how many processes have it open. */
async function open(pool: Pool): Promise<Record<string, number>> {
  const agents = await pool.agents();
  return Object.fromEntries([...agents].map(([conversation, pids]) => [conversation, pids.length]));
}

function conversations(pool: Pool): (string | null)[] {
  return Object.values(pool.state().sessions).map(({ conversation }) => conversation).sort();
}

interface Told {
  readonly name: string;
  readonly phase: string;
  readonly why: string;
  readonly conversation: string;
}

/** As the daemon tells it: the journal that the pool reads is another file than the one that was put in its place. */
async function told(pool: Pool, wanted: (sessions: readonly Told[]) => boolean): Promise<Told[]> {
  return await until(async () => {
    const { code, out } = await pool.cli("session", "list", "--json");
    const sessions: Told[] = code === 0 ? JSON.parse(out) : [];
    return sessions.length > 0 && wanted(sessions) ? sessions : null;
  }, { timeoutMs: 20_000 });
}

async function copyFolder(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  assert.ok(success);
}

Deno.test("a state folder from a copy that is older than a running session doubles none, and says whose process is in its way", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: ["s-0", "s-1"] });
  const { stateDir } = pool.config.paths;
  let daemon = pool.program();
  await pool.until(allIdle);
  const before = conversations(pool);
  await daemon.stop();
  await copyFolder(stateDir, `${stateDir}-copy`);

  // Life goes on after the copy: one session gets a new process, which the copy knows nothing of.
  daemon = pool.program();
  await pool.until(allIdle);
  await until(async () => (await pool.cli("status")).code === 0);
  const restarted = await pool.cli("session", "restart", "s-0");
  assert.equal(restarted.code, 0, restarted.err);
  await pool.until((s) =>
    allIdle(s) && pool.events().filter((e) => e.type === "run.ready").length === 3
  );
  await daemon.stop();
  await Deno.rename(stateDir, `${stateDir}-lost`);
  await Deno.rename(`${stateDir}-copy`, stateDir);

  daemon = pool.program();
  const [first, second] = await told(pool, ([a, b]) => a?.phase === "dead" && b?.phase === "idle");
  // It is told whose process that is, and nothing is opened a second time.
  const [, pid] = /process (\d+) has it open/.exec(first!.why) ?? [];
  assert.deepEqual([first!.conversation, second!.conversation].sort(), before);
  assert.deepEqual(Object.values(await open(pool)), [1, 1]);
  Deno.kill(Number(pid), "SIGTERM");
  await until(async () => Object.keys(await open(pool)).length === 1);
  assert.equal((await pool.cli("session", "start", "s-0")).code, 0);
  const after = await told(pool, (sessions) => sessions.every(({ phase }) => phase === "idle"));
  assert.deepEqual(after.map(({ conversation }) => conversation).sort(), before);
  assert.deepEqual(Object.values(await open(pool)), [1, 1]);
  await daemon.stop();
});

Deno.test("on another machine the sessions go on with their conversations", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: ["s-0", "s-1"] });
  const { stateDir } = pool.config.paths;
  let daemon = pool.program();
  await pool.until(allIdle);
  for (const name of ["s-0", "s-1"]) await pool.prompt(name, `hello from ${name}`);
  await pool.until((s) =>
    allIdle(s) && pool.events().filter((e) => e.type === "turn.ended").length === 2
  );
  const before = conversations(pool);
  const stopped = await pool.cli("stop", "--sessions");
  assert.equal(stopped.code, 0, stopped.err);
  await daemon.exited;
  assert.deepEqual(await open(pool), {});
  const tmux = realTmux(pool.config.tmux.socket, { processes: systemProcesses() });
  assert.deepEqual(await tmux.panes().catch(() => []), [], "nothing is left to adopt");

  // The other machine: the same paths, no process of ours, and a folder that came by a copy.
  await copyFolder(stateDir, `${stateDir}-copy`);
  await Deno.remove(stateDir, { recursive: true });
  await Deno.rename(`${stateDir}-copy`, stateDir);
  daemon = pool.program();
  const after = await told(pool, (sessions) => sessions.every(({ phase }) => phase === "idle"));
  assert.deepEqual(after.map(({ conversation }) => conversation).sort(), before);
  assert.deepEqual(Object.keys(await open(pool)).sort(), before);
  await daemon.stop();
});
