/**
 * Who is told of what, and when: the part of `notify` beside its channels.
 *
 * @module
 */
import { parseDuration } from "../model/duration.ts";
import type { NoticeMatch } from "../model/notice.ts";
import type { NotifySpec } from "../model/notify_config.ts";
import { buildChannel } from "./notify_channels.ts";
import { type Fault, type Finding, type KeyPath, quote } from "./problem.ts";
import { idsOf, repeated, unknownId } from "./references.ts";
import type { Draft, YamlConfig } from "./schema.ts";

type Yaml = YamlConfig["notify"];

export function* routesFit({ notify, projects, accounts }: Draft): Iterable<Finding> {
  const channels = idsOf((notify?.channels ?? []).map((c) => c && { id: c.name }));
  const known = (names: readonly (string | undefined)[] | undefined, path: KeyPath) =>
    references(names, channels, path, "channel");
  for (const [i, route] of (notify?.routes ?? []).entries()) {
    const path = ["notify", "routes", i];
    yield* known(route?.to, [...path, "to"]);
    yield* repeated(route?.kinds ?? [], (k) => [...path, "kinds", k]);
    yield* references(route?.projects, idsOf(projects ?? []), [...path, "projects"], "project");
    yield* references(route?.accounts, idsOf(accounts), [...path, "accounts"], "account");
  }
  const quiet = notify?.quiet_hours;
  yield* known(quiet?.channels, ["notify", "quiet_hours", "channels"]);
  if (quiet?.from !== undefined && quiet.from === quiet.to) {
    const what = "is the same as from: that is no time at all";
    yield { path: ["notify", "quiet_hours", "to"], what, hint: null };
  }
  for (const [i, step] of (notify?.escalate ?? []).entries()) {
    yield* known(step?.to, ["notify", "escalate", i, "to"]);
  }
}

function* references(
  names: readonly (string | undefined)[] | undefined,
  known: readonly string[] | null,
  path: KeyPath,
  what: string,
): Iterable<Finding> {
  for (const [i, name] of (names ?? []).entries()) {
    yield* unknownId(name, known, [...path, i], what);
  }
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

export function timeOfDayFault(text: string): Fault | null {
  if (TIME.test(text)) return null;
  return { what: `must be a time of the day, not ${quote(text)}`, hint: 'write it like "22:00"' };
}

function minuteOf(text: string): number {
  const [, hours, minutes] = TIME.exec(text)!;
  return Number(hours) * 60 + Number(minutes);
}

export function buildNotify(yaml: Yaml, home: string): NotifySpec {
  const quiet = yaml.quiet_hours;
  return {
    channels: yaml.channels.map((channel) => buildChannel(channel, home)),
    routes: yaml.routes.map((route) => ({ to: route.to, match: matchOf(route) })),
    quietHours: quiet
      ? {
        fromMinute: minuteOf(quiet.from),
        toMinute: minuteOf(quiet.to),
        channels: quiet.channels ?? null,
      }
      : null,
    escalate: yaml.escalate.map(({ after, to }) => ({ afterMs: parseDuration(after)!, to })),
    groupWithinMs: parseDuration(yaml.group_within)!,
    giveUpAfterMs: parseDuration(yaml.give_up_after)!,
  };
}

function matchOf({ severity, kinds, projects, accounts }: Yaml["routes"][number]): NoticeMatch {
  return {
    ...(severity ? { severity } : {}),
    ...(kinds ? { kinds } : {}),
    ...(projects ? { projects } : {}),
    ...(accounts ? { accounts } : {}),
  };
}
