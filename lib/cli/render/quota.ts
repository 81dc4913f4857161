/**
 * The quota of each account: a bar for each window, and below it when it is full, by what, and how sure that is.
 *
 * @module
 */
import type { AccountQuota, QuotaView } from "../../http/quota_view.ts";
import type { WindowView } from "../../http/view.ts";
import { moneyWords, pressureWords } from "../../words/reasons.ts";
import { forecastWords } from "./forecast.ts";
import { age, type RenderOptions, shortName, used } from "./status.ts";
import { clockTime, resetTime } from "../../words/time.ts";
import { wrap } from "./wrap.ts";

const NAME = 6;

export function renderQuota({ accounts, now }: QuotaView, options: RenderOptions): string {
  if (accounts.length === 0) {
    return "No account in the config yet: `claude-failover account add ID` makes one.\n";
  }
  return accounts.map((account) => section(account, now, options).join("\n")).join("\n\n") + "\n";
}

function section(account: AccountQuota, now: number, options: RenderOptions): string[] {
  const { columns, style } = options;
  const { id, kind, pressure, windows } = account;
  const state = pressureWords(pressure);
  const tone = pressure.is === "full" ? style.bad : pressure.is === "near" ? style.warn : style.dim;
  const head = wrap(`${id} · ${kind} · ${state}`, columns, 2);
  const rest = [
    ...windows.flatMap((w) => ofWindow(w, now, options)),
    ...more(account, now, options),
  ];
  return [
    head[0]!.replace(id, () => style.name(id)).replace(state, () => tone(state)),
    ...head.slice(1).map(tone),
    ...(rest.length > 0 ? rest : ["  nothing was read or counted yet"]),
  ];
}

function ofWindow(window: WindowView, now: number, options: RenderOptions): string[] {
  const { columns, style, localTime } = options;
  const { resetsAt, expired, source, confidence, forecast } = window;
  const resets = resetsAt === null
    ? "reset time unknown"
    : `${expired ? "reset" : "resets"} ${resetTime(resetsAt, now, localTime)}`;
  const indent = 2 + NAME + 1;
  const say = (text: string) => wrap(" ".repeat(indent) + text, columns, indent).map(style.dim);
  return [
    `  ${shortName(window.window).padEnd(NAME)} ${used(window, style)}  ${resets}`,
    ...(expired ? [] : say(forecastWords(forecast, now, localTime))),
    ...say(
      `${source}, ${age(window, now)}${window.ageUnknown ? "" : " old"}, confidence ${confidence}`,
    ),
  ];
}

/** Money, what is asked for, and use: one line each, of what there is. */
function more(account: AccountQuota, now: number, { columns, style, localTime }: RenderOptions) {
  const { overage, spent, asking, tokens } = account;
  const lines = [
    ...moneyWords({ ...(overage ? { overage } : {}) }, now),
    ...(spent ? [spentWords(spent)] : []),
    ...(asking ? [askingWords(asking)] : []),
    ...(asking?.rest
      ? [`not asked until ${clockTime(asking.rest.until, now, localTime)}: ${asking.rest.why}`]
      : []),
    ...(tokens ? [tokenWords(tokens)] : []),
  ];
  return lines.flatMap((line) => wrap(`  ${line}`, columns, 4)).map(style.dim);
}

function spentWords({ usd, capUsd }: NonNullable<AccountQuota["spent"]>): string {
  const cap = capUsd === null ? "" : ` of ${capUsd.toFixed(2)}`;
  return `${usd.toFixed(2)}${cap} USD spent today (UTC)`;
}

function askingWords({ requests, perHour }: NonNullable<AccountQuota["asking"]>): string {
  return `asked for: at most ${requests} of ${perHour} requests in the last hour`;
}

function tokenWords(tokens: NonNullable<AccountQuota["tokens"]>): string {
  const { input, output, cacheRead, cacheWrite, messages } = tokens;
  const counts = [
    `${count(input)} in`,
    `${count(output)} out`,
    `${count(cacheRead)} read from cache`,
    `${count(cacheWrite)} written to it`,
  ];
  const noun = messages === 1 ? "answer" : "answers";
  return `tokens of the last 5 h, ${messages} ${noun}: ${counts.join(", ")}`;
}

/** `912`, `34k`, `1.2M`. */
function count(n: number): string {
  if (n < 1_000) return String(n);
  return n < 999_500 ? `${Math.round(n / 1_000)}k` : `${(n / 1_000_000).toFixed(1)}M`;
}
