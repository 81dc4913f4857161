/**
 * Waiting for an agent: it may take long to boot on a busy machine, and a failure should show its screen.
 *
 * @module
 */
import { until as untilTruthy } from "../support/until.ts";

/** Polls until `look` gives something truthy; throws `what()` when it does not in time. */
export function until<T>(
  look: () => T | null | Promise<T | null>,
  what: () => string | Promise<string>,
  withinMs = 15_000,
) {
  return untilTruthy(look, { timeoutMs: withinMs, everyMs: 20, what });
}
