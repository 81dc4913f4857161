/** `explain` in words: each kind of decision, and moments of the past. */
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { renderExplanation } from "../../lib/cli/render/explain.ts";
import { styleFor } from "../../lib/cli/style.ts";
import { explainNow } from "../../lib/http/explain_view.ts";
import type { Event, Fact } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";
import { journalPath, Store } from "../../lib/runtime/store.ts";
import { config as pool, MINUTE, NOON, started } from "../http/fixture.ts";
import { midday, setup } from "../http/setup.ts";
import { accountSpec, swapOff } from "../model/fixtures.ts";
import {
  burning,
  foldOnto,
  limited,
  moved,
  NOW,
  overage,
  pool as working,
  read,
  wall,
} from "../support/policy_cases.ts";
import { testHome } from "../support/mod.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";
import { inBerlin } from "../support/local_time.ts";

const OPTIONS = { columns: 80, style: styleFor({ color: false }), localTime: inBerlin };
const up: Fact = { type: "daemon.started", pid: 7, version: "0.1.0", boot: "b" };
const two = { accounts: [accountSpec("a"), accountSpec("b", { priority: 2 })] };
const swapped = working(two, up, read("a", { five_hour: 92 }), ...moved("w1", "a", "b"));

/** Named as in test/model/policy_*_test.ts, where what is decided is held. */
const CASES: Record<string, State | { state: State; at: number }> = {
  "swap at a wall": working({}, up, limited("s1"), wall("a")),
  "swap at a threshold": working({}, up, read("a", { five_hour: 92 })),
  "swap for a forecast": burning(working({}, up), "a", { to: 85, perHour: 240 }),
  "swap for a bound: paid use past the plan": working(
    {},
    up,
    read("a", { five_hour: 100 }),
    overage("a", true),
  ),
  "propose": working({ failover: { mode: "confirm" } }, up, read("a", { five_hour: 92 })),
  "park: all are full": working(two, up, limited("s1"), wall("a"), wall("b")),
  "nothing: room": working({}, up, read("a", { five_hour: 40 })),
  "nothing: no target": working(two, up, wall("a"), wall("b")),
  "nothing: the forecast is far from the line": burning(working({}, up), "a", {
    to: 40,
    perHour: 240,
  }),
  "nothing: to and fro": {
    state: foldOnto(swapped, read("a", { five_hour: 1 }), read("b", { five_hour: 95 })),
    at: swapped.at + 11 * MINUTE,
  },
  "nothing: frozen": working({}, up, wall("a"), {
    type: "freeze.requested",
    by: "policy",
    reason: "a was suspended",
  }),
  "nothing: a swap has just failed": working({}, up, wall("a"), swapOff("w1"), {
    type: "swap.failed",
    swap: "w1",
    reason: "b is not signed in",
  }),
  "nothing: a swap is running": working({}, up, wall("a"), swapOff("w1")),
  "nothing: mode off": working({ failover: { mode: "off" } }, up, wall("a")),
};

Deno.test("renderExplanation() says of each kind of decision what it stands on", async () => {
  const pages = Object.entries(CASES).map(([name, of]) => {
    const { state, at } = "state" in of ? of : { state: of, at: NOW };
    return `=== ${name}\n${renderExplanation(explainNow(state, at), OPTIONS)}\n`;
  });
  const text = pages.join("\n");
  for (const line of text.split("\n")) ok(line.length <= 80, line);
  await golden("explain_decisions", text);
});

Deno.test("renderExplanation() tells moments of a recorded journal", async () => {
  const path = new URL("../journals/0.1.0-one-failover.jsonl", import.meta.url);
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  const events: Event[] = lines.map((line) => JSON.parse(line));
  const now = events.at(-1)!.at + MINUTE;
  const moments = {
    "at work": events[13]!.at,
    "the wall was told": events[21]!.at,
    "the swap runs": events[40]!.at,
    "all moved": events[69]!.at,
    "frozen": events[70]!.at + 1,
    "no daemon": events[76]!.at + 1,
  };
  const pages = Object.entries(moments).map(([name, at]) => {
    // By the line and not by the clock: some were written in one millisecond.
    const upTo = name === "the wall was told"
      ? events.slice(0, 22)
      : events.filter((e) => e.at <= at);
    const then = upTo.reduce(fold, EMPTY);
    return `=== ${name}\n${renderExplanation(explainNow(then, now, at), OPTIONS)}\n`;
  });
  await golden("explain_at", pages.join("\n"));
});

// -- explain --at --

Deno.test("explain --at says what was decided then, by what was known then", async () => {
  await using w = await world({ facts: midday() });
  w.daemon.pass(2 * MINUTE);
  w.daemon.store.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  w.daemon.pass(10 * MINUTE);
  await w.clock.advance(12 * MINUTE);
  equal(await w.run("explain", "--at", "11m ago"), 0);
  ok(w.said.out.startsWith("At 17:47, 11 min ago:\nNothing to do: every account in use has room"));
  ok(w.said.out.includes("\nWhat was known then\n"), w.said.out);
  w.said.out = "";
  equal(await w.run("explain", "--at", "17:48", "--json"), 0);
  equal(JSON.parse(w.said.out).why, "Nothing to do: frozen: lunch");
});

Deno.test("explain --at refuses what is no time, what is to come, and what the journal does not hold", async () => {
  const cases = [
    [["--at", "soon"], 'Cannot explain: "soon" is no time\n'],
    [["--at", "2099-01-01T10:00"], "Cannot explain: that time is still to come\n"],
    [["--at", "2026-01-01T10:00"], "Cannot explain: the journal does not reach back so far"],
    [["last", "--at", "10:00"], "Cannot explain: a swap has its own time\n"],
  ] as const;
  for (const [args, says] of cases) {
    await using w = await world();
    equal(await w.run("explain", ...args), 2);
    ok(w.said.err.startsWith(says), w.said.err);
  }
});

Deno.test("explain --at reads the journal itself when no daemon runs", async () => {
  await using home = await testHome();
  const config = pool({ paths: { stateDir: `${home.dir}/state`, runtimeDir: `${home.dir}/run` } });
  let now = NOON - 10 * MINUTE;
  {
    using store = new Store(journalPath(config), { now: () => now });
    store.record(started(), { type: "config.applied", config });
    now += 5 * MINUTE;
    store.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  }
  await using w = await world({ facts: null, config });
  equal(await w.run("explain", "--at", "6m ago", "--json"), 0);
  equal(JSON.parse(w.said.out).why, "Nothing to do: every account in use has room");
  w.said.out = "";
  equal(await w.run("explain", "--at", "5m ago", "--json"), 0);
  equal(JSON.parse(w.said.out).why, "Nothing to do: frozen: lunch");
});

Deno.test("GET /v1/decisions?at= says the same, and what it cannot", async () => {
  using w = setup();
  w.pass(MINUTE);
  w.control.record({ type: "freeze.requested", by: "person", reason: "lunch" });
  equal((await w.client.explainAt(NOON)).why, "Nothing to do: every account in use has room");
  equal((await w.client.explainAt(NOON + MINUTE)).at, NOON + MINUTE);
  await rejects(w.client.explainAt(NOON - 1), { status: 404 });
  await rejects(w.client.explainAt(NOON + 2 * MINUTE), { status: 400 });
  equal((await w.app.request("/v1/decisions?at=noon")).status, 400);
  equal((await w.app.request("/v1/decisions")).status, 400);
});
