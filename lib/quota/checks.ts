/**
 * Keeps a fresh preflight of every account that work could move to, so that a wall need not wait for one.
 *
 * @module
 */
import { hasPassed } from "../model/elapsed.ts";
import type { AccountSpec } from "../model/config.ts";
import { checkedFact, cwdsFor } from "../model/preflight.ts";
import type { State } from "../model/state.ts";
import type { QuotaDeps, QuotaLife } from "./mod.ts";

/** Well below the age at which the switcher stops to believe it. */
const EVERY_MS = 10 * 60_000;

/** The accounts whose last preflight is too old. */
export function checksDue(state: State, now: number): AccountSpec[] {
  return (state.config?.accounts ?? []).filter((spec) => {
    const check = state.accounts[spec.id]?.check;
    return !check || hasPassed(check.at, EVERY_MS, now);
  });
}

export async function checkAccounts(life: QuotaLife, deps: QuotaDeps): Promise<void> {
  for (const spec of checksDue(life.state(), deps.clock.now())) {
    const { config } = life.state();
    if (!config) return;
    const found = await deps.preflight(config, spec, cwdsFor(config, spec));
    if (life.signal.aborted) return;
    life.record(checkedFact(spec.id, found));
  }
}
