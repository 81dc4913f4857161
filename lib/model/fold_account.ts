/**
 * The part of the fold that keeps what is known of an account's quota: figures with their age, walls, paid use, tokens, and how
 * often it was asked for. All of it is bounded, whatever a source says.
 *
 * @module
 */
import { overageSeen } from "./bounds.ts";
import type { Event } from "./event.ts";
import { unreachable } from "./ids.ts";
import { plusTokens, type WindowName } from "./quota.ts";
import { withSamples } from "./samples.ts";
import type { Account, AccountWindow, Asked, TokenBucket } from "./state.ts";

export type AccountEvent = Event<
  | "quota.read"
  | "quota.asked"
  | "quota.unanswered"
  | "quota.wall"
  | "usage.counted"
  | "overage.seen"
  | "account.checked"
>;

/** More than any source has told of; of more the ones that were read last. */
const MOST_WINDOWS = 16;
export const BUCKET_MS = 5 * 60_000;
export const TOKENS_KEPT_MS = 6 * 3_600_000;
/** As long as any budget looks back, and somewhat longer. */
export const ASKINGS_KEPT_MS = 2 * 3_600_000;
const MOST_ASKINGS = 240;
/** A source gives figures as its answer that it got so shortly before (Claude Code 2.1.330: 60 s). */
export const AT_ONCE_MS = 90_000;
const LONGEST_REST_MS = 2 * 3_600_000;

export function foldAccount(before: Account, event: AccountEvent): Account {
  const account = before.asked ? { ...before, asked: notAhead(before.asked, event.at) } : before;
  switch (event.type) {
    case "quota.read":
      return withReading(account, event);
    case "quota.asked":
      return { ...account, asked: withAsking(account.asked, event.at) };
    case "quota.unanswered": {
      const { askings, failures } = account.asked ?? NEVER_ASKED;
      const rest = { why: event.why, until: event.until };
      return { ...account, asked: { askings, failures: failures + 1, rest } };
    }
    case "quota.wall": {
      const { session, window, resetsAt, transcript, evidence, at: since } = event;
      const hitAt = event.hitAt ?? since;
      return {
        ...account,
        wall: { session, window, resetsAt, transcript, since, hitAt, evidence },
      };
    }
    case "usage.counted":
      return {
        ...account,
        tokens: withTokens(account.tokens ?? [], event),
        countedUntil: event.until,
      };
    case "overage.seen": {
      const { inUse, enabled, at, madeAt } = event;
      return {
        ...account,
        overage: overageSeen(account, { inUse, enabled, at: Math.min(madeAt, at) }),
      };
    }
    case "account.checked":
      return {
        ...account,
        check: {
          at: event.at,
          problems: event.problems,
          folders: event.folders ?? [],
          signInEndsAt: event.signInEndsAt ?? null,
        },
      };
    default:
      return unreachable(event);
  }
}

function withReading(account: Account, event: Event<"quota.read">): Account {
  const { source, at, madeAt, ageUnknown } = event;
  const read = Object.entries(event.windows).map(([name, window]) =>
    [name, {
      ...window!,
      source,
      readAt: Math.min(madeAt ?? at, at),
      ...(ageUnknown ? { ageUnknown } : {}),
    }] as const
  );
  const windows = bounded({ ...account.windows, ...Object.fromEntries(read) });
  // A figure of any age says nothing of the pace.
  const samples = ageUnknown
    ? account.samples
    : withSamples(account.samples ?? {}, read.filter(([name]) => Object.hasOwn(windows, name)));
  return {
    ...account,
    windows,
    ...(samples ? { samples } : {}),
    ...(account.asked && asksProvider(source) ? { asked: answered(account.asked, event) } : {}),
  };
}

function asksProvider(source: Event<"quota.read">["source"]): boolean {
  return source === "usage command" || source === "command";
}

function bounded(windows: Account["windows"]): Account["windows"] {
  const all = Object.entries(windows) as [WindowName, AccountWindow][];
  if (all.length <= MOST_WINDOWS) return windows;
  const own = (name: string) => name === "five_hour" || name === "seven_day";
  const last = all.toSorted(([a, x], [b, y]) =>
    Number(own(b)) - Number(own(a)) || y.readAt - x.readAt
  );
  return Object.fromEntries(last.slice(0, MOST_WINDOWS));
}

const NEVER_ASKED: Asked = { askings: [], failures: 0, rest: null };

function withAsking({ askings, failures, rest }: Asked = NEVER_ASKED, at: number): Asked {
  const kept = askings.filter((asking) => at - asking.at < ASKINGS_KEPT_MS);
  return { askings: [...kept, { at, answered: false }].slice(-MOST_ASKINGS), failures, rest };
}

/** Figures from before it was asked are no answer: Claude Code prints those it has when the provider gives it none. */
function answered(asked: Asked, { madeAt = 0, ageUnknown }: Event<"quota.read">): Asked {
  const last = asked.askings.at(-1);
  if (!last || ageUnknown || madeAt < last.at - AT_ONCE_MS) return asked;
  const askings = [...asked.askings.slice(0, -1), { ...last, answered: true }];
  return { askings, failures: 0, rest: null };
}

/** The clock was set back: what seems to come from the future was just now, at the latest. */
function notAhead({ askings, failures, rest }: Asked, now: number): Asked {
  return {
    askings: askings.map((asking) => asking.at <= now ? asking : { ...asking, at: now }),
    failures,
    rest: rest && { ...rest, until: Math.min(rest.until, now + LONGEST_REST_MS) },
  };
}

/** A clock that was set back begins anew. */
function withTokens(
  buckets: readonly TokenBucket[],
  { until, tokens, messages }: Event<"usage.counted">,
): readonly TokenBucket[] {
  const at = Math.floor(until / BUCKET_MS) * BUCKET_MS;
  const kept = buckets.filter((b) => b.at <= at && at - b.at < TOKENS_KEPT_MS);
  const last = kept.at(-1);
  if (last?.at !== at) return [...kept, { at, messages, ...tokens }];
  const sum = { at, messages: last.messages + messages, ...plusTokens(last, tokens) };
  return [...kept.slice(0, -1), sum];
}
