/**
 * The part of the fold that follows a swap and its moves.
 *
 * @module
 */
import { type Event, MOVE_STEPS } from "./event.ts";
import { enter, planned, wasCut, withSession } from "./fold_run.ts";
import { unreachable } from "./ids.ts";
import { withoutStartFailures, withStartFailure } from "./start_failures.ts";
import {
  entry,
  hasBegun,
  isAlive,
  type Move,
  NEW_ACCOUNT,
  type Parked,
  type State,
  type Swap,
} from "./state.ts";

type MoveEvent = Event<
  | "swap.requested"
  | "park.requested"
  | "swap.redirected"
  | "swap.finished"
  | "swap.failed"
  | "move.step.started"
  | "move.quiesced"
  | "move.planned"
  | "move.step.finished"
  | "move.redirected"
  | "move.parking"
  | "move.parked"
  | "move.finished"
  | "move.failed"
>;

const ENDED_SWAPS = 20;

/** The state after the event, or null when the event does not fit it. */
export function foldMove(state: State, event: MoveEvent): State | null {
  if (event.type === "swap.requested") return begin(state, event, { parking: null });
  if (event.type === "park.requested") {
    const asked = { ...event, to: event.from };
    return event.onDemand
      ? begin(state, asked, { parking: "a person asked for it", onDemand: true })
      : begin(state, asked, { parking: "no account has room" });
  }
  const swap = entry(state.swaps, event.swap);
  if (!swap || swap.outcome.is !== "running") return null;
  switch (event.type) {
    case "swap.finished":
      return end(state, { ...swap, outcome: { is: "finished", at: event.at } });
    case "swap.redirected":
      return retarget(state, swap, event);
    case "swap.failed":
      return end(state, { ...swap, outcome: { is: "failed", at: event.at, reason: event.reason } });
    default:
      return foldOneMove(state, swap, event);
  }
}

type OneMove = Extract<MoveEvent, { session: string }>;

function foldOneMove(state: State, swap: Swap, event: OneMove): State | null {
  const move = entry(swap.moves, event.session);
  if (!move || move.outcome.is !== "running") return null;
  const put = (changes: Partial<Move>) =>
    withSwap(state, {
      ...swap,
      moves: { ...swap.moves, [move.session]: { ...move, ...changes } },
    });
  switch (event.type) {
    case "move.step.started":
      return put({
        inDoubt: event.step,
        finished: move.finished.filter((s) => s !== event.step),
        times: {
          ...move.times,
          [event.step]: move.times[event.step] ?? { startedAt: event.at, finishedAt: null },
        },
      });
    case "move.quiesced":
      return put({ quiesced: event.as });
    case "move.planned": {
      const session = entry(state.sessions, event.session);
      if (!session) return null;
      const why = `swap ${swap.id} moves it to ${event.plan.account}`;
      return withSession(put({ plan: event.plan }), planned(session, event.plan, event.at, why));
    }
    case "move.step.finished":
      return put({
        inDoubt: null,
        finished: [...move.finished.filter((s) => s !== event.step), event.step],
        times: {
          ...move.times,
          [event.step]: {
            startedAt: move.times[event.step]?.startedAt ?? event.at,
            finishedAt: event.at,
          },
        },
      });
    case "move.redirected":
      return afterFailedStart(
        put({ ...again(move), to: event.to, tried: [...move.tried, move.to] }),
        { swap, move, at: event.at },
      );
    case "move.parking":
      return afterFailedStart(
        put({
          ...again(move),
          parking: event.reason,
          ...(event.onDemand ? { onDemand: true } : {}),
        }),
        { swap, move, at: event.at },
      );
    case "move.parked": {
      const session = entry(state.sessions, event.session);
      if (!session || isAlive(session) || session.phase.name === "ended") return null;
      const { until, at } = event;
      const cut = wasCut(session);
      // What was cut after all goes on by itself, unless a person wants it to rest.
      const onDemand = move.onDemand === true && (!cut || swap.by === "person");
      const failed = move.onDemand ? move.tried : [...move.tried, move.to];
      const parked: Parked = {
        name: "parked",
        until,
        home: swap.from,
        avoid: [...new Set(failed)].filter((id) => id !== swap.from),
        cut,
        checkpoint: swap.id,
        asked: false,
        ...(onDemand ? { onDemand } : {}),
      };
      const why = move.parking ?? "no account has room";
      return withSession(
        put({ outcome: { is: "parked", at, until }, inDoubt: null }),
        enter(session, parked, at, why),
      );
    }
    case "move.finished":
      return arrived(
        atHome(put({ outcome: { is: "moved", at: event.at }, inDoubt: null }), swap, move),
        move.to,
        event.at,
      );
    case "move.failed":
      return put({
        outcome: {
          is: "failed",
          at: event.at,
          reason: event.reason,
          left: event.left,
          ...(event.moot ? { moot: true } : {}),
        },
        inDoubt: null,
      });
    default:
      return unreachable(event);
  }
}

