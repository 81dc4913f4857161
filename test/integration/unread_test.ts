import assert from "node:assert/strict";
import { until } from "../support/mod.ts";
import { makePool } from "./pool.ts";

Deno.test("a daemon whose output nobody reads any more lives on, and stops in good order", async () => {
  await using pool = await makePool({ accounts: ["a", "b"], sessions: ["s1"] });
  const { command, args, env } = pool.command("run");
  const child = new Deno.Command(command, {
    args,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel(); // as `run | head -1` does
  await pool.until((s) => s.sessions["s1"]?.phase.name === "idle", 30_000);
  const held = await pool.cli("session", "hold", "s1", "--reason", "a line that nobody reads");
  assert.equal(held.code, 0, held.err);
  await until(() => pool.state().sessions["s1"]?.hold ?? null, { timeoutMs: 10_000 });
  assert.equal((await pool.cli("status")).code, 0, "it still answers");
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  assert.equal(pool.events().at(-1)?.type, "daemon.stopped");
});
