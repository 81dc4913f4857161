/**
 * What the keys must mean together that let work cost money.
 *
 * @module
 */
import type { Finding, KeyPath } from "./problem.ts";
import { idsOf, repeated, unknownId } from "./references.ts";
import type { Draft } from "./schema.ts";

type DraftAccount = NonNullable<NonNullable<Draft["accounts"]>[number]>;

export function* money({ accounts = [], failover }: Draft): Iterable<Finding> {
  for (const [i, account] of accounts.entries()) {
    if (account) yield* accountMoney(account, ["accounts", i]);
  }
  yield* repeated(failover?.remedies ?? [], (i) => ["failover", "remedies", i]);
  yield* repeated(failover?.last_resort ?? [], (i) => ["failover", "last_resort", i]);
  for (const [i, id] of (failover?.last_resort ?? []).entries()) {
    const path = ["failover", "last_resort", i];
    yield* unknownId(id, idsOf(accounts), path, "account");
    const account = accounts.find((a) => a?.id === id);
    if (!account?.kind) continue;
    if (account.kind === "subscription") {
      const what = "must be an account that is billed by use, not a subscription";
      yield { path, what, hint: "a subscription is a target by failover.to_kinds" };
    } else if (!("usd_per_day" in account)) {
      const what = `needs usd_per_day on the account ${id}: a last resort has a cap`;
      yield { path, what, hint: null };
    }
  }
}

function* accountMoney(account: DraftAccount, path: KeyPath): Iterable<Finding> {
  const { kind, overage } = account;
  if (kind === "subscription" && "usd_per_day" in account) {
    yield {
      path: [...path, "usd_per_day"],
      what: "is for accounts that are billed by use",
      hint: "what a subscription may cost past its plan is overage.usd_per_day",
    };
  }
  if (kind && kind !== "subscription" && overage?.allow) {
    yield {
      path: [...path, "overage"],
      what: `is of subscriptions, not of ${kind}`,
      hint: "the cap of an account that is billed by use is usd_per_day",
    };
  }
  if (!overage) return;
  const isCapped = "usd_per_day" in overage;
  if (overage.allow && !isCapped) {
    const what = "needs usd_per_day beside it: paid use has a cap";
    yield { path: [...path, "overage", "allow"], what, hint: null };
  } else if (isCapped && overage.allow !== true) {
    const what = "does nothing without allow: true";
    yield { path: [...path, "overage", "usd_per_day"], what, hint: null };
  }
}
