/**
 * In which order the accounts that can take the work are taken. Pure.
 *
 * @module
 */
import { currentWindows, lineOf } from "./bounds.ts";
import type { AccountSpec, Choice, Config, Remedy } from "./config.ts";
import { unreachable } from "./ids.ts";
import { entry, NEW_ACCOUNT, type State } from "./state.ts";

// Where the config in force is of a journal that did not say it yet.
const CHOICE: Choice = "priority";
const REMEDIES: readonly Remedy[] = ["wait", "capped", "other"];

export function remediesOf({ failover }: Config): readonly Remedy[] {
  return failover.remedies ?? REMEDIES;
}

/** Only an account with a cap in money may come before the preferred ones: who set none has not said so. */
export function remedyOf({ usdPerDay }: AccountSpec): Remedy {
  return usdPerDay === undefined ? "other" : "capped";
}

/** Best first: by remedy, then as `failover.choose` says, then the preferred one. */
export function inOrder(state: State, config: Config, now: number): AccountSpec[] {
  const remedies = remediesOf(config);
  const place = (spec: AccountSpec) => {
    const nth = remedies.indexOf(remedyOf(spec));
    return nth < 0 ? remedies.length : nth;
  };
  const rank = rankBy(config.failover.choose ?? CHOICE, state, now);
  const ranks = new Map(config.accounts.map((spec) => [spec.id, rank(spec)]));
  return [...config.accounts].sort((a, b) =>
    place(a) - place(b) || compare(ranks.get(a.id)!, ranks.get(b.id)!) || a.priority - b.priority
  );
}

/** Smaller is better. */
function rankBy(choice: Choice, state: State, now: number): (spec: AccountSpec) => number {
  switch (choice) {
    case "priority":
      return ({ priority }) => priority;
    case "headroom":
      return (spec) => loadOf(state, spec, now);
    case "soonest_reset":
      return (spec) => weekEndsAt(state, spec, now);
    default:
      return unreachable(choice);
  }
}

/** 0: nothing used; 1: at its line. A window past its reset is empty until told otherwise; of what was never read nothing is known. */
function loadOf(state: State, spec: AccountSpec, now: number): number {
  const account = entry(state.accounts, spec.id) ?? NEW_ACCOUNT;
  if (Object.keys(account.windows).length === 0) return Infinity;
  return Math.max(0, ...currentWindows(account, now).map((w) => w.usedPct / lineOf(spec, w.name)));
}

/** What is left of a week is lost at its end; the 5-hour window only counts where no week is known. */
function weekEndsAt(state: State, { id }: AccountSpec, now: number): number {
  const windows = currentWindows(entry(state.accounts, id) ?? NEW_ACCOUNT, now);
  const week = windows.find((w) => w.name === "seven_day") ?? windows[0];
  return week?.resetsAt ?? Infinity;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b; // Infinity - Infinity is no number
}
