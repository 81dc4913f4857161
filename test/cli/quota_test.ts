/** `quota`: what people and programs see of it. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { renderQuota } from "../../lib/cli/render/quota.ts";
import { renderStatus } from "../../lib/cli/render/status.ts";
import { styleFor } from "../../lib/cli/style.ts";
import { quotaView } from "../../lib/http/quota_view.ts";
import { statusView } from "../../lib/http/view.ts";
import { confidenceIn } from "../../lib/model/confidence.ts";
import type { Fact } from "../../lib/model/event.ts";
import { EMPTY, type State } from "../../lib/model/state.ts";
import { journalPath, Store } from "../../lib/runtime/store.ts";
import { account, config, HOUR, MINUTE, NOON, reading, running, started } from "../http/fixture.ts";
import { setup } from "../http/setup.ts";
import { testHome, until } from "../support/mod.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";
import { inBerlin } from "../support/local_time.ts";

const OPTIONS = { columns: 80, style: styleFor({ color: false }), localTime: inBerlin };
const DAY = 24 * HOUR;
const POOL = config({
  accounts: [
    account("work", { priority: 1, overage: { usdPerDay: 20 } }),
    account("spare", { priority: 2 }),
    account("api", { priority: 3, kind: "api-key", usdPerDay: 10 }),
    account("new", { priority: 4 }),
  ],
  quota: { usageCommand: true, everyMs: 10 * MINUTE, perHour: 12 },
});

/** An hour of work under `work`, whose 5-hour window fills; figures each five minutes up to NOON. */
function anHour(): State {
  let now = NOON - HOUR;
  using store = new Store(":memory:", { now: () => now });
  store.record(started(), { type: "config.applied", config: POOL }, ...running(["ccl-0"]));
  store.record(reading("spare", { usedPct: 98, resetsAt: NOON - MINUTE }, {
    usedPct: 96.7,
    resetsAt: NOON + 2 * DAY,
  }));
  store.record({ type: "quota.asked", account: "spare", source: "usage command" });
  store.record({ type: "overage.seen", account: "work", inUse: false, enabled: true, madeAt: now });
  for (let i = 0; i <= 12; i++) {
    now = NOON - HOUR + i * 5 * MINUTE;
    store.record(reading("work", { usedPct: 60 + 2 * i, resetsAt: NOON + 3 * HOUR }, {
      usedPct: 20 + i / 4,
      resetsAt: NOON + 4 * DAY,
    }));
  }
  const tokens = { input: 912, output: 34_400, cacheRead: 1_240_000, cacheWrite: 51_000 };
  store.record({
    type: "usage.counted",
    account: "work",
    from: NOON - HOUR,
    until: now,
    tokens,
    messages: 41,
  });
  return store.state;
}

Deno.test("renderQuota() draws each window with its reset, its forecast, its source and what that is worth", async () => {
  const pages = {
    "a pool": renderQuota(quotaView(anHour(), NOON + 12_000), OPTIONS),
    "in the evening, when nobody has asked": renderQuota(
      quotaView(anHour(), NOON + 2 * HOUR),
      OPTIONS,
    ),
    "no config": renderQuota(quotaView(EMPTY, NOON), OPTIONS),
  };
  const text = Object.entries(pages).map(([name, page]) => `=== ${name}\n${page}`).join("\n");
  for (const line of text.split("\n")) ok([...line].length <= 80, line);
  await golden("quota", text);
});

Deno.test("renderStatus() says when a window will be full only when that is soon", () => {
  const page = (state: State) => renderStatus(statusView(state, NOON), OPTIONS);
  const full = /work: 5-hour window \+24 %\/h, full about 18:\d\d/;
  const near = anHour();
  match(page(near), full);
  const windows = near.accounts.work!.samples!;
  const slow = windows.five_hour!.map((s) => ({ ...s, usedPct: s.usedPct / 4 }));
  const far: State = {
    ...near,
    accounts: {
      ...near.accounts,
      work: { ...near.accounts.work!, samples: { ...windows, five_hour: slow } },
    },
  };
  ok(!/full about/.test(page(far)), page(far));
});

