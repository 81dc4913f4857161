import { deepStrictEqual as equal } from "node:assert/strict";
import { statusView } from "../../lib/http/view.ts";
import { pct } from "../../lib/words/reasons.ts";
import type { Fact } from "../../lib/model/event.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import { ASKED, config, conversationOf, HOUR, NOON, reading, wholeMove } from "./fixture.ts";
import { midday } from "./setup.ts";

function view(facts: Fact[], now = NOON) {
  using store = new Store(":memory:", { now: () => NOON });
  store.record(...facts);
  return statusView(store.state, now);
}

Deno.test("statusView() is whole when nothing has happened yet", () => {
  const empty = statusView(EMPTY, NOON);
  equal([empty.accounts, empty.sessions, empty.swap, empty.mode], [[], [], null, null]);
  equal(empty.decision.text, "Nothing to do: no config is in force");
});

Deno.test("statusView() gives each figure its line, its source and whether its reset has passed", () => {
  const facts = [...midday(), reading("spare", { usedPct: 98, resetsAt: NOON + HOUR })];
  const [work, spare] = view(facts, NOON + HOUR).accounts;
  equal(work!.windows.map((w) => [w.window, w.usedPct, w.linePct, w.expired]), [
    ["five_hour", 61.4, 92, false],
    ["seven_day", 20, 97, false],
  ]);
  equal(spare!.windows.map((w) => [w.usedPct, w.source, w.expired]), [[98, "status line", true]]);
  equal([work!.pressure.is, spare!.pressure.is], ["room", "unknown"]);
});

Deno.test("statusView() shows a wall, the limited session and what the policy wants", () => {
  const run = "run-ccl-0-work";
  const seen = view([
    ...midday(),
    {
      type: "turn.failed",
      session: "ccl-0",
      run,
      refusal: { kind: "quota", window: "five_hour", text: "You've hit your 5-hour limit" },
      seenAt: NOON,
    },
    {
      type: "quota.wall",
      transcript: null,
      account: "work",
      session: "ccl-0",
      window: "five_hour",
      resetsAt: NOON + HOUR,
      evidence: ["StopFailure rate_limit", "the quota text"],
    },
  ]);
  equal(seen.accounts[0]!.pressure, { is: "full", window: "five_hour", resetsAt: NOON + HOUR });
  equal(seen.accounts[0]!.wall!.evidence.length, 2);
  equal([seen.sessions[0]!.phase, seen.sessions[0]!.detail], ["limited", "five_hour"]);
  equal(
    seen.decision.text,
    "Move 2 sessions from work to spare: ccl-0 ran into the limit of its 5-hour window",
  );
});

Deno.test("statusView() calls a moved session unproven until an answer was seen", () => {
  const moved: Fact[] = [
    ...midday(),
    ASKED,
    { type: "run.stopping", session: "ccl-0", run: "run-ccl-0-work", why: "swap", tree: [] },
    { type: "run.ended", session: "ccl-0", run: "run-ccl-0-work", exit: 143 },
    ...wholeMove("s1", "ccl-0", "spare"),
    {
      type: "run.ready",
      session: "ccl-0",
      run: "run-ccl-0-spare",
      conversation: conversationOf("ccl-0"),
      source: "resume",
      transcript: null,
    },
  ];
  const before = view(moved);
  equal([before.sessions[0]!.account, before.sessions[0]!.unproven], ["spare", true]);
  equal([before.swap!.outcome.is, before.swap!.moves[0]!.proven], ["running", false]);
  const after = view([
    ...moved,
    { type: "turn.ended", session: "ccl-0", run: "run-ccl-0-spare" },
  ]);
  equal([after.sessions[0]!.unproven, after.swap!.moves[0]!.proven], [false, true]);
});

Deno.test("statusView() keeps a live session that has left the config, at the end", () => {
  const smaller = config({ sessions: config().sessions.slice(1) });
  const seen = view([...midday(), { type: "config.applied", config: smaller }]);
  equal(seen.sessions.map((s) => [s.name, s.project]), [
    ["ccl-1", "shop"],
    ["ccl-2", "shop"],
    ["ccl-0", null],
  ]);
});

Deno.test("statusView() shows how a dead session ended, and no pid of it", () => {
  const ended: Fact = { type: "run.ended", session: "a", run: "run-ccl-0-work", exit: 1 };
  const seen = view([...midday(), { ...ended, session: "ccl-0" }]).sessions[0]!;
  equal([seen.phase, seen.detail, seen.pid], ["dead", "exit 1", null]);
});

Deno.test("pct() never rounds an unfinished window up to full", () => {
  equal([0, 61.4, 99.7, 100, 104.2].map(pct), ["0 %", "61 %", "99 %", "100 %", "104 %"]);
});
