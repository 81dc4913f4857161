/**
 * Settles which account a swap goes to, before anything is stopped for it.
 *
 * @module
 */
import { hasPassed } from "../model/elapsed.ts";
import { checkedFact, cwdsFor } from "../model/preflight.ts";
import { pressure } from "../model/policy.ts";
import { nextTarget } from "../model/park.ts";
import { hasBegun, type Move, NEW_ACCOUNT, type Swap } from "../model/state.ts";
import type { Life } from "../runtime/worker.ts";
import type { SwitcherDeps } from "./deps.ts";

type SwapLife = Pick<Life, "state" | "record">;

/** A preflight this young is believed without another one. */
const FRESH_CHECK_MS = 15 * 60_000;

/**
 * False when the swap has failed. One that the policy made goes to the next account if its target cannot take it; a
 * person named theirs and is told.
 */
export async function settleTarget(
  id: string,
  life: SwapLife,
  deps: SwitcherDeps,
): Promise<boolean> {
  while (true) {
    const swap = life.state().swaps[id]!;
    if (Object.values(swap.moves).some(hasBegun)) return true; // there is no way back here
    const problems = await preflight(swap, life, deps);
    if (problems.length === 0) return true;
    const reason = problems.join("; ");
    const to = swap.by === "policy" ? nextOf(swap, life, deps) : null;
    if (to !== null) {
      life.record({ type: "swap.redirected", swap: id, to, reason });
      continue;
    }
    if (swap.by === "policy" && parkThoseAtTheWall(swap, reason, life, deps)) return true;
    const all = [...swap.rejected, { account: swap.to, reason }];
    const reasons = all.map((r) => `${r.account}: ${r.reason}`).join("; ");
    life.record({ type: "swap.failed", swap: id, reason: reasons });
    return false;
  }
}

function nextOf(swap: Swap, life: SwapLife, { clock }: SwitcherDeps): string | null {
  const options = Object.values(swap.moves)
    .map((move) => nextTarget(life.state(), swap, move, clock.now()))
    .filter((to) => to !== null);
  return options[0] ?? null;
}

/** Those that can do nothing where they are; the others are left alone. False when there is none. */
function parkThoseAtTheWall(
  swap: Swap,
  reason: string,
  life: SwapLife,
  { clock }: SwitcherDeps,
): boolean {
  const { config, accounts, frozen } = life.state();
  const spec = swap.config.accounts.find((a) => a.id === swap.from);
  const account = accounts[swap.from] ?? NEW_ACCOUNT;
  if (!spec || pressure(account, spec, clock.now()).is !== "full") return false;
  if (config?.failover.mode !== "auto" || frozen) return false;
  const isStranded = ({ session }: Move) =>
    life.state().sessions[session]?.phase.name === "limited";
  const moves = Object.values(swap.moves);
  if (!moves.some(isStranded)) return false;
  const of = (move: Move) => ({ swap: swap.id, session: move.session, reason });
  life.record(
    ...moves.map((move) =>
      isStranded(move)
        ? { type: "move.parking" as const, ...of(move) }
        : { type: "move.failed" as const, ...of(move), left: "untouched" as const }
    ),
  );
  return true;
}

/** Looks at the target, unless that was done a moment ago and found nothing. */
async function preflight(
  swap: Swap,
  life: SwapLife,
  deps: SwitcherDeps,
): Promise<readonly string[]> {
  const check = life.state().accounts[swap.to]?.check;
  const fresh = check && !hasPassed(check.at, FRESH_CHECK_MS, deps.clock.now());
  if (fresh && check.problems.length === 0) return [];
  const spec = swap.config.accounts.find((a) => a.id === swap.to);
  if (!spec) return ["it is not in the config"];
  const found = await deps.preflight(swap.config, spec, cwdsFor(swap.config, spec));
  life.record(checkedFact(swap.to, found));
  // A folder that is not trusted there is the concern of its own sessions: each of them goes elsewhere.
  return found.problems.filter((problem) => typeof problem === "string");
}
