/**
 * What the outbox says to whoever looks at it.
 *
 * @module
 */
import type { NoticeKind, Severity } from "../model/notice.ts";
import type { LocalTimeOf } from "../words/time.ts";
import { tell } from "./bundle.ts";
import type { Outbox, Row, Stage } from "./outbox.ts";

export interface ChannelHealth {
  readonly name: string;
  /** Messages that wait, or are on their way. */
  readonly pending: number;
  /** Messages that will never be sent. */
  readonly dead: number;
  /** Attempts that failed in a row, why the last one did, and until when it rests (epoch milliseconds). */
  readonly failures: number;
  readonly why: string | null;
  readonly restUntil: number | null;
  /** When a message was last taken; null: none is remembered. */
  readonly sentAt: number | null;
}

export interface Said {
  readonly id: number;
  /** Null: nobody was told, for a silence. */
  readonly channel: string | null;
  readonly stage: Stage;
  /** When its stage last changed, and when it was or will be due. */
  readonly at: number;
  readonly dueAt: number;
  readonly kind: NoticeKind;
  readonly severity: Severity;
  readonly title: string;
  readonly lines: readonly string[];
  readonly todo: string | null;
  readonly count: number;
  readonly seqs: { readonly first: number; readonly last: number };
  readonly attempts: number;
  readonly maybeRepeated: boolean;
  /** Why it was not sent (yet). */
  readonly why: string | null;
}

export interface HistoryQuery {
  readonly limit: number;
  readonly channel?: string | undefined;
  readonly stage?: Stage | undefined;
}

/** In the order of the names. */
export function channelHealth(outbox: Outbox, names: readonly string[]): ChannelHealth[] {
  const known = new Map(outbox.health().map((h) => [h.name, h]));
  return names.map((name) => {
    const health = known.get(name);
    const [last] = outbox.history({ limit: 1, channel: name, stage: "sent" });
    return {
      name,
      pending: outbox.count(name, "pending") + outbox.count(name, "sending"),
      dead: outbox.count(name, "dead"),
      failures: health?.failures ?? 0,
      why: health?.why ?? null,
      restUntil: health && health.failures > 0 ? health.rest : null,
      sentAt: last?.changed ?? null,
    };
  });
}

/** Newest first. */
export function saidBy(outbox: Outbox, query: HistoryQuery, localTime: LocalTimeOf): Said[] {
  return outbox.history(query).map((row) => saidOf(row, localTime));
}

function saidOf(row: Row, localTime: LocalTimeOf): Said {
  const { id, channel, stage, changed, due, attempts, unsure, why, bundle } = row;
  const { kind, severity, title, lines, todo, count, seqs } = tell(bundle, localTime);
  return {
    id,
    channel: channel === "" ? null : channel,
    stage,
    at: changed,
    dueAt: due,
    ...{ kind, severity, title, lines, todo, count, seqs },
    attempts,
    maybeRepeated: unsure,
    why,
  };
}
