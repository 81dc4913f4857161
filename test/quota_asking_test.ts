/**
 * Accounts that no session tells of, asked for their figures: when, how often at most, and what is believed of the answers.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { Config } from "../lib/model/config.ts";
import { quota } from "../lib/quota/mod.ts";
import { restMs } from "../lib/quota/asking.ts";
import type { RunOptions } from "../lib/ports/process.ts";
import { accountSpec, sessionSpec, started } from "./model/fixtures.ts";
import { statusLinePath } from "../lib/claude/layout.ts";
import { type World, world } from "./support/daemon_life.ts";
import { USAGE_SAMPLES } from "../lib/claude/usage/wording.ts";
import { randomFrom } from "./support/random.ts";
import { finds } from "./support/preflights.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLAUDE = "/usr/local/bin/claude";
const NOTHING = USAGE_SAMPLES.find(({ seenIn }) => seenIn.includes("without an answer"))!.text;

type Changes = Partial<NonNullable<Config["quota"]>>;

async function idlePool(changes: Changes = {}): Promise<World> {
  const w = await world({
    accounts: [accountSpec("a"), accountSpec("b")],
    sessions: [sessionSpec("s1")],
    quota: { usageCommand: true, everyMs: 15 * MINUTE, perHour: 6, ...changes },
    claude: { path: CLAUDE },
  });
  return w;
}

function worker(w: World, problems: readonly string[] = []) {
  return quota({ ...w.deps, preflight: () => finds(...problems) });
}

/** What `claude -p "/usage"` does for the account of a config dir. */
function claudeSays(w: World, answer: (configDir: string) => string | null) {
  const asked: { readonly dir: string; readonly at: number; readonly options: RunOptions }[] = [];
  w.tmux.processes.on(CLAUDE, (_args, options) => {
    const dir = options.env!["CLAUDE_CONFIG_DIR"]!;
    asked.push({ dir, at: w.clock.now(), options });
    const result = answer(dir);
    return result === null
      ? { code: 1, stderr: "boom" }
      : { stdout: JSON.stringify({ is_error: false, result }) };
  });
  return asked;
}

function figures(
  w: World,
  dir: string,
  used: number,
  { fetchedAt = w.clock.now(), resetsAt = w.clock.now() + HOUR } = {},
) {
  const five_hour = { utilization: used, resets_at: new Date(resetsAt).toISOString() };
  const cachedUsageUtilization = { fetchedAtMs: fetchedAt, utilization: { five_hour } };
  w.files.put(`${dir}/.claude.json`, JSON.stringify({ cachedUsageUtilization }));
  const hour = new Date(resetsAt).toISOString().slice(11, 16);
  return `You are currently using your subscription\n\nCurrent session: ${used}% used · resets ${hour} (UTC)`;
}

Deno.test("quota asks for an account that no session tells of, under its own config dir, and knows how old the answer is", async () => {
  using w = await idlePool();
  const asked = claudeSays(w, (dir) => figures(w, dir, 42));
  await using _ = w.live(worker(w));
  await w.clock.advance(MINUTE);
  const dirs = w.config.accounts.map(({ configDir }) => configDir);
  assert.deepEqual(asked.map(({ dir }) => dir), dirs);
  assert.equal(asked[0]!.options.cwd, `${w.config.paths.stateDir}/quota`);
  const { usedPct, source, readAt, ageUnknown } = w.state.accounts.b!.windows.five_hour!;
  assert.deepEqual([usedPct, source, readAt], [42, "usage command", asked[1]!.at]);
  assert.equal(ageUnknown, undefined);
  await w.clock.advance(13 * MINUTE);
  assert.equal(asked.length, 2, "fresh enough");
  await w.clock.advance(3 * MINUTE);
  assert.equal(asked.length, 4);
});

