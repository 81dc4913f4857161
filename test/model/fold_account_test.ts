import { strict as assert } from "node:assert";
import type { Event, Fact } from "../../lib/model/event.ts";
import {
  type AccountEvent,
  ASKINGS_KEPT_MS,
  foldAccount,
  TOKENS_KEPT_MS,
} from "../../lib/model/fold_account.ts";
import { NO_TOKENS } from "../../lib/model/quota.ts";
import { type Account, NEW_ACCOUNT } from "../../lib/model/state.ts";

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 10, 28);
type AccountFact = Extract<Fact, { type: AccountEvent["type"] }>;

function folded(facts: readonly (readonly [at: number, fact: AccountFact])[]): Account {
  return facts.reduce(
    (account, [at, fact], i) =>
      foldAccount(account, { ...fact, seq: i + 1, at } as Event & AccountEvent),
    NEW_ACCOUNT,
  );
}

function counted(until: number, input: number): AccountFact {
  const tokens = { ...NO_TOKENS, input };
  return { type: "usage.counted", account: "a", from: until - MINUTE, until, tokens, messages: 1 };
}

const asked: AccountFact = { type: "quota.asked", account: "a", source: "usage command" };
const read: AccountFact = {
  type: "quota.read",
  account: "a",
  source: "usage command",
  windows: { five_hour: { usedPct: 40, resetsAt: T0 + 3_600_000 } },
  madeAt: T0,
};

Deno.test("foldAccount() adds tokens up in five minutes each, and forgets them after six hours", () => {
  const minutes = [0, 1, 4, 5, 17];
  const { tokens } = folded(minutes.map((m) => [T0 + m * MINUTE, counted(T0 + m * MINUTE, m + 1)]));
  assert.deepEqual(
    tokens?.map(({ at, input, messages }) => [(at - T0) / MINUTE, input, messages]),
    [[0, 8, 3], [5, 6, 1], [15, 18, 1]],
  );
  const days = Array.from({ length: 2000 }, (_, i) => T0 + i * MINUTE);
  const long = folded(days.map((at) => [at, counted(at, 1)])).tokens!;
  assert.equal(long.length, 72);
  assert.ok(days.at(-1)! - long[0]!.at <= TOKENS_KEPT_MS);
});

Deno.test("foldAccount() counts anew when the clock is set back", () => {
  const { tokens } = folded([[T0, counted(T0, 5)], [T0 - 86_400_000, counted(T0 - 86_400_000, 7)]]);
  assert.deepEqual(tokens?.map(({ input }) => input), [7]);
});

Deno.test("foldAccount() keeps a figure of unknown age out of the history that forecasts stand on", () => {
  const old = { ...read, madeAt: T0 - 60 * MINUTE, ageUnknown: true } as AccountFact;
  const account = folded([[T0, old]]);
  assert.deepEqual(account.windows.five_hour, {
    usedPct: 40,
    resetsAt: T0 + 3_600_000,
    source: "usage command",
    readAt: T0 - 60 * MINUTE,
    ageUnknown: true,
  });
  assert.equal(account.samples?.five_hour, undefined);
  const known = folded([[T0, old], [T0 + MINUTE, read]]);
  assert.equal(known.windows.five_hour?.ageUnknown, undefined);
  assert.equal(known.samples?.five_hour?.length, 1);
});

Deno.test("foldAccount() keeps the account's own windows and the last sixteen of all, whatever names a source makes up", () => {
  const other = (i: number): AccountFact => ({
    ...read,
    windows: { [`other:${i}`]: { usedPct: i, resetsAt: null } },
    madeAt: T0 + i,
  } as AccountFact);
  const facts = Array.from({ length: 100 }, (_, i) => [T0 + i + 1, other(i)] as const);
  const names = Object.keys(folded([[T0, read], ...facts]).windows);
  assert.equal(names.length, 16);
  assert.ok(names.includes("five_hour") && names.includes("other:99"));
});

Deno.test("foldAccount() counts askings, which of them were answered, and failures since", () => {
  const failed: AccountFact = {
    type: "quota.unanswered",
    account: "a",
    source: "usage command",
    why: "no figures",
    until: T0 + 9 * MINUTE,
  };
  const before: (readonly [number, AccountFact])[] = [
    [T0, asked],
    [T0 + 1, read],
    [T0 + MINUTE, asked],
    [T0 + MINUTE + 1, failed],
  ];
  assert.deepEqual(folded(before).asked, {
    askings: [{ at: T0, answered: true }, { at: T0 + MINUTE, answered: false }],
    failures: 1,
    rest: { why: "no figures", until: T0 + 9 * MINUTE },
  });
  const later = T0 + ASKINGS_KEPT_MS + 1;
  const after = folded([...before, [later, asked], [later + 1, { ...read, madeAt: later }]]).asked!;
  assert.deepEqual(after.askings.map(({ at }) => at), [T0 + MINUTE, later]);
  assert.deepEqual([after.failures, after.rest], [0, null]);
});

Deno.test("foldAccount() takes no reading of a status line for the answer to an asking", () => {
  const line = { ...read, source: "status line" } as AccountFact;
  assert.deepEqual(folded([[T0, asked], [T0 + 1, line]]).asked?.askings, [{
    at: T0,
    answered: false,
  }]);
});

Deno.test("foldAccount() takes no figures from before an asking for its answer, nor those of unknown age", () => {
  const stale = { ...read, madeAt: T0 - 10 * MINUTE } as AccountFact;
  const unknown = { ...read, ageUnknown: true } as AccountFact;
  for (const figures of [stale, unknown]) {
    assert.equal(folded([[T0, asked], [T0 + 1, figures]]).asked?.askings[0]?.answered, false);
  }
  assert.equal(folded([[T0, asked], [T0 + 1, read]]).asked?.askings[0]?.answered, true);
});

Deno.test("foldAccount() lets an asking from before the clock was set back count from now on", () => {
  const day = 86_400_000;
  const checked: AccountFact = { type: "account.checked", account: "a", problems: [] };
  const { asked: kept } = folded([[T0, asked], [T0 - day, checked], [
    T0 - day + 60 * MINUTE,
    checked,
  ]]);
  assert.deepEqual(kept?.askings.map(({ at }) => at), [T0 - day]);
});
