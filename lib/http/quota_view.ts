/**
 * What is known of each account's quota, with where it comes from and how far it reaches.
 *
 * @module
 */
import { capReached, dayOf, type Overage, spentToday } from "../model/bounds.ts";
import { requestsIn } from "../model/budget.ts";
import type { AccountSpec, Config } from "../model/config.ts";
import { NO_TOKENS, plusTokens, type Tokens } from "../model/quota.ts";
import { type Account, entry, NEW_ACCOUNT, type State } from "../model/state.ts";
import { type AccountView, accountViews } from "./view.ts";

/** Use is added up over so long: the length of the short window. */
const TOKENS_MS = 5 * 3_600_000;

export interface QuotaView {
  /** When the view was made. */
  readonly now: number;
  /** The last journal line it includes. */
  readonly seq: number;
  readonly accounts: readonly AccountQuota[];
}

export interface AccountQuota extends AccountView {
  /** Paid use past the plan; null: nothing is known of it. */
  readonly overage: Overage | null;
  /** What our sessions have cost there today (UTC), and may at most; null: nothing was said of it and there is no cap. */
  readonly spent: {
    readonly day: string;
    readonly usd: number;
    readonly capUsd: number | null;
    readonly capReached: boolean;
  } | null;
  /** What was asked of the provider in the last hour and may be; null: nobody asks. */
  readonly asking: {
    readonly requests: number;
    readonly perHour: number;
    /** After failures it is let be. */
    readonly rest: { readonly why: string; readonly until: number } | null;
  } | null;
  /** What our sessions have used of it in the last five hours; null: nothing was counted. */
  readonly tokens: (Tokens & { readonly messages: number }) | null;
}

export function quotaView(state: State, now: number): QuotaView {
  const { config, seq } = state;
  const accounts = config
    ? accountViews(state, now).map((v) => ofAccount(state, config, v, now))
    : [];
  return { now, seq, accounts };
}

function ofAccount(state: State, config: Config, view: AccountView, now: number): AccountQuota {
  const spec = config.accounts.find(({ id }) => id === view.id)!;
  const account = entry(state.accounts, view.id) ?? NEW_ACCOUNT;
  return {
    ...view,
    overage: account.overage ?? null,
    spent: spentOf(account, spec, now),
    asking: askingOf(account, spec, config, now),
    tokens: tokensOf(account, now),
  };
}

function spentOf(account: Account, spec: AccountSpec, now: number): AccountQuota["spent"] {
  const capUsd = spec.usdPerDay ?? spec.overage?.usdPerDay ?? null;
  if (!account.spent && capUsd === null) return null;
  const isReached = capReached(account, capUsd ?? undefined, now) !== null;
  return { day: dayOf(now), usd: spentToday(account, now), capUsd, capReached: isReached };
}

function askingOf(
  account: Account,
  { kind, quotaCommand }: AccountSpec,
  { quota }: Config,
  now: number,
): AccountQuota["asking"] {
  if (!quota || !(quotaCommand || quota.usageCommand && kind === "subscription")) return null;
  const rest = account.asked?.rest ?? null;
  return {
    requests: requestsIn(account, now),
    perHour: quota.perHour,
    rest: rest && rest.until > now ? rest : null,
  };
}

function tokensOf({ tokens: buckets = [] }: Account, now: number): AccountQuota["tokens"] {
  const recent = buckets.filter(({ at }) => now - at < TOKENS_MS);
  if (recent.length === 0) return null;
  const messages = recent.reduce((sum, bucket) => sum + bucket.messages, 0);
  return { ...recent.reduce<Tokens>(plusTokens, NO_TOKENS), messages };
}