Deno.test("quota asks nobody unless the config says so", async () => {
  using w = await idlePool({ usageCommand: false });
  const asked = claudeSays(w, (dir) => figures(w, dir, 42));
  await using _ = w.live(worker(w));
  await w.clock.advance(2 * HOUR);
  assert.equal(asked.length, 0);
});

Deno.test("quota does not ask for an account whose session tells of it, nor for one that needs a login", async () => {
  using w = await idlePool();
  const asked = claudeSays(w, (dir) => figures(w, dir, 42));
  w.store.record(...started("s1", "r1"));
  let used = 10;
  const told = () =>
    w.files.put(
      statusLinePath(w.config, "r1"),
      JSON.stringify({
        session_id: "c",
        rate_limits: { five_hour: { used_percentage: used++ } },
      }),
    );
  told();
  const here = quota({
    ...w.deps,
    preflight: (_config, { id }) => id === "b" ? finds("not signed in") : finds(),
  });
  await using _ = w.live(here);
  for (let i = 0; i < 30; i++) {
    told();
    await w.clock.advance(MINUTE);
  }
  assert.equal(asked.length, 0);
});

Deno.test("quota believes figures without an age less: an hour old, no ground for a forecast, and asked again after a rest", async () => {
  using w = await idlePool();
  const asked = claudeSays(w, () => "using your subscription\nCurrent session: 30% used");
  await using _ = w.live(worker(w));
  await w.clock.advance(MINUTE);
  const { windows, samples, asked: state } = w.state.accounts.a!;
  assert.equal(windows.five_hour?.ageUnknown, true);
  assert.equal(asked[0]!.at - windows.five_hour!.readAt, HOUR);
  assert.equal(samples?.five_hour, undefined);
  assert.equal(state?.failures, 1);
});

Deno.test("quota takes figures that Claude Code had before for no answer, and rests longer each time", async () => {
  using w = await idlePool({ perHour: 60, everyMs: 2 * MINUTE });
  const fetchedAt = w.clock.now() - 10 * MINUTE;
  const resetsAt = w.clock.now() + 4 * HOUR;
  const asked = claudeSays(w, (dir) => figures(w, dir, 42, { fetchedAt, resetsAt }));
  await using _ = w.live(worker(w));
  await w.clock.advance(3 * HOUR);
  assert.equal(w.state.accounts.a!.windows.five_hour!.readAt, fetchedAt);
  assert.equal(w.events("quota.read").filter((e) => e.account === "a").length, 1, "nothing new");
  const at = asked.filter(({ dir }) => dir.endsWith("a")).map((a) => a.at);
  const rests = at.slice(1).map((t, i) => Math.round((t - at[i]!) / MINUTE));
  assert.deepEqual(rests.slice(0, 4), [5, 10, 20, 40]);
});

Deno.test("restMs() doubles up to an hour, and never by the same amount for everybody", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 9].map((n) => restMs(n, 0.5) / MINUTE), [5, 10, 20, 40, 60, 60]);
  assert.deepEqual([0, 1].map((random) => restMs(1, random) / MINUTE), [3.75, 6.25]);
});

Deno.test("quota stays inside its budget when all fails, figures are old, accounts flap, and the daemon restarts each minute", async () => {
  for (const seed of [1, 2, 3]) {
    const random = randomFrom(seed);
    const perHour = 6;
    using w = await idlePool({ perHour, everyMs: 2 * MINUTE });
    const requests: { readonly dir: string; readonly at: number }[] = [];
    const asked = claudeSays(w, (dir) => {
      const way = Math.floor(random() * 4);
      const at = w.clock.now();
      // A refused token is refreshed and asked with again.
      requests.push({ dir, at }, ...(way === 0 ? [{ dir, at }] : []));
      if (way === 0) return null;
      if (way === 1) return NOTHING;
      return figures(w, dir, 40, { fetchedAt: at - (way === 2 ? 20 * MINUTE : 0) });
    });
    const started = w.clock.now();
    let isFlapping = false;
    while (w.clock.now() - started < 8 * HOUR) {
      isFlapping = !isFlapping;
      const life = quota({
        ...w.deps,
        random,
        preflight: () => isFlapping && random() < 0.3 ? finds("flaps") : finds(),
      });
      await using _ = w.live(life);
      await w.clock.advance(MINUTE);
    }
    assert.ok(asked.length > 20, `it does ask: ${asked.length}`);
    for (const { configDir } of w.config.accounts) {
      const times = requests.filter(({ dir }) => dir === configDir).map(({ at }) => at);
      const most = Math.max(
        ...times.map((t) => times.filter((x) => x >= t && x < t + HOUR).length),
      );
      assert.ok(most <= perHour, `seed ${seed}: ${most} requests in an hour for ${configDir}`);
    }
  }
});

