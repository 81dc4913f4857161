/** `/healthz` and `/readyz` of a daemon that runs: each tells of what really stands still, and of its end. */
import assert from "node:assert/strict";
import { controlSocket } from "../../lib/http/socket.ts";
import { systemNet } from "../../lib/ports/real.ts";
import { until } from "../support/mod.ts";
import { makePool, type Pool } from "./pool.ts";

const PATIENT = { timeoutMs: 20_000, everyMs: 100 };

/** The status and the text; null when there is no answer within 3 s. */
async function ask(pool: Pool, path: string): Promise<[number, string] | null> {
  const client = systemNet.client(controlSocket(pool.config));
  try {
    const signal = AbortSignal.timeout(3_000);
    const response = await client.fetch(`http://claude-failover${path}`, { signal });
    return [response.status, await response.text()];
  } catch {
    return null;
  } finally {
    client.close();
  }
}

Deno.test("a daemon says that its tmux does not answer, and a stopped daemon says nothing", async () => {
  await using pool = await makePool({ accounts: ["a", "b"], sessions: ["ccl-0"] });
  const daemon = pool.daemon();
  await pool.until((s) => s.sessions["ccl-0"]?.phase.name === "idle");
  assert.deepEqual(await ask(pool, "/healthz"), [200, "ok\n"]);
  await until(async () => (await ask(pool, "/readyz"))?.[0] === 200, PATIENT);

  const server = (await pool.tmux.serverPid())!;
  Deno.kill(server, "SIGSTOP");
  try {
    const [, text] = await until(async () => {
      const answer = await ask(pool, "/readyz");
      return answer?.[0] === 503 ? answer : null;
    }, PATIENT);
    assert.match(text, /"path":"tmux","message":"(it has not answered within 2 s|.*no answer)/);
    assert.deepEqual(await ask(pool, "/healthz"), [200, "ok\n"], "it lives all the same");
  } finally {
    Deno.kill(server, "SIGCONT");
  }
  await until(async () => (await ask(pool, "/readyz"))?.[0] === 200, PATIENT);

  Deno.kill(daemon.pid, "SIGSTOP");
  try {
    assert.equal(await ask(pool, "/healthz"), null);
  } finally {
    Deno.kill(daemon.pid, "SIGCONT");
  }
  await until(async () => (await ask(pool, "/healthz"))?.[0] === 200, PATIENT);
});
