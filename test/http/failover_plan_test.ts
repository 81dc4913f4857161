import { deepStrictEqual as equal } from "node:assert/strict";
import { type FailoverWish, planFailover } from "../../lib/http/failover_plan.ts";
import type { Fact } from "../../lib/model/event.ts";
import { Store } from "../../lib/runtime/store.ts";
import { account, config, HOUR, NOON, reading, running, session, started } from "./fixture.ts";

const POOL = config({
  accounts: [
    account("work", { priority: 1 }),
    account("spare", { priority: 2 }),
    account("home", { priority: 3, auto: false }),
  ],
  sessions: [
    session("a", { allowedAccounts: ["work", "spare", "home"] }),
    session("b", { allowedAccounts: ["work", "spare", "home"] }),
    session("c", { account: "spare", allowedAccounts: ["spare", "work", "home"] }),
  ],
});

function plan(wish: FailoverWish, ...facts: Fact[]) {
  using store = new Store(":memory:", { now: () => NOON });
  store.record(started(), { type: "config.applied", config: POOL }, ...facts);
  const planned = planFailover(store.state, wish, NOON);
  if ("refused" in planned) return planned.refused;
  if ("unknown" in planned) return planned.unknown;
  const { from, to, sessions, reason, warning } = planned.plan;
  return { from, to, sessions, reason: reason.kind, warning };
}

const ALL = [...running(["a", "b"]), ...running(["c"], "spare")];
const FULL = { usedPct: 100, resetsAt: NOON + HOUR };
const asked = { reason: "asked", warning: null } as const;
const proposal: Fact = {
  type: "swap.proposed",
  from: "spare",
  to: "home",
  reason: { kind: "threshold", window: "five_hour", usedPct: 95 },
};

const cases: [string, ReturnType<typeof plan>, ReturnType<typeof plan>][] = [
  [
    "leaves the account with the most live sessions for the best other one",
    plan({}, ...ALL),
    { from: "work", to: "spare", sessions: ["a", "b"], ...asked },
  ],
  [
    "never leaves the target itself, though it has the most sessions",
    plan({ to: "work" }, ...ALL),
    { from: "spare", to: "work", sessions: ["c"], ...asked },
  ],
  [
    "passes over a full candidate; a person may go where `auto: false` stands",
    plan({}, ...ALL, reading("spare", FULL)),
    { from: "work", to: "home", sessions: ["a", "b"], ...asked },
  ],
  [
    "goes to a full account that a person names, with a warning",
    plan({ to: "spare" }, ...ALL, reading("spare", FULL)),
    {
      from: "work",
      to: "spare",
      sessions: ["a", "b"],
      reason: "asked",
      warning: "its 5-hour window is used up",
    },
  ],
  [
    "takes the waiting proposal, and keeps its reason",
    plan({}, ...ALL, proposal),
    { from: "spare", to: "home", sessions: ["c"], reason: "threshold", warning: null },
  ],
  [
    "lets the proposal be when the person names another target",
    plan({ to: "spare" }, ...ALL, proposal),
    { from: "work", to: "spare", sessions: ["a", "b"], ...asked },
  ],
  [
    "chooses another target when that of the proposal is full by now",
    plan({}, ...ALL, proposal, reading("home", FULL)),
    { from: "spare", to: "work", sessions: ["c"], ...asked },
  ],
  ["refuses when nothing runs", plan({}), "no session is running"],
  [
    "refuses to move what is there already, and says that it is",
    plan({ to: "work" }, ...running(["a", "b"])),
    "all 2 sessions that run are under work already",
  ],
  [
    "does not know an account that is not in the config",
    plan({ from: "wrok" }, ...ALL),
    "no account wrok in the config",
  ],
  [
    "says why of every account when none can take the work",
    plan({}, ...ALL, reading("spare", FULL), reading("home", FULL)),
    "no account can take the work of work " +
    "(spare: its 5-hour window is used up; home: its 5-hour window is used up)",
  ],
];

for (const [what, actual, expected] of cases) {
  Deno.test(`planFailover() ${what}`, () => equal(actual, expected));
}
