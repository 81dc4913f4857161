/**
 * The part of the fold that follows tasks: what was done with them, and what their sessions say meanwhile.
 *
 * @module
 */
import type { Event } from "./event.ts";
import { type TaskId, unreachable } from "./ids.ts";
import { withSession } from "./fold_run.ts";
import { entry, isAlive, type State } from "./state.ts";
import {
  type Assigned,
  type Attempt,
  ATTEMPTS_KEPT,
  CLOSED_TASKS,
  isOver,
  type Running,
  sessionOf,
  type Task,
  type TaskPlace,
  type TaskSpec,
} from "./task.ts";

type TaskEvent = Event<
  | "task.found"
  | "task.changed"
  | "task.refused"
  | "task.assigned"
  | "task.claimed"
  | "task.taken"
  | "task.released"
  | "task.sent"
  | "task.accepted"
  | "task.nudged"
  | "task.attention"
  | "task.requeued"
  | "task.ended"
  | "task.closed"
  | "task.cancel.requested"
  | "task.retry.requested"
  | "task.returned"
  | "task.moved"
>;

/** The state after the event, or null when the event does not fit it. */
export function foldTask(state: State, event: TaskEvent): State | null {
  if (event.type === "task.found" || event.type === "task.refused") {
    return entry(state.tasks, event.task) ? null : withTask(state, newTask(event));
  }
  const task = entry(state.tasks, event.task);
  if (!task) return null;
  const next = after(state, task, event);
  return next && withTask(withoutCut(state, task, next), next);
}

/**
 * A session that died at a task which is now taken from it has nothing to go on with: were it told to, the task would
 * be worked on twice.
 */
function withoutCut(state: State, before: Task, now: Task): State {
  const name = sessionOf(before);
  const session = name === null || sessionOf(now) === name ? null : entry(state.sessions, name);
  if (!session || isAlive(session)) return state;
  const { phase, run } = session;
  return withSession(state, {
    ...session,
    phase: phase.name === "parked" ? { ...phase, cut: false } : phase,
    run: run && { ...run, cut: false },
  });
}

/** What a session says that has a task in its hands. Never refuses: it is the session's event, not the task's. */
export function followSession(
  state: State,
  event: Event<"prompt.accepted" | "turn.ended" | "turn.failed" | "move.finished">,
): State {
  const task = taskOf(state, event.session);
  if (!task) return state;
  const { place } = task;
  switch (event.type) {
    case "prompt.accepted":
      if (place.at === "assigned" && event.mark === place.mark) {
        const session = entry(state.sessions, event.session);
        const account = session?.account ?? place.account; // it may have been started for this, elsewhere
        const now = running({ ...place, account }, session?.conversation ?? null, event.at);
        return withTask(state, { ...task, place: now });
      }
      return withTask(state, heard(task, null));
    case "turn.ended":
      return withTask(state, heard(task, event.at));
    case "turn.failed":
      return state; // it is unanswered, not silent: the session is limited, or waits, or tries again
    case "move.finished": {
      if (place.at !== "running") return state;
      const account = entry(state.sessions, event.session)?.account ?? place.account;
      const swapsSurvived = task.swapsSurvived + 1;
      const attempts = [
        ...task.attempts.slice(0, -1),
        ...task.attempts.slice(-1).map((a) => ({ ...a, then: [...a.then ?? [], account] })),
      ];
      return withTask(state, { ...task, swapsSurvived, attempts, place: { ...place, account } });
    }
    default:
      return unreachable(event);
  }
}

/** The task that the session has in its hands, or null. */
export function taskOf(state: State, session: string): Task | null {
  return Object.values(state.tasks).find(({ place }) =>
    (place.at === "assigned" || place.at === "running") && place.session === session
  ) ?? null;
}

