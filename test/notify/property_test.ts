/**
 * Whatever fails and dies on the way: each notice arrives at each channel, in order, and a repeat says that it may be one; what a
 * service never takes is a dead letter, or waits to be one, and keeps nothing else.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { MOST_PENDING } from "../../lib/notify/post.ts";
import type { Answer } from "./world.ts";
import { hook, log, NotifyWorld } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const sent: Answer = { is: "sent", ref: null };
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(sent) },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant("retry" as const),
      why: fc.constant("503"),
      afterMs: fc.option(fc.integer({ min: 0, max: 10 * MINUTE })),
      unsure: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Answer>("hang", "throw", "die before", "die after") },
);
const REFUSED: Answer = {
  is: "retry",
  why: "500",
  afterMs: null,
  unsure: false,
  refused: true,
};
const step = fc.oneof(
  fc.record({ do: fc.constant("happen" as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 3 * MINUTE }) }),
  fc.constant({ do: "kill" } as const),
  fc.constant({ do: "stop" } as const),
);

Deno.test("each notice arrives at least once and in order under random failures and kills", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.array(answer, { maxLength: 30 }),
      // What the services never take, by its number.
      fc.uniqueArray(fc.nat({ max: 12 }), { maxLength: 2 }),
      async (steps, answers, poison) => {
        await using w = await NotifyWorld.made([hook("phone"), log("log")]);
        let nth = 0;
        const say = () => answers[nth++] ?? sent;
        const isPoison = (id: string) => poison.some((nth) => id === `failover.proposed:p${nth}`);
        for (const name of ["phone", "log"]) {
          w.service(name).answer = ({ notice }) => isPoison(notice.id) ? REFUSED : say();
        }
        w.start();
        await w.pass(10);
        let made = 0;
        for (const one of steps) {
          if (!w.isAlive) w.start(); // who was killed by an answer
          if (one.do === "kill") w.kill();
          else if (one.do === "stop") await w.stop();
          else if (one.do === "pass") await w.pass(one.ms);
          else for (let i = 0; i < one.count; i++) w.happen(made++);
        }
        // The world heals.
        nth = answers.length;
        const told = Array.from({ length: made }, (_, i) => `failover.proposed:p${i}`);
        const wanted = told.filter((id) => !isPoison(id));
        const firstPoison = told.findIndex(isPoison);
        const ended = (name: string) => {
          const never = w.notifier.history({ limit: 1_000, channel: name })
            .filter(({ stage }) => stage !== "sent");
          return {
            arrived: new Set(w.service(name).arrived.map((m) => m.notice.id)).size,
            never: never.length,
            someDead: never.some(({ stage }) => stage === "dead"),
          };
        };
        const end = {
          arrived: wanted.length,
          never: told.length - wanted.length,
          // One that is never taken is given up for the first that is; with none behind it, it waits.
          someDead: firstPoison >= 0 && told.slice(firstPoison).some((id) => !isPoison(id)),
        };
        const isOver = () =>
          w.isAlive &&
          ["phone", "log"].every((name) => JSON.stringify(ended(name)) === JSON.stringify(end));
        for (let minutes = 0; !isOver() && minutes < 300; minutes++) {
          if (!w.isAlive) w.start();
          await w.pass(MINUTE);
        }
        for (const name of ["phone", "log"]) {
          const { arrived } = w.service(name);
          const ids = arrived.map((m) => m.notice.id);
          assert.deepEqual([...new Set(ids)], wanted, `${name}: ${ids}`);
          for (const [i, message] of arrived.entries()) {
            const isRepeat = arrived.slice(0, i).some((m) => m.key === message.key);
            if (isRepeat) assert.ok(message.maybeRepeated, `${message.key} came twice unmarked`);
          }
          assert.deepEqual(ended(name), end, name);
        }
        assert.deepEqual(w.failures, []);
      },
    ),
    { numRuns: 50 },
  );
});

/** A service that is ill in one way for some attempts, and then is well. */
const FAULTS: readonly (readonly [name: string, ill: Answer, attempts: number, repeats: number])[] =
  [
    [
      "down for an hour",
      { is: "retry", why: "nobody listens", afterMs: null, unsure: false },
      14,
      0,
    ],
    ["429 with a rest", { is: "retry", why: "429", afterMs: 30_000, unsure: false }, 2, 0],
    ["500, of which nobody knows", { is: "retry", why: "500", afterMs: null, unsure: true }, 2, 2],
    ["hangs", "hang", 2, 0],
    ["answers what is no answer", "throw", 2, 0],
    ["killed before it arrived", "die before", 3, 0],
    ["killed after it arrived", "die after", 3, 3],
  ];

