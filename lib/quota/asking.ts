/**
 * When an account's figures are asked for: only where no session tells of them, seldom, and within a budget that outlives
 * the daemon, for every asking stands in the journal before it is made. Pure.
 *
 * @module
 */
import { FRESH_MS, readSooner } from "../model/ahead.ts";
import { ASKING, requestsIn } from "../model/budget.ts";
import type { AccountSpec, QuotaSpec } from "../model/config.ts";
import type { AccountId } from "../model/ids.ts";
import type { QuotaSource } from "../model/quota.ts";
import {
  type Account,
  type AccountWindow,
  entry,
  NEW_ACCOUNT,
  type State,
} from "../model/state.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A forecast does not have it asked more often than that. */
const APART_MS = 2 * MINUTE;
const FIRST_REST_MS = 5 * MINUTE;
const LONGEST_REST_MS = HOUR;
/** Rests are longer or shorter by up to so much, so that accounts that failed together do not ask together. */
const JITTER = 0.25;

export interface Asking {
  readonly account: AccountSpec;
  readonly source: Extract<QuotaSource, "usage command" | "command">;
}

/** The accounts to be asked now, the one that was let be longest first. */
export function askingsDue(state: State, now: number): Asking[] {
  const quota = state.config?.quota;
  if (!quota) return [];
  const sooner = new Map(readSooner(state, quota.everyMs, now).map((r) => [r.account, r.by]));
  return (state.config?.accounts ?? []).flatMap((spec) => {
    const source = sourceOf(spec, quota);
    if (!source || !mayAsk(state, spec, now)) return [];
    const account = entry(state.accounts, spec.id) ?? NEW_ACCOUNT;
    if (requestsIn(account, now) + ASKING.open > quota.perHour) return [];
    const at = dueAt(account, quota, sooner.get(spec.id) ?? Infinity);
    return at <= now ? [{ account: spec, source, at }] : [];
  }).sort((a, b) => a.at - b.at);
}

function sourceOf(spec: AccountSpec, quota: QuotaSpec): Asking["source"] | null {
  if (spec.quotaCommand) return "command";
  return quota.usageCommand && spec.kind === "subscription" ? "usage command" : null;
}

/** Who needs a login gets no figures, and a try may be what the provider counts. */
function mayAsk(state: State, { id }: AccountSpec, now: number): boolean {
  const account = entry(state.accounts, id);
  if (!account?.check || account.check.problems.length > 0) return false;
  if (state.frozen) return false;
  const sessions = Object.values(state.sessions).filter((s) => s.account === id);
  if (sessions.some(({ run }) => run?.unanswered?.kind === "login")) return false;
  return (account.asked?.rest?.until ?? 0) <= now;
}

function dueAt({ windows, asked }: Account, { everyMs }: QuotaSpec, sooner: number): number {
  const last = asked?.askings.at(-1)?.at ?? -Infinity;
  const read = youngest(Object.values(windows));
  return Math.min(
    Math.max(read + everyMs, last + everyMs),
    Math.max(sooner, read + FRESH_MS, last + APART_MS),
  );
}

/** When the newest figure was made of which that is known. */
function youngest(windows: readonly AccountWindow[]): number {
  return Math.max(-Infinity, ...windows.filter((w) => !w.ageUnknown).map((w) => w.readAt));
}

/** How long it is let be after so many failures in a row. `random`: from 0 to 1. */
export function restMs(failures: number, random: number): number {
  const ms = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(ms * (1 - JITTER + 2 * JITTER * random));
}

export function failuresOf(state: State, id: AccountId): number {
  return entry(state.accounts, id)?.asked?.failures ?? 0;
}