Deno.test("quotaView() counts requests, money and tokens of their time only", () => {
  const state = anHour();
  const of = (id: string, now: number) => quotaView(state, now).accounts.find((a) => a.id === id)!;
  equal(of("spare", NOON - MINUTE).asking, { requests: 2, perHour: 12, rest: null });
  equal(of("spare", NOON + MINUTE).asking!.requests, 0);
  equal(of("api", NOON).asking, null, "an API key has no such figures");
  equal(of("api", NOON).spent, { day: "2026-11-22", usd: 0, capUsd: 10, capReached: false });
  equal(of("spare", NOON).spent, null);
  equal(of("work", NOON).tokens?.messages, 41);
  equal(of("work", NOON + 6 * HOUR).tokens, null);
});

Deno.test("confidenceIn() goes by the age of a figure, and nobody's word is none", () => {
  const window = {
    usedPct: 5,
    resetsAt: NOON + 4 * HOUR,
    readAt: NOON,
    source: "status line",
  } as const;
  const at = (ms: number, more = {}) => confidenceIn({ ...window, ...more }, NOON + ms);
  equal(at(2 * MINUTE), "high");
  equal(at(2 * MINUTE + 1), "medium");
  equal(at(30 * MINUTE), "medium");
  equal(at(30 * MINUTE + 1), "low");
  equal(at(0, { ageUnknown: true }), "low");
  equal(at(4 * HOUR), "none");
  equal(at(MINUTE, { resetsAt: null }), "high");
});

Deno.test("docs/quota.md shows what the command prints", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/quota.md", import.meta.url));
  const [, shown] = /```text\n([^]*?)```/.exec(page)!;
  const printed = renderQuota(quotaView(anHour(), NOON + 12_000), OPTIONS);
  equal(printed.slice(0, shown!.length), shown);
});

// -- The command --

Deno.test("quota shows all accounts or one, and with --json the resource of the API", async () => {
  await using w = await world();
  equal(await w.run("quota"), 0);
  match(w.said.out, /^work · subscription · has room\n {2}5 h .* 61 % {2}resets /);
  match(w.said.out, /\nspare · subscription · no figure yet\n/);
  w.said.out = "";
  equal(await w.run("quota", "spare", "--json"), 0);
  equal(JSON.parse(w.said.out).accounts.map((a: { id: string }) => a.id), ["spare"]);
  equal(await w.run("quota", "spar"), 2);
  match(
    w.said.err,
    /^Cannot show the quota: no account spar in the config\n.*did you mean spare\?/s,
  );
});

Deno.test("quota --watch shows a new figure at once, and ends with the interrupt", async () => {
  await using w = await world();
  const watching = w.run("quota", "work", "--watch", "--json");
  await until(() => w.daemon.waiting.size === 1);
  const fact: Fact = reading("work", { usedPct: 77, resetsAt: NOON + HOUR }, {
    usedPct: 20,
    resetsAt: NOON + DAY,
  });
  w.daemon.control.record(fact);
  await until(() => w.clock.sleepers > 1);
  await w.clock.advance(100);
  await until(() => w.said.out.includes('"usedPct":77'));
  w.interrupt();
  equal(await watching, 0);
  equal(w.said.out.trim().split("\n").length, 2);
});

Deno.test("quota says what the last daemon knew when none runs, and ends with 3", async () => {
  await using home = await testHome();
  const left = config({ paths: { stateDir: `${home.dir}/state`, runtimeDir: `${home.dir}/run` } });
  {
    using store = new Store(journalPath(left), { now: () => NOON - 3 * MINUTE });
    store.record({ type: "config.applied", config: left }, started());
    store.record(reading("work", { usedPct: 61, resetsAt: NOON + HOUR }, {
      usedPct: 20,
      resetsAt: NOON + DAY,
    }));
  }
  await using w = await world({ facts: null, config: left });
  equal(await w.run("quota"), 3);
  match(w.said.out, /status line, 3 min old, confidence medium/);
  match(w.said.err, /^No daemon is running: this was so 3 min ago\nHint: /);
});

Deno.test("GET /v1/quota is the view, and fits its schema", async () => {
  using w = setup();
  const view = await w.client.quota();
  equal(view, JSON.parse(JSON.stringify(quotaView(w.store.state, NOON))));
});
