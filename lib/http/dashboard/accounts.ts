/**
 * The accounts: how much of each window is used, when it is full at this pace, and when it begins anew.
 *
 * @module
 */
import { html } from "hono/html";
import type { Forecast } from "../../model/forecast.ts";
import { countOf } from "../../words/count.ts";
import { pct, pressureWords, windowWords } from "../../words/reasons.ts";
import type { QuotaView } from "../quota_view.ts";
import type { WindowView } from "../view.ts";
import { askButton, failoverAsk } from "./ask.ts";
import { type Html, type Part, row, time } from "./parts.ts";

export function accountCards({ accounts, now }: QuotaView, mayAct: boolean): Html[] {
  return accounts.map((account) => {
    const { id, pressure, windows, liveSessions, spent, overage } = account;
    const others = accounts.map((other) => other.id).filter((other) => other !== id);
    return html`
      <li id="account-${id}"
        class="card"><h3><span class="dot p-${pressure.is}"></span>${id}</h3>
      <p class="soft">${pressureWords(pressure)}; ${liveSessions === 0
        ? "no session"
        : countOf(liveSessions, "session")}</p>${windows.map((window) =>
          windowBar(id, window, now)
        )}${windows.length === 0
        ? html`<p class="soft">No figure was read yet.</p>`
        : ""}${spent === null
        ? ""
        : html`<p class="soft">${spent.usd.toFixed(2)}${
          spent.capUsd === null ? "" : ` of ${spent.capUsd.toFixed(2)}`
        } USD today (UTC)</p>`}${overage?.inUse
        ? html`<p>Its answers are paid for past the plan.</p>`
        : ""}${liveSessions > 0 ? row([askButton(mayAct, failoverAsk(id, others))]) : ""}</li>
    `;
  });
}

function windowBar(account: string, window: WindowView, now: number): Html {
  const { usedPct, linePct, resetsAt, expired, source, readAt, ageUnknown } = window;
  const name = windowWords(window.window);
  if (expired) return html`<p>${name}: has reset, and no figure since</p>`;
  const shown = Math.min(100, usedPct);
  const level = usedPct >= (linePct ?? 100)
    ? "full"
    : usedPct >= 0.8 * (linePct ?? 100)
    ? "near"
    : "room";
  return html`
    <div class="window">
      <p class="between"><span>${name}</span> <strong>${pct(usedPct)}</strong></p>
      <svg class="bar" role="meter" aria-label="${name} of ${account}" aria-valuemin="0"
        aria-valuemax="100" aria-valuenow="${shown}" aria-valuetext="${pct(
          usedPct,
        )}" viewBox="0 0 100 6"
        preserveAspectRatio="none"><rect class="track" width="100" height="6"/><rect class="l-${level}" width="${shown}" height="6"/>${linePct ===
            null
          ? ""
          : html`
            <rect class="line" x="${linePct}" width="0.6" height="6" />
          `}</svg>
      <p class="soft">${resetsAt === null
        ? "no reset known"
        : html`resets ${time(resetsAt)}`}</p>${ahead(window.forecast, now)}
      <p class="soft small">${source}, ${ageUnknown ? "at the earliest " : ""}${time(readAt)}</p>
    </div>
  `;
}

function ahead(forecast: Forecast, now: number): Part {
  if (forecast.is === "unknown") return "";
  const { pctPerHour, p10, p50, p90 } = forecast;
  const pace = pctPerHour < 0.05
    ? "hardly used of late"
    : `+${pctPerHour < 10 ? pctPerHour.toFixed(1) : Math.round(pctPerHour)} %/h`;
  if (p10 === null) return html`<p class="soft">${pace}, not full before</p>`;
  if (p50 === null) {
    return html`<p class="soft">${pace}, hardly full before (${time(p10)} at the earliest)</p>`;
  }
  if (p50 <= now) return html`<p class="soft">${pace}, full by now</p>`;
  return html`<p class="soft">${pace}, full ${time(p50)} (${time(p10, "bare")} ${
    p90 === null ? "or not before" : html`to ${time(p90, "bare")}`
  })</p>`;
}
