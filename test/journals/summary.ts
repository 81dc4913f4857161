/**
 * What a journal came to, in a few lines that a person can check.
 *
 * @module
 */
import type { State } from "../../lib/model/state.ts";

export function summary(state: State) {
  const { seq, daemon, frozen, runningSwap, proposal, unexpected } = state;
  return {
    seq,
    daemon: daemon.phase,
    frozen: frozen?.reason ?? null,
    runningSwap,
    proposal: proposal && `${proposal.from} -> ${proposal.to}`,
    unexpected: unexpected.count,
    accounts: mapValues(state.accounts, ({ windows, wall, check }) => ({
      usedPct: mapValues(windows, (window) => window!.usedPct),
      wall: wall?.window ?? null,
      problems: check?.problems ?? null,
    })),
    sessions: mapValues(state.sessions, ({ account, conversation, phase, run, history }) => ({
      account,
      conversation,
      phase: phase.name,
      run: run?.plan.id ?? null,
      proven: run?.proven ?? false,
      history: history.map((transition) => transition.to),
    })),
    swaps: mapValues(state.swaps, ({ from, to, outcome, moves }) => ({
      way: `${from} -> ${to}`,
      outcome: outcome.is,
      moves: mapValues(
        moves,
        (move) => `${move.to}: ${move.finished.join(" ")}: ${move.outcome.is}`,
      ),
    })),
  };
}

function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  f: (value: V) => W,
): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
