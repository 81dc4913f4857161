/**
 * `claude -p "/usage"` as we ask it, of the unmodified Claude Code: what it says, from when its figures are, and what it costs the provider.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { Answer } from "../../lib/claude/usage/answer.ts";
import { askUsage, REQUESTS_AT_MOST } from "../../lib/claude/usage/command.ts";
import { askProgram } from "../../lib/claude/usage/program.ts";
import { systemFiles, systemProcesses } from "../../lib/ports/real.ts";
import { seedAccount } from "../contract/seed_account.ts";
import type { Account } from "../fakes/api/account.ts";
import { startApi } from "../fakes/api/server.ts";
import { accountSpec } from "../model/fixtures.ts";
import { testHome } from "../support/mod.ts";
import { claudeEnv, claudePath } from "./support/claude.ts";

const MINUTE = 60_000;

async function usageWorld() {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await testHome());
  const api = stack.use(await startApi());
  const cwd = home.path("quota");
  for (const dir of [cwd, home.path("projects")]) await Deno.mkdir(dir);
  const configDir = home.path("A");
  await seedAccount(configDir, { name: "A", projectsDir: home.path("projects"), trusted: [] });
  const owned = stack.move();
  const { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: _, ...env } = claudeEnv(api);
  const usageRequests = () =>
    api.requests().filter(({ path }) => path === "/api/oauth/usage").length;
  const spec = (more: Record<string, string>) =>
    accountSpec("a", { configDir, env: { ...env, ...more } });
  const signal = new AbortController().signal;
  const of = (more: Record<string, string>) => ({
    account: spec(more),
    cwd,
    baseEnv: home.env,
    signal,
  });
  return {
    api,
    account: api.account("A"),
    /** The answer, and what it cost. */
    async ask(more: Record<string, string> = {}): Promise<[Answer, requests: number]> {
      const before = usageRequests();
      const answer = await askUsage({ files: systemFiles, processes: systemProcesses() }, {
        ...of(more),
        ...{ claudePath: claudePath(), zone: "UTC", now: () => Date.now() },
      });
      return [answer, usageRequests() - before];
    },
    askHeadless: () =>
      askProgram(systemProcesses(), {
        ...of({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" }),
        argv: [claudePath(), "-p", "hi", "--output-format", "stream-json", "--verbose"],
      }),
    /** As if Claude Code had got its figures so much earlier. */
    async age(ms: number) {
      const path = join(configDir, ".claude.json");
      const json = JSON.parse(await Deno.readTextFile(path));
      json.cachedUsageUtilization.fetchedAtMs -= ms;
      await Deno.writeTextFile(path, JSON.stringify(json));
    },
    signOut: () => Deno.remove(join(configDir, ".credentials.json")),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

Deno.test("claude tells the figures of an account that does nothing, with exact resets and their age", async (t) => {
  await using w = await usageWorld();
  Object.assign(w.account, { util5h: 0.934, util7d: 0.2 });
  const began = Date.now();
  const [answer, requests] = await w.ask();
  assert.equal(requests, 1);
  assert.ok(answer.is === "figures", JSON.stringify(answer));
  assert.deepEqual(answer.windows.five_hour, {
    usedPct: 93.4,
    resetsAt: w.account.reset5h * 1000,
  });
  assert.equal(answer.windows.seven_day_sonnet?.usedPct, 0);
  assert.ok(answer.madeAt! >= began && answer.madeAt! <= Date.now());
  assert.equal(answer.overage?.enabled, false);
  assert.equal(w.api.requests().filter(({ path }) => path.startsWith("/v1/messages")).length, 0);

  await t.step(
    "at once again it repeats them without a request, and without saying so",
    async () => {
      const [again, none] = await w.ask();
      assert.ok(again.is === "figures" && again.madeAt === answer.madeAt);
      assert.equal(none, 0);
    },
  );

  await t.step(
    "with the endpoint throttled it prints its old figures, whose age we know",
    async () => {
      w.account.usageStatus = 429;
      w.account.util5h = 0.99;
      await w.age(10 * MINUTE);
      const [old, one] = await w.ask();
      assert.ok(
        old.is === "figures" && old.windows.five_hour?.usedPct === 93.4,
        JSON.stringify(old),
      );
      assert.equal(old.madeAt, answer.madeAt! - 10 * MINUTE);
      assert.equal(one, 1);
    },
  );

  await t.step("and none that are older than an hour", async () => {
    await w.age(120 * MINUTE);
    const [none] = await w.ask();
    assert.deepEqual(none, { is: "nothing", why: "the provider gave Claude Code no figures" });
  });
});

Deno.test("claude asks the provider twice at most, and we take no answer for none", async (t) => {
  const cases: readonly [string, Partial<Account>, number][] = [
    ["429", { usageStatus: 429 }, 1],
    ["500", { usageStatus: 500 }, 1],
    ["401", { usageStatus: 401 }, 2],
  ];
  for (const [name, state, requests] of cases) {
    await t.step(name, async () => {
      await using w = await usageWorld();
      Object.assign(w.account, state);
      const [answer, made] = await w.ask();
      assert.deepEqual(answer, { is: "nothing", why: "the provider gave Claude Code no figures" });
      assert.equal(made, requests);
      assert.ok(made <= REQUESTS_AT_MOST);
    });
  }
  await t.step("signed out", async () => {
    await using w = await usageWorld();
    await w.signOut();
    const [answer, made] = await w.ask();
    assert.ok(answer.is === "nothing" && /no plan/.test(answer.why), JSON.stringify(answer));
    assert.equal(made, 0);
  });
  await t.step("nonessential traffic off: we do not even start it", async () => {
    await using w = await usageWorld();
    const [answer] = await w.ask({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" });
    assert.ok(answer.is === "nothing" && /keeps Claude Code from asking/.test(answer.why));
    assert.equal(w.api.requests().length, 0);
  });
});

Deno.test("a headless claude tells the figures in its rate_limit_event", async () => {
  await using w = await usageWorld();
  Object.assign(w.account, { util5h: 0.95, util7d: 0.2 });
  const answer = await w.askHeadless();
  assert.ok(answer.is === "figures", JSON.stringify(answer));
  assert.deepEqual(answer.windows.five_hour, { usedPct: 95, resetsAt: w.account.reset5h * 1000 });
  assert.equal(answer.windows.seven_day?.usedPct, 20);
  assert.deepEqual(answer.overage, { inUse: false, enabled: false });
});
