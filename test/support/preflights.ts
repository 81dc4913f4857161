/**
 * Preflights of a made-up account.
 *
 * @module
 */
import type { Preflight, PreflightProblem } from "../../lib/model/preflight.ts";

/** One that finds these problems, and does not learn when the sign-in ends. */
export function finds(...problems: readonly PreflightProblem[]): Promise<Preflight> {
  return Promise.resolve({ problems, signInEndsAt: null });
}
