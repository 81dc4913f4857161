/**
 * The daemon dies before and after each outgoing call and each journal line of a pool's swap, once and in pairs, and is
 * started again: the end is always the same (`support/pool_swap.ts` says which).
 *
 * The suite runs a part of the matrix; `deno task evidence matrix` runs all of it.
 */
import assert from "node:assert/strict";
import { type Outcome, poolSwap, type Variant, VARIANTS } from "./support/pool_swap.ts";
import { randomFrom } from "./support/random.ts";

/** `k/n`: everything, but of each row only what falls to the kth of n processes. */
const PART = /^(\d+)\/(\d+)$/.exec(Deno.env.get("MATRIX_PART") ?? "")?.slice(1).map(Number);
const PAIRS = 40;

/** Whether the nth run of a row is made, where the suite makes one of `every`. */
function isMine(n: number, every: number): boolean {
  return PART ? n % PART[1]! === PART[0]! : n % every === 0;
}

/** Says with the failure where the daemon died. */
async function dying(variant: Variant, at: readonly number[], labels: readonly string[]) {
  const where = at.map((n) => `${n} (${labels[n] ?? "in the life after it"})`).join(" and ");
  try {
    return await poolSwap(variant, at);
  } catch (error) {
    throw new Error(`${variant.name}, after a crash at point ${where}`, { cause: error });
  }
}

for (const [row, variant] of VARIANTS.entries()) {
  Deno.test(`${variant.name} comes to the same end whatever single point the daemon dies at`, async () => {
    const { points } = await poolSwap(variant);
    assert.ok(points.length > 200, `${points.length} points`);
    // Mostly the point after one thing is the point before the next.
    const mine = points.map((_, n) => n).filter((n) => isMine(n, row === 0 ? 2 : 9));
    for (const n of mine) {
      const { deaths } = await dying(variant, [n], points);
      assert.equal(deaths, 1, `point ${n} was reached`);
    }
    console.log(`${mine.length} of ${points.length} points`);
  });
}

Deno.test("a pool swap comes to the same end whatever pair of points the daemon dies at", async () => {
  const [variant] = VARIANTS;
  const { points } = await poolSwap(variant!);
  const count = PART ? await wholeSquare(variant!, points) : await someOfSquare(variant!, points);
  console.log(`${count.ran} of ${count.of} pairs`);
});

interface Count {
  readonly ran: number;
  readonly of: number | string;
}

/** Every second point in the life after every first one. */
async function wholeSquare(variant: Variant, points: readonly string[]): Promise<Count> {
  let [ran, of] = [0, 0];
  for (let a = 0; a < points.length; a++) {
    const once: Outcome = await dying(variant, [a], points);
    for (let b = a + 1; b < once.points.length; b++) {
      if (!isMine(of++, 1)) continue;
      ran++;
      assert.equal((await dying(variant, [a, b], once.points)).deaths, 2);
    }
  }
  return { ran, of };
}

async function someOfSquare(variant: Variant, points: readonly string[]): Promise<Count> {
  const random = randomFrom(1);
  for (let ran = 0; ran < PAIRS; ran++) {
    const a = Math.floor(random() * points.length);
    const b = a + 1 + Math.floor(random() * (points.length - a));
    await dying(variant, [a, b], points);
  }
  return { ran: PAIRS, of: `about ${points.length ** 2 / 2}` };
}
