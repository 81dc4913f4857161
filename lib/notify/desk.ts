/**
 * What the outbox says to whoever looks at it.
 *
 * @module
 */
import type { ChannelHealth, Said, SaidQuery } from "../model/said.ts";
import type { LocalTimeOf } from "../words/time.ts";
import { tell } from "./bundle.ts";
import type { Outbox, Row } from "./outbox.ts";

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
export function saidBy(outbox: Outbox, query: SaidQuery, localTime: LocalTimeOf): Said[] {
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
