/**
 * What the journal is told of a worker's failures: the first at once, its repeats counted, and ever more seldom.
 * So a failure that comes for ever, or one caused by its own record, fills nothing.
 *
 * @module
 */
import type { Fact } from "../model/event.ts";

/** The failure that was told last. */
export interface Told {
  readonly error: string;
  /** On the monotonic clock, in ms. */
  readonly at: number;
  /** Repeats are only counted for this long. */
  readonly quietMs: number;
  /** Repeats that were counted and not told yet. */
  readonly untold: number;
}

type WorkerFailed = Extract<Fact, { type: "worker.failed" }>;

const LONGEST_QUIET_MS = 3_600_000;
const LONGEST_TEXT = 500;

/** One more failure: what to tell now, and what to remember if that succeeds. */
export function tell(
  before: Told | null,
  { worker, error, at, quietMs }: { worker: string; error: string; at: number; quietMs: number },
): { facts: WorkerFailed[]; told: Told } {
  if (before?.error !== error) {
    const facts: WorkerFailed[] = [...untold(before, worker), failed(worker, error, 1)];
    return { facts, told: { error, at, quietMs, untold: 0 } };
  }
  if (at - before.at < before.quietMs) {
    return { facts: [], told: { ...before, untold: before.untold + 1 } };
  }
  return {
    facts: [failed(worker, error, before.untold + 1)],
    told: { error, at, quietMs: Math.min(before.quietMs * 2, LONGEST_QUIET_MS), untold: 0 },
  };
}

/** What is left to tell when the worker ends or fails in another way. */
export function untold(told: Told | null, worker: string): WorkerFailed[] {
  return told && told.untold > 0 ? [failed(worker, told.error, told.untold)] : [];
}

export function errorText(error: unknown): string {
  const text = String(error);
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}

function failed(worker: string, error: string, times: number): WorkerFailed {
  return { type: "worker.failed", worker, error, times };
}
