/**
 * What was decided and why, with the accounts that were weighed.
 *
 * @module
 */
import { html } from "hono/html";
import { countOf } from "../../words/count.ts";
import { pct, pressureWords, windowWords } from "../../words/reasons.ts";
import type { WindowName } from "../../model/quota.ts";
import type { ExplainView } from "../explain_view.ts";
import { type Html, type Part, time } from "./parts.ts";

/** The one that stands now comes first. */
export function decisionCards(decisions: readonly ExplainView[]): Html[] {
  return decisions.map((view, i) => {
    const { swap, at, why, considered, readings } = view;
    const title = swap === null
      ? "Now"
      : swap.parks
      ? `${swap.from}, to park`
      : `${swap.from} → ${swap.to}`;
    const who = swap === null
      ? html`${why}.`
      : html`${swap.by === "policy" ? "By the daemon" : "By a person"} ${
        time(at)
      }, because ${why}: ${countOf(swap.sessions.length, "session")}.`;
    return html`
      <li id="decision-${swap?.id ?? "now"}"
        class="card"><h3>${title}</h3><p>${who}</p>${considered.map(({ from, candidates }) =>
          html`
            <p class="soft">From ${from} it could go to:</p>
            <ul class="weighed">${candidates.length === 0
              ? html`<li>no other account</li>`
              : candidates.map((one) =>
                html`<li class="${
                  one.rejected === null ? "fit" : "unfit"
                }"><strong>${one.account}</strong> ${
                  one.rejected ?? verdict(view, one.account)
                }</li>`
              )}</ul>
          `
        )}${swap !== null && swap.strayed.length > 0
          ? html`<ul class="weighed">${
            swap.strayed.map(({ session, why }) =>
              html`<li class="unfit"><strong>${session}</strong> ${why}</li>`
            )
          }</ul>`
          : ""}${known(readings, i > 0)}</li>
    `;
  });
}

function verdict({ swap }: ExplainView, account: string): string {
  const unfit = swap?.rejected.find((one) => one.account === account);
  if (unfit) return `was chosen, and then found unfit: ${unfit.reason}`;
  return swap?.to === account ? "was chosen" : "can take the work";
}

function known(readings: ExplainView["readings"], isPast: boolean): Part {
  if (readings === null || readings.length === 0 || !isPast) return "";
  return html`
    <details>
      <summary>What was known then</summary>
      <ul class="weighed">${readings.map(({ account, pressure, windows }) =>
        html`<li><strong>${account}</strong> ${pressureWords(pressure)}${
          Object.entries(windows).map(([name, { usedPct }]) =>
            `, ${windowWords(name as WindowName)} ${pct(usedPct)}`
          ).join("")
        }</li>`
      )}</ul>
    </details>
  `;
}
