/**
 * The runbooks of docs/operations.md that handle the state folder, as a person carries them out: brought back from a copy,
 * and moved to another machine.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isAlive, type State } from "../../lib/model/state.ts";
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

/** As the daemon tells it: the journal that the pool reads is another file than the one that was put in its place. */
async function idleConversations(pool: Pool): Promise<string[]> {
  const sessions = await until(async () => {
    const { code, out } = await pool.cli("session", "list", "--json");
    if (code !== 0) return null;
    const said: { conversation: string; phase: string }[] = JSON.parse(out);
    return said.every(({ phase }) => phase === "idle") ? said : null;
  }, { timeoutMs: 20_000 });
  return sessions.map(({ conversation }) => conversation).sort();
}

async function copyFolder(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  assert.ok(success);
}

Deno.test("a state folder from a copy that is older than the running sessions loses and doubles none", async () => {
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
  assert.deepEqual(await idleConversations(pool), before);
  console.log((await pool.cli("events")).out);
  for (const [conversation, count] of Object.entries(await open(pool))) {
    assert.equal(count, 1, `${conversation} is open ${count} times`);
  }
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
  await pool.until(allIdle);
  assert.deepEqual(conversations(pool), before);
  assert.deepEqual(Object.keys(await open(pool)).sort(), before);
  await daemon.stop();
});
