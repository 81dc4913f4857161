/**
 * Who is told of a notice, and when: pure.
 *
 * @module
 */
import { matches, type Notice, type Silence } from "../model/notice.ts";
import type { ChannelSpec, NotifySpec, QuietHours } from "../model/notify_config.ts";
import type { LocalTimeOf } from "../words/time.ts";

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;

/** These are for machines: they get each notice by itself, at any hour. */
const LOGS: readonly ChannelSpec["type"][] = ["file", "stdout", "loki"];

export function isLog({ type }: ChannelSpec): boolean {
  return LOGS.includes(type);
}

/** The names of the channels that its routes lead to. */
export function channelsFor(notice: Notice, { channels, routes = [] }: NotifySpec): Set<string> {
  if (routes.length === 0) return new Set(channels.map((c) => c.name));
  return new Set(routes.flatMap(({ to, match }) => matches(notice, match) ? to : []));
}

/** A person's word that it is not to be told now; null: there is none. */
export function silenceOn(
  notice: Notice,
  silences: readonly Silence[] | undefined,
  now: number,
): Silence | null {
  return silences?.find((s) => s.until > now && matches(notice, s.match)) ?? null;
}

/** Until when a notice for this channel is kept back, in epoch milliseconds; null: it is told now. */
export function heldUntil(
  { severity }: Notice,
  channel: ChannelSpec,
  { quiet, now, localTime }: {
    readonly quiet: QuietHours | null | undefined;
    readonly now: number;
    readonly localTime: LocalTimeOf;
  },
): number | null {
  if (!quiet || severity === "critical") return null;
  const applies = quiet.channels ? quiet.channels.includes(channel.name) : !isLog(channel);
  return applies ? quietUntil(quiet, now, localTime) : null;
}

/** When the quiet hours end that it is in now; null: it is not in them. */
export function quietUntil(
  { fromMinute, toMinute }: Pick<QuietHours, "fromMinute" | "toMinute">,
  now: number,
  localTime: LocalTimeOf,
): number | null {
  const minute = minuteOf(now, localTime);
  const length = (toMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES;
  if ((minute - fromMinute + DAY_MINUTES) % DAY_MINUTES >= length) return null;
  const left = (toMinute - minute + DAY_MINUTES) % DAY_MINUTES;
  const end = now - now % MINUTE + left * MINUTE;
  // The clocks may be put forward or back on the way.
  const off = (toMinute - minuteOf(end, localTime) + DAY_MINUTES * 1.5) % DAY_MINUTES -
    DAY_MINUTES / 2;
  return end + off * MINUTE;
}

function minuteOf(at: number, localTime: LocalTimeOf): number {
  const { hour, minute } = localTime(at);
  return hour * 60 + minute;
}
