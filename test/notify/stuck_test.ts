/** When a message that its service always refuses is given up for those behind it, and when it is not. */
import assert from "node:assert/strict";
import type { Sent } from "../../lib/notify/channel.ts";
import { judge, LEAST_REFUSALS, type Stuck, STUCK_MS } from "../../lib/notify/stuck.ts";
import { type Answer, hook, NotifyWorld } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const sent: Sent = { is: "sent", ref: null };
const rejected: Sent = { is: "rejected", why: "400" };
const down: Sent = { is: "retry", why: "nobody listens", afterMs: null, unsure: false };
const refused: Sent = { is: "retry", why: "500", afterMs: null, unsure: false, refused: true };

const AT = 2 * HOUR;
const young: Stuck = { id: 1, sinceMs: AT - MINUTE, refusals: 50, probing: false, probed: 1 };
const rare: Stuck = {
  ...young,
  sinceMs: AT - STUCK_MS,
  refusals: LEAST_REFUSALS - 2,
};
const old: Stuck = { ...rare, refusals: 50 };
const probing: Stuck = { ...old, probing: true };

const CASES: readonly (readonly [
  name: string,
  before: Stuck | null,
  attempt: readonly [id: number, sent: Sent],
  after: Stuck | null,
  dead: number | null,
])[] = [
  [
    "a first refusal is noted",
    null,
    [1, refused],
    { id: 1, sinceMs: AT, refusals: 1, probing: false, probed: 1 },
    null,
  ],
  ["what is taken is nothing", null, [1, sent], null, null],
  ["a service that is down refuses nothing", null, [1, down], null, null],
  ["50 refusals within a minute: on", young, [1, refused], { ...young, refusals: 51 }, null],
  [
    "few refusals in half an hour: on",
    rare,
    [1, refused],
    { ...rare, refusals: LEAST_REFUSALS - 1 },
    null,
  ],
  [
    "refused for long: another is tried",
    old,
    [1, refused],
    { ...probing, refusals: 51 },
    null,
  ],
  ["the other is taken: the first is dead", probing, [2, sent], null, 1],
  [
    "the other is refused too: it waits as before",
    probing,
    [2, refused],
    { ...old, probed: 2 },
    null,
  ],
  ["the other is rejected for good: it waits", probing, [2, rejected], { ...old, probed: 2 }, null],
  ["the service is down for the other: all anew", probing, [2, down], null, null],
  ["in the end it is taken", old, [1, sent], null, null],
  ["in the end it is rejected", old, [1, rejected], null, null],
  ["the service goes down in between: all anew", old, [1, down], null, null],
  [
    "another that came before it was taken, but not at once after a refusal",
    old,
    [
      0,
      sent,
    ],
    old,
    null,
  ],
  ["another that comes before it is refused: its turn", old, [0, refused], {
    id: 0,
    sinceMs: AT,
    refusals: 1,
    probing: false,
    probed: 0,
  }, null],
];

for (const [name, before, [id, sent], stuck, dead] of CASES) {
  Deno.test(`judge(): ${name}`, () => {
    assert.deepEqual(judge(before, { id, sent, atMs: AT }), { stuck, dead });
  });
}

/** A service that fails at some messages for ever, and takes all others. */
function failsAt(...numbers: readonly number[]) {
  const ids = numbers.map((nth) => `failover.proposed:p${nth}`);
  return ({ notice }: { readonly notice: { readonly id: string } }): Answer =>
    ids.includes(notice.id) ? refused : sent;
}

async function world() {
  const w = await NotifyWorld.made([hook("phone")]);
  w.start();
  await w.pass(10);
  const phone = w.service("phone");
  return {
    w,
    phone,
    numbers: () => phone.arrived.map((m) => Number(/p(\d+)$/.exec(m.notice.id)![1])),
    history: (stage: "dead" | "pending") => w.notifier.history({ limit: 100, stage }),
    [Symbol.asyncDispose]: () => w[Symbol.asyncDispose](),
  };
}

Deno.test("a message that the service always answers with 500 holds up the others for half an hour, and no longer", async () => {
  await using one = await world();
  const { w, phone } = one;
  phone.answer = failsAt(2);
  for (const nth of [1, 2, 3, 4]) w.happen(nth);
  await w.pass(29 * MINUTE);
  assert.deepEqual(one.numbers(), [1]);
  await w.pass(15 * MINUTE);
  assert.deepEqual(one.numbers(), [1, 3, 4]);
  const [dead, ...more] = one.history("dead");
  assert.deepEqual(more, []);
  assert.match(
    dead!.why!,
    /^given up: another message was taken, and this one always refused: 500$/,
  );
  assert.equal(w.reported.length, 1);
  assert.match(w.reported[0]!, /^The channel phone takes other notices and not ".+": 500$/);
});

Deno.test("a service that answers everything with 500 loses nothing, and gets all in order when it is well, at any moment", async () => {
  for (let later = 0; later < 21; later += 3) {
    await using one = await world();
    const { w, phone } = one;
    phone.answer = () => refused;
    for (const nth of [1, 2, 3]) w.happen(nth);
    await w.pass(3 * HOUR + later * MINUTE);
    assert.equal(one.history("pending").length, 3);
    phone.answer = () => sent;
    await w.pass(20 * MINUTE);
    assert.deepEqual([one.numbers(), one.history("dead"), w.reported], [[1, 2, 3], [], []]);
  }
});

Deno.test("a service that is down now and then gets nothing out of its order", async () => {
  await using one = await world();
  const { w, phone } = one;
  let calls = 0;
  phone.answer = (message) => ++calls % 3 === 0 ? down : failsAt(1)(message);
  for (const nth of [1, 2]) w.happen(nth);
  await w.pass(20 * HOUR);
  assert.deepEqual([one.numbers(), one.history("dead")], [[], []]);
});

Deno.test("several that are refused hold up the others for half an hour each", async () => {
  await using one = await world();
  const { w, phone } = one;
  phone.answer = failsAt(1, 2, 3);
  for (const nth of [1, 2, 3, 4, 5]) w.happen(nth);
  await w.pass(3 * HOUR);
  assert.deepEqual(one.numbers(), [4, 5]);
  // The last one waits for another that could be taken.
  w.happen(6);
  await w.pass(HOUR);
  assert.deepEqual(one.numbers(), [4, 5, 6]);
  assert.equal(one.history("dead").length, 3);
});

Deno.test("the only message that waits is not given up for being refused", async () => {
  await using one = await world();
  const { w, phone } = one;
  phone.answer = failsAt(1);
  w.happen(1);
  await w.pass(24 * HOUR);
  assert.equal(one.history("pending").length, 1);
  const { calls } = phone;
  await w.pass(HOUR);
  assert.ok(phone.calls - calls <= 13, `${phone.calls - calls} tries in an hour`);
  phone.answer = () => sent;
  await w.pass(20 * MINUTE);
  assert.deepEqual(one.numbers(), [1]);
});
