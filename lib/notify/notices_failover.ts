/**
 * What people are told of moves between accounts.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { entry, type Move, type Swap } from "../model/state.ts";
import { countOf } from "../words/count.ts";
import { reasonWords } from "../words/reasons.ts";
import { clockTime, duration } from "../words/time.ts";
import type { Around, Said } from "./notices.ts";

export function* failoverNotices(event: Event, { state, localTime }: Around): Iterable<Said> {
  switch (event.type) {
    case "swap.proposed": {
      const { from, to, reason, deadline, then, at } = event;
      const wait = deadline === undefined ? [] : [
        `Without your word until ${clockTime(deadline, at, localTime)}: ${THEN[then ?? "stay"]}.`,
      ];
      yield {
        kind: "failover.proposed",
        severity: "critical",
        title: `Move from ${from} to ${to}?`,
        lines: [`Because ${reasonWords(reason)}.`, ...wait],
        todo: "claude-failover swap confirm, or swap reject",
        subject: { account: from },
        group: `failover.proposed:${event.proposal ?? event.seq}`,
      };
      return;
    }
    case "swap.finished": {
      const swap = entry(state.swaps, event.swap);
      if (swap) yield* finished(swap, event.at);
      return;
    }
    case "swap.failed": {
      const swap = entry(state.swaps, event.swap);
      yield {
        kind: "failover.failed",
        severity: "critical",
        title: swap ? `${wayOf(swap)} has failed` : "A move has failed",
        lines: [event.reason],
        todo: `claude-failover explain ${event.swap}`,
        subject: swap ? { account: swap.from } : {},
        group: `failover:${event.swap}`,
      };
      return;
    }
    case "move.parked": {
      const swap = entry(state.swaps, event.swap);
      const move = swap && entry(swap.moves, event.session);
      if (!swap || move?.onDemand) return;
      const until = clockTime(event.until, event.at, localTime);
      yield {
        kind: "accounts.full",
        severity: "critical",
        title: `No account has room until ${until}`,
        lines: [`${event.session} is parked; its conversation is kept, and it goes on by itself.`],
        subject: { session: event.session, account: swap.from },
        group: `accounts.full:${event.swap}`,
      };
      return;
    }
    default:
      return;
  }
}

const THEN = {
  stay: "everything stays where it is",
  move: "it is done",
  park: "the sessions are parked",
} as const;

function* finished(swap: Swap, at: number): Iterable<Said> {
  const moves = Object.values(swap.moves);
  const of = (is: Move["outcome"]["is"]) => moves.filter((m) => m.outcome.is === is);
  const failed = moves.filter(({ outcome }) => outcome.is === "failed" && !outcome.moot);
  const moved = of("moved").length;
  const cut = moves.filter(({ quiesced }) => quiesced === "cut").length;
  const lines = [
    `Because ${reasonWords(swap.reason)}.`,
    ...(cut > 0
      ? [`${countOf(cut, "session")} cut in the middle of work and asked to go on.`]
      : []),
    ...(of("parked").length > 0 ? [`${countOf(of("parked").length, "session")} parked.`] : []),
    ...failed.slice(0, 5).map(({ session, outcome }) =>
      `${session} was not moved: ${outcome.is === "failed" ? outcome.reason : ""}`
    ),
  ];
  const took = duration(at - swap.requestedAt);
  if (failed.length > 0) {
    yield {
      kind: "failover.failed",
      severity: "critical",
      title: `${wayOf(swap)}: ${failed.length} of ${countOf(moves.length, "session")} not moved`,
      lines,
      todo: `claude-failover explain ${swap.id}`,
      subject: { account: swap.from },
      group: `failover:${swap.id}`,
    };
  } else if (moved > 0) {
    yield {
      kind: "failover.done",
      severity: "info",
      title: `${wayOf(swap)}: ${countOf(moved, "session")} moved in ${took}`,
      lines,
      subject: { account: swap.from },
      group: `failover:${swap.id}`,
    };
  }
}

function wayOf({ from, to }: Swap): string {
  return from === to ? `Parking of ${from}` : `${from} → ${to}`;
}
