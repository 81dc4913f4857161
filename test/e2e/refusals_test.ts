/**
 * What each way to get no answer comes to, with the unmodified Claude Code: what it told, and what the daemon did. A wall moves the
 * session, a busy server is waited for, money and a login are a person's.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { Event, EventType } from "../../lib/model/event.ts";
import type { Refusal } from "../../lib/model/quota.ts";
import type { Phase } from "../../lib/model/state.ts";
import type { Mode } from "../fakes/api/account.ts";
import { type Pool, pool } from "./support/pool.ts";

/** With its ten retries each would take three minutes (2.1.330). */
const env = { CLAUDE_CODE_MAX_RETRIES: "0" };
const MOVES: readonly EventType[] = [
  "swap.requested",
  "swap.proposed",
  "quota.wall",
  "park.requested",
];

const cases: readonly [Mode, Refusal["kind"], Phase["name"], RegExp][] = [
  ["plain429", "throttle", "idle", /not your usage limit/],
  ["overloaded", "server", "idle", /529 Overloaded/],
  ["server_error", "server", "idle", /500/],
  ["billing", "billing", "waiting", /Credit balance is too low/],
  ["unauthorized", "login", "waiting", /login/i],
];

for (const [mode, kind, phase, text] of cases) {
  Deno.test(`${mode} is told as ${kind}, leaves the session ${phase}, and moves nothing`, async () => {
    await using world = await pool({ sessions: ["worker"], env });
    const daemon = world.start();
    await daemon.event("run.ready");
    world.api.account("A").mode = mode;
    await world.prompt(daemon, "worker", "hello");
    const { refusal } = await daemon.event("turn.failed");
    assert.equal(refusal.kind, kind, JSON.stringify(refusal));
    assert.match(refusal.text, text);
    await world.until(({ sessions }) => sessions["worker"]?.phase.name === phase, `it is ${phase}`);
    // Past the next look of the policy.
    const { seq } = await world.prompt(daemon, "worker", "again");
    await daemon.event("turn.failed", { after: seq });
    assert.deepEqual(world.events().filter(({ type }) => MOVES.includes(type)), []);
    assert.equal(world.state().frozen, null);
    assert.equal(await daemon.stop(), 0);
  });
}

Deno.test("a login that cannot be refreshed waits for a person, and moves nothing", async () => {
  await using world = await pool({ sessions: ["worker"], env });
  const daemon = world.start();
  await daemon.event("run.ready");
  world.api.account("A").mode = "revoked";
  await world.prompt(daemon, "worker", "hello");
  const { refusal } = await daemon.event("turn.failed");
  assert.deepEqual(refusal, { kind: "login", text: "Login expired · Please run /login" });
  await world.until(({ sessions }) => sessions["worker"]?.phase.name === "waiting", "it waits");
  assert.deepEqual(world.events().filter(({ type }) => MOVES.includes(type)), []);
});

Deno.test("figures: of a session by its status line, of an account that rests by /usage, of tokens by the transcript", async () => {
  await using world = await pool({
    sessions: ["worker"],
    quota: { usage_command: true, every: "2m" },
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "" },
  });
  const { api } = world;
  Object.assign(api.account("A"), { util5h: 0.31 });
  Object.assign(api.account("B"), { util5h: 0.62 });
  const daemon = world.start();
  await daemon.event("run.ready");
  const reset = (name: string) => api.account(name).reset5h * 1000;

  await world.until(
    ({ accounts }) => accounts["B"]?.windows.five_hour !== undefined,
    "B was asked for",
  );
  const b = world.state().accounts["B"]!;
  const { source, usedPct, resetsAt, readAt } = b.windows.five_hour!;
  assert.deepEqual([source, usedPct, resetsAt], ["usage command", 62, reset("B")]);
  assert.ok(Date.now() - readAt < 60_000);
  assert.deepEqual(b.asked?.askings.map(({ answered }) => answered), [true]);
  const ofB = api.requests().filter(({ account, path }) =>
    account === "B" && path.startsWith("/v1/messages")
  );
  assert.deepEqual(ofB, [], "no model was asked for it");

  // A's session has had no answer yet, so A was asked for as well; from the first answer on it tells by itself.
  await world.until(
    ({ accounts }) => accounts["A"]?.windows.five_hour?.usedPct === 31,
    "A was asked for",
  );
  api.account("A").util5h = 0.35;
  const { seq } = await world.prompt(daemon, "worker", "hello");
  await daemon.event("turn.ended", { after: seq });
  await world.until(
    ({ accounts }) => accounts["A"]?.windows.five_hour?.source === "status line",
    "A tells",
  );
  assert.equal(world.state().accounts["A"]!.windows.five_hour!.usedPct, 35);
  const { account, tokens, messages } = await daemon.event("usage.counted", { withinMs: 100_000 });
  assert.deepEqual([account, messages], ["A", 1]);
  assert.ok(tokens.output > 0 && tokens.input > 0, JSON.stringify(tokens));
  await limitOf(world, reset("A"));
});

/** The wall of A, with the reset of its limit line, and that paid use is off there. */
async function limitOf(world: Pool, resetsAt: number): Promise<void> {
  const { api } = world;
  api.account("A").mode = "limit";
  await world.type("worker", "one more");
  await world.until(
    ({ swaps }) => Object.values(swaps).some((s) => s.outcome.is === "finished"),
    "it moved",
  );
  const walls = world.events().filter((e): e is Event<"quota.wall"> => e.type === "quota.wall");
  assert.equal(walls.at(-1)!.window, "five_hour");
  assert.equal(walls.at(-1)!.resetsAt, resetsAt);
  const { overage } = world.state().accounts["A"]!;
  assert.deepEqual([overage?.inUse, overage?.enabled], [false, false]);
  assert.equal(world.state().sessions["worker"]!.account, "B");
}
