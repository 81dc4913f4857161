/**
 * A step's `done` that lies is found out by the crash matrix: each is put in its place, and the swap must come to
 * another end, or the lie must make no difference for a reason that stands here.
 */
import assert from "node:assert/strict";
import { MOVE_STEPS, type MoveStep } from "../lib/model/event.ts";
import { type Step, STEPS } from "../lib/switcher/steps.ts";
import { poolSwap, VARIANTS } from "./support/pool_swap.ts";

/** Why a `done` that always says so changes nothing; every other one must be caught. */
const EQUIVALENT: Readonly<Partial<Record<`${MoveStep} ${boolean}`, string>>> = {
  "quiesce false": "how it ended is told with its end as one, so nobody asks for it in between",
  "stop false": "to stop again what is gone sends no signal and records nothing",
  "rehome false": "makeLinks() itself looks at each link before it makes one",
  "launch false": "launchRun() itself looks for a pane of the run before it starts one",
  "resumed false": "waitForReport() asks the same before it waits",
};

function lying(name: MoveStep, says: boolean): Step[] {
  const done = () => Promise.resolve(says);
  return STEPS.map((step) => step.name === name ? { ...step, done } : step);
}

/** What the matrix says of these steps around the step of that name: how it failed first, or null. */
async function matrix(name: MoveStep, steps: readonly Step[]): Promise<string | null> {
  for (const variant of VARIANTS) {
    const { points } = await poolSwap(variant);
    const around = points.flatMap((label, n) => isAround(label, name) ? [[n]] : []);
    for (const at of [[], ...around]) {
      const where = at.map((n) => points[n]).join() || "no crash";
      try {
        await poolSwap(variant, at, steps);
      } catch (error) {
        return `${variant.name}, ${where}: ${(error as Error).message}`;
      }
    }
  }
  return null;
}

/** The step has happened and is not written down. */
function isAround(label: string, name: MoveStep): boolean {
  return label.startsWith("before ") && label.includes("move.step.finished") &&
    label.endsWith(` ${name}`);
}

for (const name of MOVE_STEPS) {
  for (const says of [true, false]) {
    const reason = EQUIVALENT[`${name} ${says}`];
    const what = reason ? `makes no difference, since ${reason}` : "is caught by the crash matrix";
    Deno.test(`a done of ${name} that always says ${says} ${what}`, async () => {
      const failure = await matrix(name, lying(name, says));
      assert.equal(failure === null, reason !== undefined, failure ?? "nothing has failed");
    });
  }
}
