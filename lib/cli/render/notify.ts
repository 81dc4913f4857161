/**
 * The channels of notices and what was said through them, as text.
 *
 * @module
 */
import type { NotifyView } from "../../http/client.ts";
import type { Said } from "../../model/said.ts";
import { unreachable } from "../../model/ids.ts";
import type { Severity, Silence } from "../../model/notice.ts";
import { countOf } from "../../words/count.ts";
import { clockTime, coarse, resetTime } from "../../words/time.ts";
import type { Style } from "../style.ts";
import type { RenderOptions } from "./status.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

export function renderChannels(view: NotifyView, now: number, options: RenderOptions): string {
  const { channels, silences, atWork } = view;
  const none = atWork
    ? "Nobody is told anything: the config names no channel (notify.channels)."
    : "Nobody is told anything for now: the notifier has failed, and is started again. " +
      "What is to be told waits; `claude-failover events` says what went wrong.";
  return [
    ...(channels.length === 0
      ? wrap(none, options.columns, 0)
      : [channelTable(view, now, options)]),
    ...(silences.length > 0 ? ["", silenceTable(silences, now, options)] : []),
  ].join("\n");
}

function channelTable({ channels }: NotifyView, now: number, options: RenderOptions): string {
  const { style, localTime, columns } = options;
  const rows = channels.map((c) => [
    style.name(c.name),
    c.type,
    String(c.pending),
    c.dead > 0 ? style.bad(String(c.dead)) : "0",
    c.sentAt === null ? "never" : clockTime(c.sentAt, now, localTime),
    c.failures > 0 ? style.bad("fails") : style.good("well"),
  ]);
  const head = ["CHANNEL", "TYPE", "WAITING", "DEAD", "LAST SENT", "STATE"];
  const why = channels.filter((c) => c.failures > 0).flatMap((c) => {
    const again = c.restUntil !== null && c.restUntil > now
      ? `; tried again in ${coarse(c.restUntil - now)}`
      : "";
    const line = `  ! ${c.name} has failed ${countOf(c.failures, "time")}: ${c.why}${again}`;
    return wrap(line, columns, 4).map(style.bad);
  });
  return [table(head, rows, options), ...why].join("\n");
}

function silenceTable(silences: readonly Silence[], now: number, options: RenderOptions): string {
  const rows = silences.map(({ id, match, until, reason }) => [
    options.style.name(id),
    resetTime(until, now, options.localTime),
    matchWords(match),
    reason,
  ]);
  return table(["SILENCE", "UNTIL", "OF", "WHY"], rows, options);
}

function matchWords({ severity, kinds, sessions, accounts, projects }: Silence["match"]): string {
  const parts = [
    severity ? `${severity} or more` : null,
    ...[kinds, sessions, accounts, projects].map((list) => list?.join(", ") ?? null),
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join("; ") : "everything";
}

export function renderSaid(
  messages: readonly Said[],
  now: number,
  options: RenderOptions,
): string {
  if (messages.length === 0) return "Nothing was said.";
  return messages.map((message) => said(message, now, options)).join("\n");
}

function said(
  message: Said,
  now: number,
  { style, columns, localTime }: RenderOptions,
): string {
  const { at, channel, severity, title, count, lines, todo, why, stage } = message;
  const times = count > 1 ? ` (${count} times)` : "";
  const head = `  ${clockTime(at, now, localTime)} ${channel ?? "nobody"}, ${stageWords(message)}`;
  const [first = "", ...rest] = wrap(`${head}: ${title}${times}`, columns, 4);
  return [
    paint(severity, style)(first),
    ...rest.map(paint(severity, style)),
    ...lines.flatMap((line) => wrap(`    ${line}`, columns, 4)).map(style.dim),
    ...(todo === null ? [] : wrap(`    To do: ${todo}`, columns, 4)),
    ...(why === null || stage === "sent" ? [] : wrap(`    ! ${why}`, columns, 6).map(style.bad)),
  ].join("\n");
}

export function renderTests(
  messages: readonly Said[],
  { style, columns }: RenderOptions,
): string {
  if (messages.length === 0) return "  The daemon has not looked at it yet.";
  return messages.flatMap(({ channel, stage, why }) => {
    if (stage === "sent") return [`  ${style.good("✓")} ${channel}  arrived`];
    const what = why ?? "no answer yet";
    const end = stage === "dead" ? "it is not tried again" : "it is tried again by itself";
    return wrap(`  ✗ ${channel}  ${what}; ${end}`, columns, 4).map(style.bad);
  }).join("\n");
}

function stageWords({ stage, maybeRepeated, attempts }: Said): string {
  switch (stage) {
    case "pending":
      return attempts > 0 ? "waits for another try" : "waits";
    case "sending":
      return "is being sent";
    case "sent":
      return maybeRepeated ? "sent, perhaps twice" : "sent";
    case "dead":
      return "never sent";
    case "silenced":
      return "silenced";
    default:
      return unreachable(stage);
  }
}

function paint(severity: Severity, style: Style): (text: string) => string {
  switch (severity) {
    case "info":
      return (text) => text;
    case "warning":
      return style.warn;
    case "critical":
      return style.bad;
    default:
      return unreachable(severity);
  }
}
