/**
 * The life of the daemon itself, as people start it, over a pool in a real tmux: a newer version takes over, a second
 * one is refused, a hangup reloads, and a stop with the sessions leaves nothing behind.
 */
import assert from "node:assert/strict";
import type { State } from "../../lib/model/state.ts";
import { isThere, until } from "../support/mod.ts";
import { makePool } from "./pool.ts";

const NAMES = ["ccl-0", "ccl-1"];

const allIdle = (s: State) => NAMES.every((n) => s.sessions[n]?.phase.name === "idle");

Deno.test("another version adopts the sessions as they are: same processes, same conversations, work under way", async () => {
  await using pool = await makePool({ accounts: ["a", "b"], sessions: NAMES });
  const old = pool.daemon({ ofTests: true }); // calls itself version "test"
  const before = await pool.until(allIdle);
  const agents = await pool.agents();
  await pool.prompt("ccl-0", "Round 1. @@stream 8 400");
  await pool.until((s) => s.sessions["ccl-0"]?.phase.name === "working");
  assert.equal((await old.stop()).code, 0);

  const next = pool.program();
  const up = await pool.until((s) => s.daemon.phase === "up" && s.daemon.pid === next.pid);
  assert.ok(up.daemon.phase === "up" && up.daemon.version !== "test");
  const proven = await pool.until((s) => s.sessions["ccl-0"]?.run?.proven === true);
  assert.deepEqual(await pool.agents(), agents);
  for (const name of NAMES) {
    assert.equal(proven.sessions[name]!.conversation, before.sessions[name]!.conversation);
    assert.deepEqual(proven.sessions[name]!.run!.process, before.sessions[name]!.run!.process);
  }
  assert.equal(pool.events().filter((e) => e.type === "run.launched").length, NAMES.length);
});

Deno.test("a second daemon is refused with the pid of the first, which goes on", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: NAMES });
  const first = pool.program();
  await pool.until(allIdle);
  const { code, err } = await pool.cli("run");
  assert.equal(code, 1);
  assert.match(err, new RegExp(`one is already running, pid ${first.pid}\\n`));
  assert.ok(allIdle(pool.state()));
  assert.ok(isThere(first.pid));
});

Deno.test("a hangup reloads the config: a good one counts at once, a bad one changes nothing", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: NAMES });
  const daemon = pool.program();
  await pool.until(allIdle);
  const text = await Deno.readTextFile(pool.configPath);
  const more = JSON.stringify([...NAMES, "ccl-2"]);
  await Deno.writeTextFile(pool.configPath, text.replace(JSON.stringify(NAMES), more));
  daemon.hangUp();
  const { config } = await pool.until((s) => s.sessions["ccl-2"]?.phase.name === "idle");
  await Deno.writeTextFile(pool.configPath, "version: 2\n");
  daemon.hangUp();
  await until(() => pool.events().some((e) => e.type === "config.rejected"));
  assert.deepEqual(pool.state().config, config);
  assert.ok(isThere(daemon.pid));
});

Deno.test("stop --sessions ends everything, the tmux server too", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: NAMES });
  const daemon = pool.program();
  const { tmuxServer } = await pool.until((s) => allIdle(s) && s.tmuxServer !== null);
  const { code, err } = await pool.cli("stop", "--sessions");
  assert.equal(code, 0, err);
  assert.equal((await daemon.exited).code, 0);
  await until(() => !isThere(tmuxServer!.pid));
  assert.deepEqual([...(await pool.agents()).keys()], []);
});