function after(
  state: State,
  task: Task,
  event: Exclude<TaskEvent, Event<"task.found" | "task.refused">>,
): Task | null {
  const { place } = task;
  const { at } = event;
  switch (event.type) {
    case "task.changed": {
      if (place.at !== "queued" && place.at !== "elsewhere") return null;
      const { ref, digest, spec, ignored } = event;
      return { ...task, ref, digest, spec, ignored };
    }
    case "task.assigned": {
      const session = entry(state.sessions, event.session);
      if (place.at !== "queued" || !session || taskOf(state, session.name)) return null;
      const { account, name } = session;
      return {
        ...task,
        place: {
          at: "assigned",
          since: at,
          session: name,
          account,
          mark: event.mark,
          claimed: false,
          sentAt: null,
        },
        attempts: withAttempt(task.attempts, {
          session: name,
          account,
          startedAt: at,
          mark: event.mark,
        }),
      };
    }
    case "task.claimed":
      return place.at === "assigned" ? put(task, { ...place, claimed: true }) : null;
    case "task.taken": {
      if (place.at !== "queued" && (place.at !== "assigned" || place.claimed)) return null;
      return put(ended(task, at, `taken by ${event.owner}`), {
        at: "elsewhere",
        since: at,
        owner: event.owner,
      });
    }
    case "task.released":
      return place.at === "elsewhere"
        ? put(task, { at: "queued", since: at, notBefore: null })
        : null;
    case "task.sent":
      return place.at === "assigned" && place.claimed ? put(task, { ...place, sentAt: at }) : null;
    case "task.accepted":
      return place.at === "assigned" ? put(task, running(place, event.conversation, at)) : null;
    case "task.nudged":
      return place.at === "running"
        ? put(task, { ...place, nudge: { mark: event.mark, sentAt: at } })
        : null;
    case "task.attention": {
      if (place.at !== "assigned" && place.at !== "running") return null;
      const { session } = place;
      return put(ended(task, at, event.why), {
        at: "attention",
        since: at,
        why: event.why,
        session,
      });
    }
    case "task.requeued":
      if (place.at !== "assigned" && place.at !== "running" && place.at !== "attention") {
        return null;
      }
      return put(ended(task, at, event.why), {
        at: "queued",
        since: at,
        notBefore: event.notBefore,
      });
    case "task.ended": {
      if (isOver(task)) return null;
      const { as, by, why } = event;
      return put(ended(task, at, why ?? as), { at: "closing", as, since: at, by, why });
    }
    case "task.closed": {
      if (place.at !== "closing") return null;
      const { as, why } = place;
      return put(task, { at: "closed", as, why, since: at, file: event.file });
    }
    case "task.cancel.requested": {
      if (isOver(task)) return null;
      const why = event.by === "person" ? "a person cancelled it" : "the policy cancelled it";
      return put(ended(task, at, why), {
        at: "closing",
        as: "cancelled",
        since: at,
        by: event.by,
        why,
      });
    }
    case "task.retry.requested": {
      const fresh = { ...task, attempts: [] };
      if (place.at === "attention") return put(fresh, { at: "queued", since: at, notBefore: null });
      if (place.at !== "closed" || place.as === "done" || place.file === null) return null;
      return put(fresh, { at: "returning", since: at, from: place.as, file: place.file });
    }
    case "task.moved": {
      const { project, file } = event;
      return place.at === "queued" ? { ...task, project, file } : null;
    }
    case "task.returned":
      return place.at === "returning"
        ? { ...put(task, { at: "queued", since: at, notBefore: null }), file: event.file }
        : null;
    default:
      return unreachable(event);
  }
}

function newTask(event: Event<"task.found" | "task.refused">): Task {
  const { task: id, project, file, at } = event;
  const own = { id, project, file, foundAt: at, attempts: [], swapsSurvived: 0 };
  if (event.type === "task.found") {
    const { ref, spec, digest, ignored } = event;
    return {
      ...own,
      ref,
      spec,
      digest,
      ignored,
      place: { at: "queued", since: at, notBefore: null },
    };
  }
  const { why } = event;
  return {
    ...own,
    ref: file,
    spec: emptySpec(file),
    digest: "",
    ignored: [],
    place: { at: "closing", as: "failed", since: at, by: "policy", why },
  };
}

/** What a task is that says nothing of itself. */
export function emptySpec(title: string): TaskSpec {
  return {
    title,
    priority: 50,
    after: [],
    labels: [],
    notBefore: null,
    timeoutMs: null,
    maxAttempts: null,
    session: null,
    account: null,
    model: null,
    hops: 0,
  };
}

function running(
  { session, account, mark }: Assigned,
  conversation: string | null,
  since: number,
): Running {
  return {
    at: "running",
    since,
    session,
    conversation,
    account,
    mark,
    silentSince: null,
    nudge: null,
  };
}

function heard(task: Task, silentSince: number | null): Task {
  return task.place.at === "running" ? put(task, { ...task.place, silentSince }) : task;
}

function put(task: Task, place: TaskPlace): Task {
  return { ...task, place };
}

function withAttempt(
  attempts: readonly Attempt[],
  begun: Pick<Attempt, "session" | "account" | "startedAt" | "mark">,
): Attempt[] {
  const nth = (attempts.at(-1)?.nth ?? 0) + 1;
  return [...attempts, { ...begun, nth, endedAt: null, end: null }].slice(-ATTEMPTS_KEPT);
}

/** The end of the open attempt. One that never got as far as the prompt was none. */
function ended(task: Task, at: number, end: string): Task {
  const last = task.attempts.at(-1);
  if (!last || last.endedAt !== null) return task;
  if (task.place.at === "assigned" && task.place.sentAt === null) {
    return { ...task, attempts: task.attempts.slice(0, -1) };
  }
  return { ...task, attempts: [...task.attempts.slice(0, -1), { ...last, endedAt: at, end }] };
}

function withTask(state: State, task: Task): State {
  const tasks = { ...state.tasks, [task.id]: task };
  return { ...state, tasks: task.place.at === "closed" ? bounded(tasks) : tasks };
}

function bounded(tasks: Readonly<Record<TaskId, Task>>): Record<TaskId, Task> {
  const closed = Object.values(tasks).filter(({ place }) => place.at === "closed")
    .sort((a, b) => a.place.since - b.place.since);
  const dropped = new Set(closed.slice(0, -CLOSED_TASKS).map(({ id }) => id));
  return Object.fromEntries(Object.entries(tasks).filter(([id]) => !dropped.has(id)));
}
