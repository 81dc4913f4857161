/**
 * Keeps workers alive: one for one, with failure counts that decay.
 *
 * The rule is that of thejerf/suture: each failure adds one, the count halves every `halfLifeMs`, and past
 * `threshold` the worker rests for `restMs` before it lives again. A failure is a fact in the journal; only what
 * cannot be recorded, and who does not stop, is told to `report`.
 *
 * @module
 */
import type { Fact } from "../model/event.ts";
import type { Clock } from "../ports/clock.ts";
import { errorText, tell, type Told, untold } from "./failures.ts";
import { Roster } from "./roster.ts";
import type { Store } from "./store.ts";
import type { Worker } from "./worker.ts";

/** Thrown by a worker to bring all of them down in good order; `supervise` throws it then. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

export interface RestartPolicy {
  readonly halfLifeMs: number;
  /** Failures that cost no rest. */
  readonly threshold: number;
  readonly restMs: number;
  /** How long workers may take to stop before they are left behind. */
  readonly stopGraceMs: number;
}

export const DEFAULT_POLICY: RestartPolicy = {
  halfLifeMs: 30_000,
  threshold: 5,
  restMs: 15_000,
  stopGraceMs: 10_000,
};

/** What the journal cannot say. `text` is a line for people. */
export interface Problem {
  readonly kind: "not recorded" | "failed while stopping" | "not stopped";
  readonly worker: string;
  readonly text: string;
}

interface Surroundings {
  readonly store: Store;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly policy: RestartPolicy;
  readonly report: (problem: Problem) => void;
  /** Is told how each worker does. */
  readonly roster: Roster;
}

/**
 * Runs every worker until all have returned, `signal` aborts, or one throws `FatalError`. A worker that does
 * not stop within the grace is reported and left running: the process is about to end.
 *
 * @throws {FatalError} what a worker threw
 */
export async function supervise(
  workers: readonly Worker[],
  { signal, policy = DEFAULT_POLICY, report = () => {}, roster = new Roster(), ...rest }:
    & Pick<Surroundings, "store" | "clock" | "signal">
    & Partial<Surroundings>,
): Promise<void> {
  const fatal = new AbortController();
  const stop = AbortSignal.any([signal, fatal.signal]);
  const surroundings = { ...rest, signal: stop, policy, report, roster };
  const running = new Set(workers);
  const ended = new AbortController();
  const all = workers.map((worker) =>
    keepAlive(worker, surroundings)
      .catch((error) => fatal.abort(error))
      .finally(() => running.delete(worker))
  );
  const grace = graceAfter(stop, { ...surroundings, ended: ended.signal });
  await Promise.race([Promise.all(all), grace]);
  ended.abort();
  await grace;
  for (const { name } of running) {
    const text = `Worker ${name} has not stopped within ${policy.stopGraceMs / 1_000} s`;
    report({ kind: "not stopped", worker: name, text });
  }
  if (fatal.signal.aborted) throw fatal.signal.reason;
}

/** Life after life, until the worker returns or is stopped. */
async function keepAlive(worker: Worker, surroundings: Surroundings): Promise<void> {
  const { clock, signal, policy, roster } = surroundings;
  let failures: Failures | null = null;
  let told: Told | null = null;
  while (!signal.aborted) {
    try {
      roster.lives(worker.name);
      await live(worker, surroundings);
      break;
    } catch (error) {
      roster.failed(worker.name, errorText(error));
      if (signal.aborted) {
        reportUnclean(worker, error, surroundings);
        break;
      }
      const at = clock.monotonic();
      failures = failuresAfter(failures, at, policy.halfLifeMs);
      const next = tell(told, {
        worker: worker.name,
        error: errorText(error),
        at,
        quietMs: policy.restMs,
      });
      const recorded = record(worker, next.facts, surroundings);
      if (recorded) told = next.told;
      if (error instanceof FatalError) throw error;
      if (!recorded || failures.count > policy.threshold) {
        roster.rests(worker.name, errorText(error));
        await clock.sleep(policy.restMs, signal).catch(() => {});
      }
    }
  }
  roster.ended(worker.name);
  record(worker, untold(told, worker.name), surroundings);
}

/** One life. Its signal is aborted at its end too, so that no part of it goes on beside the next one. */
async function live(worker: Worker, { store, signal }: Surroundings): Promise<void> {
  using inbox = store.subscribe(worker.listens);
  const over = new AbortController();
  try {
    await worker.run({
      signal: AbortSignal.any([signal, over.signal]),
      inbox,
      state: () => store.state,
      record: (...facts) => store.record(...facts),
      together: (work) => store.together(work),
      recordOnce: (key, ...facts) => store.recordOnce(key, ...facts),
    });
  } finally {
    over.abort();
  }
}

interface Failures {
  readonly count: number;
  /** Of the last one, on the monotonic clock, in ms. */
  readonly at: number;
}

/** The decayed count with one more failure. */
export function failuresAfter(before: Failures | null, at: number, halfLifeMs: number): Failures {
  const left = before ? before.count * 0.5 ** ((at - before.at) / halfLifeMs) : 0;
  return { count: left + 1, at };
}

/** False when the journal could not be written: the disk is full, say, and the failure may well be that. */
function record(worker: Worker, facts: readonly Fact[], { store, report }: Surroundings): boolean {
  try {
    store.record(...facts);
    return true;
  } catch (cause) {
    const errors = facts.map((f) => f.type === "worker.failed" ? f.error : f.type).join("; ");
    const text = `Worker ${worker.name} failed: ${errors}. ${errorText(cause)}`;
    report({ kind: "not recorded", worker: worker.name, text });
    return false;
  }
}

/** To throw the reason of the stop is the usual way to stop. Anything else is worth a line. */
function reportUnclean(worker: Worker, error: unknown, { signal, report }: Surroundings): void {
  if (error === signal.reason || (error instanceof Error && error.name === "AbortError")) return;
  const text = `Worker ${worker.name} failed while stopping: ${errorText(error)}`;
  report({ kind: "failed while stopping", worker: worker.name, text });
}

/** Resolves when the grace after the stop is over, or when everything has ended. */
async function graceAfter(
  stop: AbortSignal,
  { clock, policy, ended }: Surroundings & { ended: AbortSignal },
): Promise<void> {
  const either = AbortSignal.any([stop, ended]);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (either.aborted) resolve();
  else either.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  await clock.sleep(policy.stopGraceMs, ended).catch(() => {});
}
