/**
 * What is measured of accounts: their windows, forecasts and money.
 *
 * @module
 */
import { quotaView } from "../quota_view.ts";
import type { State } from "../../model/state.ts";
import type { WindowView } from "../view.ts";
import type { Family, Figure } from "./family.ts";

export function accountFamilies(state: State, now: number): Family[] {
  const { accounts } = quotaView(state, now);
  const each = (figure: (account: typeof accounts[number]) => number | null): Figure[] =>
    accounts.flatMap((account) => {
      const value = figure(account);
      return value === null ? [] : [{ labels: { account: account.id }, value }];
    });
  /** A figure whose window is over says nothing any more. */
  const windows = (
    figure: (window: WindowView) => readonly (readonly [number | null, Figure["labels"]?])[],
  ): Figure[] =>
    accounts.flatMap(({ id: account, windows }) =>
      windows.filter(({ expired }) => !expired).flatMap((window) =>
        figure(window).flatMap(([value, more]) =>
          value === null ? [] : [{ labels: { account, window: window.window, ...more }, value }]
        )
      )
    );
  return [
    {
      name: "claude_failover_quota_used_percent",
      help: "How much of the window is used; no series once the window is over",
      type: "gauge",
      figures: windows((w) => [[w.usedPct]]),
    },
    {
      name: "claude_failover_quota_line_percent",
      help: "From where on the account counts as near its limit",
      type: "gauge",
      figures: windows((w) => [[w.linePct]]),
    },
    {
      name: "claude_failover_quota_age_seconds",
      help: "How old that figure is, and where it came from",
      type: "gauge",
      figures: windows((w) => [[(now - w.readAt) / 1_000, { source: w.source }]]),
    },
    {
      name: "claude_failover_quota_reset_timestamp_seconds",
      help: "When the window is reset",
      type: "gauge",
      figures: windows((w) => [[seconds(w.resetsAt)]]),
    },
    {
      name: "claude_failover_quota_full_timestamp_seconds",
      help:
        "When the window will be full by the forecast; no series when it will not, or nobody can tell",
      type: "gauge",
      figures: windows(({ forecast }) =>
        forecast.is === "unknown"
          ? []
          : (["p10", "p50", "p90"] as const).map((p) =>
            [seconds(forecast[p]), { estimate: p }] as const
          )
      ),
    },
    {
      name: "claude_failover_account_full",
      help: "1: nothing can go on under it now, by the provider's word or the config's",
      type: "gauge",
      figures: each(({ pressure }) => Number(pressure.is === "full")),
    },
    {
      name: "claude_failover_account_problems",
      help: "How many problems its last check found",
      type: "gauge",
      figures: each(({ check }) => check && check.problems.length),
    },
    {
      name: "claude_failover_account_sign_in_end_timestamp_seconds",
      help: "When its sign-in ends at the latest; no series where Claude Code does not say it",
      type: "gauge",
      figures: each(({ check }) => seconds(check?.signInEndsAt ?? null)),
    },
    {
      name: "claude_failover_account_spent_today_usd",
      help: "What our sessions have cost there today (UTC)",
      type: "gauge",
      figures: each(({ spent }) => spent && spent.usd),
    },
  ];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