/** The move goes another way because of what happened under its target, past the stop: that is remembered of the pair. */
function afterFailedStart(
  state: State,
  { swap, move, at }: { readonly swap: Swap; readonly move: Move; readonly at: number },
): State {
  const session = entry(state.sessions, move.session);
  const failed = move.inDoubt !== null && MOVE_STEPS.indexOf(move.inDoubt) > STOP;
  if (!session || !failed || move.to === swap.from) return state;
  return withSession(state, withStartFailure(session, move.to, at));
}

const STOP = MOVE_STEPS.indexOf("stop");

/** From the stop on the way is walked again: a run that failed to come up must be gone too. */
function again({ finished }: Move): Pick<Move, "plan" | "inDoubt" | "finished"> {
  const kept = MOVE_STEPS.slice(0, STOP);
  return { plan: null, inDoubt: null, finished: finished.filter((s) => kept.includes(s)) };
}

/** Only for a swap that has not begun: once a move has, each finds its own way. */
function retarget(state: State, swap: Swap, event: Event<"swap.redirected">): State | null {
  const moves = Object.values(swap.moves);
  if (moves.some(hasBegun)) return null;
  return withSwap(state, {
    ...swap,
    to: event.to,
    rejected: [...swap.rejected, { account: swap.to, reason: event.reason }],
    moves: Object.fromEntries(moves.map((move) => [move.session, { ...move, to: event.to }])),
  });
}

type Begin = Omit<Event<"swap.requested">, "type">;

function begin(
  state: State,
  event: Begin,
  how: Pick<Move, "parking" | "onDemand">,
): State | null {
  if (!state.config || state.runningSwap !== null || entry(state.swaps, event.swap)) return null;
  const moves = Object.fromEntries(
    event.sessions.filter((name) => entry(state.sessions, name)).map((session): [string, Move] => [
      session,
      {
        session,
        to: event.to,
        tried: [],
        ...how,
        finished: [],
        inDoubt: null,
        quiesced: null,
        plan: null,
        times: {},
        outcome: { is: "running" },
      },
    ]),
  );
  const { swap: id, from, to, by, reason, at: requestedAt } = event;
  const swap: Swap = {
    id,
    from,
    to,
    rejected: [],
    by,
    reason,
    grounds: event.grounds ?? null,
    requestedAt,
    config: state.config,
    moves,
    outcome: { is: "running" },
  };
  const proposal = state.proposal?.from === from ? null : state.proposal;
  const next = { ...withSwap(state, swap), runningSwap: id, proposal };
  if (by === "policy") return next;
  // A person knows something that the row of failures does not.
  return event.sessions.reduce<State>((state, name) => {
    const session = entry(state.sessions, name);
    return session ? withSession(state, withoutStartFailures(session, to)) : state;
  }, next);
}

/** Ends the swap and forgets the oldest ended ones. */
function end(state: State, swap: Swap): State {
  const ended = Object.values(withSwap(state, swap).swaps)
    .filter((s) => s.outcome.is !== "running")
    .slice(-ENDED_SWAPS);
  return {
    ...state,
    runningSwap: null,
    swaps: Object.fromEntries(ended.map((s) => [s.id, s])),
  };
}

/** Where a person has moved a session to is its home from then on; where it has strayed to is not. */
function atHome(state: State, { by, reason, to }: Swap, move: Move): State {
  const session = entry(state.sessions, move.session);
  if (!session || by !== "person" || reason.kind !== "asked" || move.to !== to) return state;
  return withSession(state, { ...session, home: to });
}

function arrived(state: State, id: string, at: number): State {
  const account = { ...(entry(state.accounts, id) ?? NEW_ACCOUNT), arrivedAt: at };
  return { ...state, accounts: { ...state.accounts, [id]: account } };
}

function withSwap(state: State, swap: Swap): State {
  return { ...state, swaps: { ...state.swaps, [swap.id]: swap } };
}
