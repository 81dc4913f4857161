/**
 * What is true of every state, whatever happened and in whatever order.
 *
 * @module
 */
import assert from "node:assert/strict";
import { FUTILE_DEATHS } from "../../lib/model/restart.ts";
import { ATTEMPTS_KEPT, CLOSED_TASKS, sessionOf } from "../../lib/model/task.ts";
import { isAlive, type Move, type State, type Swap } from "../../lib/model/state.ts";

const BOUND = 20;

/** Throws an `AssertionError` that names the first invariant that does not hold. */
export function checkInvariants(state: State): void {
  for (const [name, session] of Object.entries(state.sessions)) {
    assert.equal(session.name, name, "a session stands under its name");
    assert.ok(session.history.length <= BOUND, "the history is bounded");
    assert.ok(session.deaths.length <= FUTILE_DEATHS, "the deaths are bounded");
    assert.ok(
      session.deaths.every((d, i, all) => i === 0 || d.nth === all[i - 1]!.nth + 1),
      "deaths are counted one by one",
    );
    if (session.run) {
      assert.equal(session.account, session.run.plan.account, "a session is where its run is");
      const { markAcceptedAt, plan } = session.run;
      assert.ok(markAcceptedAt === null || plan.mark !== null, "only a mark can be accepted");
    }
    assert.ok(!isAlive(session) || session.run !== null, "what is alive has a run");
  }
  checkTasks(state);
  const swaps = Object.entries(state.swaps);
  for (const [id, swap] of swaps) checkSwap(id, swap);
  const running = swaps.filter(([, swap]) => swap.outcome.is === "running").map(([id]) => id);
  assert.deepEqual(
    running,
    state.runningSwap === null ? [] : [state.runningSwap],
    "runningSwap names the one swap that runs",
  );
  assert.ok(swaps.length - running.length <= BOUND, "the ended swaps are bounded");
}

function checkTasks(state: State): void {
  const tasks = Object.entries(state.tasks);
  for (const [id, { id: own, attempts, place }] of tasks) {
    assert.equal(own, id, "a task stands under its id");
    assert.ok(attempts.length <= ATTEMPTS_KEPT, "the attempts are bounded");
    const open = attempts.filter(({ endedAt }) => endedAt === null).length;
    const inHand = place.at === "assigned" || place.at === "running";
    assert.equal(open, inHand ? 1 : 0, "one attempt is open while a session has the task");
  }
  const hands = tasks.flatMap(([, task]) => sessionOf(task) ?? []);
  assert.equal(new Set(hands).size, hands.length, "a session has one task at most");
  const closed = tasks.filter(([, { place }]) => place.at === "closed");
  assert.ok(closed.length <= CLOSED_TASKS, "the tasks put away are bounded");
}

function checkSwap(id: string, swap: Swap): void {
  assert.equal(swap.id, id, "a swap stands under its id");
  for (const [session, move] of Object.entries(swap.moves)) {
    assert.equal(move.session, session, "a move stands under its session");
    checkMove(move);
  }
}

function checkMove(move: Move): void {
  const { finished, inDoubt, times, outcome } = move;
  assert.equal(new Set(finished).size, finished.length, "a step is finished once");
  if (inDoubt !== null) {
    assert.ok(!finished.includes(inDoubt), "a step in doubt is not finished");
    assert.equal(outcome.is, "running", "an ended move has no step in doubt");
    assert.ok(times[inDoubt], "a step in doubt has begun at some time");
  }
  for (const step of finished) {
    assert.ok((times[step]?.finishedAt ?? null) !== null, "a finished step has its times");
  }
}

/** Between a state and the next one. */
export function checkStep(before: State, after: State): void {
  assert.equal(after.seq, before.seq + 1, "seq counts the events");
  const more = after.unexpected.count - before.unexpected.count;
  assert.ok(more === 0 || more === 1, "an event is unexpected once at most");
  for (const [id, swap] of Object.entries(before.swaps)) {
    const next = after.swaps[id];
    if (swap.outcome.is !== "running" && next) {
      assert.deepEqual(next, swap, "an ended swap does not change");
    }
  }
}
