/**
 * A decision in words: what, why, what was known of each account and how old that was, and who else was considered.
 *
 * @module
 */
import type { ExplainView } from "../../http/explain_view.ts";
import { moneyWords, pct, pressureWords, windowWords } from "../../words/reasons.ts";
import type { Reading } from "../../model/grounds.ts";
import type { WindowName } from "../../model/quota.ts";
import { forecastWords } from "./forecast.ts";
import type { RenderOptions } from "./status.ts";
import { clockTime, coarse, resetTime } from "../../words/time.ts";
import { wrap } from "./wrap.ts";

/** No newline at its end. */
export function renderExplanation(view: ExplainView, options: RenderOptions): string {
  const { columns, style } = options;
  const say = (text: string, indent = 2) => wrap(text, columns, indent);
  const known = view.readings === null
    ? say("  not kept: the swap was asked for by an earlier version of claude-failover")
    : view.readings.flatMap((reading) => account(reading, view, options));
  const others = view.considered.flatMap(({ from, candidates }) => [
    `  from ${style.name(from)}:`,
    ...candidates.flatMap(({ account, rejected }) =>
      say(`    ${account}: ${rejected ?? chosen(view, account)}`, 6)
        .map(rejected === null ? style.good : style.dim)
    ),
    ...(candidates.length === 0 ? ["    there is no other account"] : []),
  ]);
  return [
    ...head(view, options),
    "",
    style.bold(view.at < view.now ? "What was known then" : "What is known"),
    ...(view.readings?.length === 0 ? ["  there is no account in the config"] : known),
    ...(others.length > 0 ? ["", style.bold("Where it could go"), ...others] : []),
  ].join("\n");
}

function head({ swap, at, now, why }: ExplainView, options: RenderOptions): string[] {
  const { columns, localTime, style } = options;
  const when = `${clockTime(at, now, localTime)}, ${coarse(now - at)} ago`;
  if (!swap) return [...(at < now ? [style.dim(`At ${when}:`)] : []), ...wrap(why, columns)];
  const { id, from, to, by, sessions, parks, strayed } = swap;
  const who = by === "policy" ? "decided by the daemon" : "asked for by a person";
  return [
    ...wrap(
      `${parks ? `${from}, to park` : `${from} → ${to}`}, ${who} at ${when} ${
        style.dim(`(${id})`)
      }`,
      columns,
      2,
    ),
    ...wrap(`  because ${why}`, columns, 2),
    ...wrap(`  to ${parks ? "park" : "move"}: ${sessions.join(", ")}`, columns, 2),
    ...strayed.flatMap(({ session, why }) => wrap(`    ${session}: ${why}`, columns, 6)),
  ];
}

function chosen({ swap }: ExplainView, account: string): string {
  const unfit = swap?.rejected.find((r) => r.account === account);
  if (unfit) return `chosen, and then found unfit: ${unfit.reason}`;
  return swap?.to === account ? "chosen" : "could take the work";
}

/** All of it as of that time. */
function account(reading: Reading, { at }: ExplainView, options: RenderOptions): string[] {
  const { columns, localTime, style } = options;
  const { pressure, windows, wall, check, forecasts = {} } = reading;
  const reset = (resetsAt: number | null) =>
    resetsAt === null
      ? "no reset time known"
      : resetsAt <= at
      ? "its reset had passed, so it says nothing"
      : `resets ${resetTime(resetsAt, at, localTime)}`;
  const figures = Object.entries(windows).map(([name, { usedPct, resetsAt, source, readAt }]) =>
    `${windowWords(name as WindowName)} ${pct(usedPct)} (${source}, ${coarse(at - readAt)} old), ` +
    reset(resetsAt)
  );
  const seen = wall &&
    `limit of its ${windowWords(wall.window)} seen by ${wall.session} ${
      coarse(at - wall.since)
    } before (${wall.evidence.join(" + ")}), ${reset(wall.resetsAt)}`;
  const checked = check &&
    (check.problems.length === 0
      ? `last preflight ${coarse(at - check.at)} before: ` +
        ["ready", ...new Set(check.folders?.map((f) => f.what))].join(", but ")
      : `last preflight ${coarse(at - check.at)} before: ${check.problems.join("; ")}`);
  const ahead = Object.entries(forecasts).map(([name, forecast]) =>
    `${windowWords(name as WindowName)}: ${forecastWords(forecast, at, localTime)}`
  );
  const lines = [...figures, ...ahead, seen, ...moneyWords(reading, at), checked]
    .filter((line) => line !== null);
  return [
    ...wrap(`  ${style.name(reading.account)}: ${pressureWords(pressure)}`, columns, 4),
    ...lines.flatMap((line) => wrap(`    ${line}`, columns, 6)),
  ];
}
