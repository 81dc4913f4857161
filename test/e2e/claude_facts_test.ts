/**
 * What we rely on in Claude Code, asked of Claude Code itself. A new version that breaks one of these breaks us.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { authStatus } from "../../lib/claude/auth.ts";
import { classify } from "../../lib/claude/refusal.ts";
import { systemProcesses } from "../../lib/ports/real.ts";
import { agentContract } from "../contract/agent_contract.ts";
import { agentWorld } from "../contract/agent_world.ts";
import { until } from "../contract/until.ts";
import { seedAccount } from "../contract/seed_account.ts";
import { startApi } from "../fakes/api/server.ts";
import { accountSpec } from "../model/fixtures.ts";
import { testHome } from "../support/mod.ts";
import { claudeAgent, claudeEnv, claudePath } from "./support/claude.ts";

Deno.test("claude keeps the contract of an agent", async (t) => {
  await using api = await startApi();
  await using world = await agentWorld(claudeAgent(api));
  await agentContract(t, world);
  assert.deepEqual(api.refusedHosts(), []);
});

Deno.test("classify() tells a used-up quota from all else that claude stops a turn for", async (t) => {
  await using api = await startApi();
  // With its ten retries each of the others would take three minutes.
  const agent = claudeAgent(api);
  await using world = await agentWorld({
    ...agent,
    env: (configDir) => ({ ...agent.env(configDir), CLAUDE_CODE_MAX_RETRIES: "0" }),
  });
  const account = api.account("A");
  const refusalOf = async () => {
    const run = await world.start("A", ["--session-id", crypto.randomUUID(), "hello"]);
    const { error, last_assistant_message: text } = await run.hook("StopFailure");
    run.signal("SIGTERM");
    await run.ended();
    return classify(error as string, text as string);
  };
  for (const claim of ["five_hour", "seven_day"] as const) {
    await t.step(`the limit of ${claim} is a wall of that window`, async () => {
      Object.assign(account, { mode: "limit", claim });
      const refusal = await refusalOf();
      assert.equal(refusal.kind, "quota", JSON.stringify(refusal));
      assert.equal(refusal.kind === "quota" && refusal.window, claim);
    });
  }
  const others = [
    ["plain429", "throttle"],
    ["overloaded", "server"],
    ["server_error", "server"],
    ["billing", "billing"],
    // The last one: Claude Code blanks the credentials of an account whose refresh is refused.
    ["revoked", "login"],
  ] as const;
  for (const [mode, kind] of others) {
    await t.step(`${mode} is of the kind ${kind}, and no wall`, async () => {
      account.mode = mode;
      const refusal = await refusalOf();
      assert.equal(refusal.kind, kind, JSON.stringify(refusal));
    });
  }
});

Deno.test("a token that has expired is refreshed by claude itself, and the turn goes on", async () => {
  await using api = await startApi();
  await using world = await agentWorld(claudeAgent(api));
  api.account("A").validGeneration = 2;
  const id = crypto.randomUUID();
  const run = await world.start("A", ["--session-id", id, "hello"]);
  await run.hook("Stop");
  assert.deepEqual(api.turns("A", id).map(({ status }) => status), [401, 200]);
  const refreshes = api.requests().filter(({ path }) => path === "/v1/oauth/token");
  assert.deepEqual(refreshes.map(({ host, status }) => [host, status]), [
    ["platform.claude.com", 200],
  ]);
  run.signal("SIGTERM");
  await run.ended();
});

Deno.test("claude names the end of a sign-in, a past one too, and null where the provider named none", async () => {
  await using api = await startApi();
  await using home = await testHome();
  await Deno.mkdir(home.path("projects"));
  const days = (count: number) => Date.now() + count * 24 * 3_600_000;
  for (const endsAt of [days(5), days(-1), undefined]) {
    const configDir = home.path(`account-${endsAt}`);
    await seedAccount(configDir, {
      ...{ name: "A", projectsDir: home.path("projects"), trusted: [] },
      ...endsAt === undefined ? {} : { signInEndsAt: endsAt },
    });
    const status = await authStatus(systemProcesses(), {
      account: accountSpec("a", { configDir, env: claudeEnv(api) }),
      claudePath: claudePath(),
      timeoutMs: 10_000,
      baseEnv: home.env,
    });
    assert.ok("signedIn" in status, JSON.stringify(status));
    assert.deepEqual([status.signedIn, status.endsAt], [true, endsAt ?? null]);
  }
});

Deno.test("a tool that SIGTERM cut is told to the model as interrupted, once it goes on", async () => {
  await using api = await startApi();
  await using world = await agentWorld(claudeAgent(api));
  const id = crypto.randomUUID();
  // A bare `sleep 60` is refused by the Bash tool itself (2.1.330). Before the tool runs, its call may not be recorded yet.
  const prompt = "@@bash touch running; timeout 60 tail -f /dev/null";
  const first = await world.start("A", ["--session-id", id, prompt]);
  const running = join(world.cwd, "running");
  await until(() => Deno.stat(running).catch(() => null), () => first.screen());
  first.signal("SIGTERM");
  assert.equal(await first.ended(), 143);
  const second = await world.start("B", ["--resume", id, "go on"]);
  await second.hook("Stop");
  const [turn] = await until(() => api.turns("B", id), () => "B was not asked");
  const results = turn!.said.filter(({ by }) => by === "tool").map(({ text }) => text);
  assert.equal(results.length, 1);
  assert.match(results[0]!, /^error: \[Tool call interrupted: the session ended before/);
  second.signal("SIGTERM");
  await second.ended();
});