Deno.test("quota keeps to its budget when the clock is set forward and back", async () => {
  using w = await idlePool({ perHour: 4, everyMs: 2 * MINUTE });
  const monotonic: number[] = [];
  claudeSays(w, (dir) => {
    if (dir.endsWith("a")) monotonic.push(w.clock.monotonic());
    return figures(w, dir, 40);
  });
  await using _ = w.live(worker(w));
  for (let i = 0; i < 12; i++) {
    w.clock.jump(i % 2 === 0 ? -26 * HOUR : 25 * HOUR);
    await w.clock.advance(20 * MINUTE);
  }
  assert.ok(monotonic.length >= 4, `it does go on: ${monotonic.length}`);
  const gaps = monotonic.slice(1).map((t, i) => t - monotonic[i]!);
  assert.ok(Math.min(...gaps) >= MINUTE);
});

Deno.test("quota takes figures from the program of an account, with its age, and says what is wrong with others", async () => {
  using w = await idlePool();
  const { config } = w;
  const accounts = config.accounts.map((a) => ({
    ...a,
    quotaCommand: ["/usr/local/bin/figures", a.id] as const,
  }));
  w.store.record({ type: "config.applied", config: { ...config, accounts } });
  const madeAt = Math.floor(w.clock.now() / 1000) * 1000;
  w.tmux.processes.on("/usr/local/bin/figures", ([id]) =>
    id === "a"
      ? {
        stdout: JSON.stringify({
          made_at: madeAt / 1000,
          windows: { five_hour: { used_pct: 12.5 } },
        }),
      }
      : { stdout: '{"windows":{"five_hour":{"used_pct":"12"}}}' });
  await using _ = w.live(worker(w));
  await w.clock.advance(MINUTE);
  const { usedPct, source, readAt } = w.state.accounts.a!.windows.five_hour!;
  assert.deepEqual([usedPct, source, readAt], [12.5, "command", madeAt]);
  assert.match(w.state.accounts.b!.asked!.rest!.why, /another shape: windows\.five_hour\.used_pct/);
  assert.deepEqual(w.state.accounts.b!.windows, {});
});

Deno.test("quota notes that paid use is on, and that a figure of it which rises is being paid", async () => {
  using w = await idlePool();
  const { config } = w;
  const accounts = config.accounts.map((a) => ({
    ...a,
    quotaCommand: ["/usr/local/bin/figures"] as const,
  }));
  w.store.record({ type: "config.applied", config: { ...config, accounts } });
  let credits = 10;
  w.tmux.processes.on("/usr/local/bin/figures", () => ({
    stdout: JSON.stringify({
      made_at: w.clock.now() / 1000,
      windows: { five_hour: { used_pct: 100 }, extra_usage: { used_pct: credits } },
      overage: { enabled: true },
    }),
  }));
  await using _ = w.live(worker(w));
  await w.clock.advance(MINUTE);
  const overage = () => w.state.accounts.a!.overage!;
  assert.deepEqual([overage().inUse, overage().enabled], [false, true]);
  credits = 11;
  await w.clock.advance(16 * MINUTE);
  assert.deepEqual([overage().inUse, overage().enabled], [true, true]);
});