for (const [name, ill, attempts, repeats] of FAULTS) {
  Deno.test(`a channel that is ${name} gets all, in order, and the other one at once`, async () => {
    await using w = await NotifyWorld.made([hook("ill"), hook("well")]);
    const service = w.service("ill");
    let left = attempts;
    service.answer = () => left-- > 0 ? ill : sent;
    w.start();
    await w.pass(10);
    w.happen(1);
    w.happen(2);
    await w.pass(10);
    if (w.isAlive) assert.equal(w.service("well").arrived.length, 2);
    for (let minutes = 0; minutes < 150; minutes++) {
      if (!w.isAlive) w.start();
      await w.pass(MINUTE);
    }
    const ids = service.arrived.map((m) => m.notice.id);
    assert.deepEqual([...new Set(ids)], ["failover.proposed:p1", "failover.proposed:p2"]);
    assert.equal(ids.length - 2, repeats, String(ids));
    const marked = service.arrived.filter((m) => m.maybeRepeated).length;
    const isUnsure = typeof ill === "string" || ill.is === "retry" && ill.unsure;
    assert.equal(marked > 0, isUnsure);
    assert.deepEqual(new Set(w.service("well").arrived.map((m) => m.notice.id)).size, 2);
    assert.deepEqual(w.failures, []);
  });
}

Deno.test("a service's wish is waited for, and no longer than it is long", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  const tries: number[] = [];
  w.service("phone").answer = () => {
    tries.push(w.clock.now());
    return tries.length > 1
      ? sent
      : { is: "retry", why: "429", afterMs: 30 * MINUTE, unsure: false };
  };
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(HOUR);
  const [first, second] = tries;
  assert.ok(second! - first! >= 30 * MINUTE && second! - first! <= 33 * MINUTE);
});

Deno.test("a wall clock that is set back makes no rest endless", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  let tries = 0;
  w.service("phone").answer = () =>
    ++tries > 1 ? sent : { is: "retry", why: "503", afterMs: null, unsure: false };
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(10);
  w.clock.jump(-48 * HOUR);
  await w.pass(7 * HOUR);
  assert.equal(w.service("phone").arrived.length, 1);
});

Deno.test("a storm of ten thousand events leaves a bounded outbox and one message", async () => {
  await using w = await NotifyWorld.made([hook("phone"), log("log")]);
  w.start();
  await w.pass(10);
  w.store.together(() => {
    for (let nth = 0; nth < 10_000; nth++) {
      w.store.record({ type: "worker.failed", worker: "quota", error: "no", times: 3 });
    }
  });
  w.record({ type: "worker.failed", worker: "quota", error: "no", times: 3 });
  for (let turn = 0; turn < 400; turn++) await w.pass(100);
  await w.pass(10 * MINUTE);
  const { arrived } = w.service("phone");
  assert.equal(arrived.reduce((sum, m) => sum + m.notice.count, 0), 10_001);
  assert.ok(arrived.length <= 2, `${arrived.length} messages`);
  assert.ok(w.service("log").arrived.length <= 10_001);
  assert.ok(MOST_PENDING <= 500);
});
