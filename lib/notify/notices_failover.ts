/**
 * Swaps: proposed, done, failed, or at an end since no account has room.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import type { Notice } from "../model/notice.ts";
import { entry, type Move, type Swap } from "../model/state.ts";
import { countOf } from "../words/count.ts";
import { reasonWords } from "../words/reasons.ts";
import { clockTime, duration } from "../words/time.ts";
import { bounded, type Happening, make, named } from "./make.ts";

export function failoverNotices(happening: Happening): Notice[] {
  const { event, after } = happening;
  switch (event.type) {
    case "swap.proposed":
      return [proposed(happening, event)];
    case "swap.finished": {
      const swap = entry(after.swaps, event.swap);
      return swap ? finished(happening, swap) : [];
    }
    case "swap.failed": {
      const swap = entry(after.swaps, event.swap);
      if (!swap) return [];
      return [make(happening, {
        id: swap.id,
        kind: "failover.failed",
        severity: "critical",
        title: `The failover from ${swap.from} to ${swap.to} has failed`,
        lines: [`${bounded(event.reason)}.`, because(swap), ...leftBehind(swap)],
        todo: `claude-failover explain ${swap.id}`,
        subject: { account: swap.from },
      })];
    }
    default:
      return [];
  }
}

function proposed(happening: Happening, event: Event<"swap.proposed">): Notice {
  const { from, to, reason, deadline, then, proposal, at } = event;
  const until = deadline === undefined ? null : clockTime(deadline, at, happening.localTime);
  const otherwise = then === "move"
    ? "it moves without an answer"
    : then === "park"
    ? "without an answer what stands at the limit is ended until a reset"
    : "nothing moves without an answer";
  return make(happening, {
    ...(proposal === undefined ? {} : { id: proposal }),
    kind: "failover.proposed",
    severity: "warning",
    title: `A failover from ${from} to ${to} waits for your word`,
    lines: [
      `Because ${reasonWords(reason)}.`,
      ...(until === null ? [] : [`Until ${until}; ${otherwise}.`]),
    ],
    todo: "claude-failover swap confirm, or claude-failover swap reject",
    subject: { account: from },
  });
}

function finished(happening: Happening, swap: Swap): Notice[] {
  const moves = Object.values(swap.moves);
  if (swap.by === "person" && moves.every((m) => m.outcome.is === "parked")) return []; // as asked
  const parked = moves.filter((m) => m.outcome.is === "parked" && !m.onDemand);
  const moved = moves.filter((m) => m.outcome.is === "moved");
  const failed = moves.filter((m) => m.outcome.is === "failed" && !m.outcome.moot);
  const asleep = moves.filter((m) => m.outcome.is === "parked" && m.onDemand);
  return [
    ...(parked.length > 0 ? [full(happening, swap, parked)] : []),
    ...(moved.length + asleep.length > 0
      ? [done(happening, swap, { moved, asleep, failed })]
      : failed.length > 0
      ? [noneMoved(happening, swap, failed)]
      : []),
  ];
}

function full(happening: Happening, swap: Swap, parked: readonly Move[]): Notice {
  const { at } = happening.event;
  const until = Math.min(
    ...parked.map(({ outcome }) => outcome.is === "parked" ? outcome.until : Infinity),
  );
  const when = clockTime(until, at, happening.localTime);
  return make(happening, {
    id: swap.id,
    kind: "accounts.full",
    severity: "critical",
    title: `No account has room until ${when}`,
    lines: [
      `${
        countOf(parked.length, "session")
      } of ${swap.from} ended in good order, to go on by itself then: ` +
      `${named(parked.map((m) => m.session))}.`,
      because(swap),
    ],
    todo: null,
    subject: { account: swap.from },
  });
}

interface Ended {
  readonly moved: readonly Move[];
  readonly asleep: readonly Move[];
  readonly failed: readonly Move[];
}

function done(happening: Happening, swap: Swap, { moved, asleep, failed }: Ended): Notice {
  const took = duration(happening.event.at - swap.requestedAt);
  const count = countOf(moved.length + asleep.length, "session");
  const targets = [...new Set(moved.map((m) => m.to))];
  const to = targets.length > 0 ? named(targets) : swap.to;
  return make(happening, {
    id: swap.id,
    kind: "failover.done",
    severity: failed.length > 0 ? "warning" : "info",
    title: `${count} moved from ${swap.from} to ${to}`,
    lines: [
      because(swap),
      ...(moved.length > 0 ? [`In ${took}: ${named(moved.map((m) => m.session))}.`] : []),
      ...(asleep.length > 0
        ? [`Ended until needed, as they were idle: ${named(asleep.map((m) => m.session))}.`]
        : []),
      ...failures(failed),
    ],
    todo: failed.length > 0 ? `claude-failover explain ${swap.id}` : null,
    subject: { account: swap.from },
  });
}

function noneMoved(happening: Happening, swap: Swap, failed: readonly Move[]): Notice {
  const stopped = failed.some(({ outcome }) =>
    outcome.is === "failed" && outcome.left === "stopped"
  );
  return make(happening, {
    id: swap.id,
    kind: "failover.failed",
    severity: stopped ? "critical" : "warning",
    title: `No session could be moved from ${swap.from} to ${swap.to}`,
    lines: [because(swap), ...failures(failed)],
    todo: `claude-failover explain ${swap.id}`,
    subject: { account: swap.from },
  });
}

function because({ reason }: Swap): string {
  return `Because ${reasonWords(reason)}.`;
}

function failures(failed: readonly Move[]): string[] {
  const lines = failed.slice(0, 5).flatMap(({ session, outcome }) =>
    outcome.is === "failed"
      ? [`${session} is left ${outcome.left}: ${bounded(outcome.reason)}.`]
      : []
  );
  const rest = failed.length - lines.length;
  return rest > 0 ? [...lines, `And ${rest} more.`] : lines;
}

function leftBehind({ moves }: Swap): string[] {
  const still = Object.values(moves).filter((m) => m.outcome.is !== "moved").map((m) => m.session);
  return still.length > 0 ? [`Not moved: ${named(still)}.`] : [];
}
