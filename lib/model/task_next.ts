/**
 * What is to be done with a task now, given the state and what was seen of its files. Pure: the dispatcher does it.
 *
 * @module
 */
import type { Fact } from "./event.ts";
import { closedCircle, refsOf } from "./dependency.ts";
import { unreachable } from "./ids.ts";
import { hopsReason } from "./obstacles.ts";
import { entry, isAlive, moveOf, pendingSend, type Session, type State } from "./state.ts";
import type { Assigned, Running, Task, TaskEnd } from "./task.ts";

/** A look at the files of one task. */
export interface SeenFiles {
  /** `unknown`: the folder could not be read; then nothing is concluded from it. */
  readonly file: "inbox" | TaskEnd | "nowhere" | "unknown";
  /** Ours, or whose it is. */
  readonly marker: "none" | "ours" | { readonly owner: string };
}

export type NextForTask =
  | { readonly do: "wait"; readonly why: string }
  | { readonly do: "record"; readonly fact: Fact }
  /** Create the marker. */
  | { readonly do: "claim" }
  /** A marker of ours stands beside a task that we do not have. */
  | { readonly do: "unclaim" }
  /** Give its prompt to the session. */
  | { readonly do: "hand over" }
  /** The prompt was sent and nobody said that it came: ask the transcript and the screen. */
  | { readonly do: "look for the prompt" }
  | { readonly do: "nudge" }
  /** Give up the attempt; `restart`: its session still works on it and is to be started anew. */
  | { readonly do: "give up"; readonly why: string; readonly restart: boolean }
  | { readonly do: "put away" }
  | { readonly do: "bring back" };

/** A session that was free when it was chosen has so long to be free again. */
const FREE_WITHIN_MS = 2 * 60_000;
/** From typing to `UserPromptSubmit`; the slowest seen on a loaded machine took under 5 s (2.1.330). */
export const ACCEPT_WITHIN_MS = 30_000;
/** A turn that ended may be followed by another at once (a queued prompt, a background task's news). */
export const SILENCE_MS = 5_000;

export function nextForTask(state: State, task: Task, seen: SeenFiles, now: number): NextForTask {
  const { place } = task;
  if (place.at === "closed") return wait(`it is ${place.as}`);
  if (place.at === "closing") return { do: "put away" };
  if (place.at === "returning") return { do: "bring back" };
  if (seen.file === "unknown") return wait("its project's folder cannot be read");
  if (seen.file !== "inbox") return movedAway(task, seen.file);
  switch (place.at) {
    case "queued":
      if (seen.marker === "ours") return { do: "unclaim" };
      if (seen.marker === "none") return nextForQueued(state, task);
      return record({ type: "task.taken", task: task.id, owner: seen.marker.owner });
    case "elsewhere":
      return typeof seen.marker === "object"
        ? wait(`it is with ${place.owner}`)
        : record({ type: "task.released", task: task.id });
    case "attention":
      return wait(`it needs attention: ${place.why}`);
    case "assigned":
      return nextForAssigned(state, task, place, seen.marker, now);
    case "running":
      return nextForRunning(state, task, place, now);
    default:
      return unreachable(place);
  }
}

/**
 * After an attempt that came to nothing: back to the inbox, or the end of it. A session that never got the prompt has not
 * tried.
 */
export function afterAttempt(state: State, task: Task, why: string, now: number): Fact {
  if (task.place.at === "assigned" && task.place.sentAt === null) {
    return { type: "task.requeued", task: task.id, why, notBefore: now + UNTRIED_PAUSE_MS };
  }
  const most = task.spec.maxAttempts ?? state.config?.tasks.maxAttempts ?? 1;
  const made = task.attempts.at(-1)?.nth ?? 0;
  if (made >= most) {
    const attempts = made === 1 ? "1 attempt" : `${made} attempts`;
    return {
      type: "task.ended",
      task: task.id,
      as: "failed",
      by: "policy",
      why: `${why} (given up after ${attempts})`,
    };
  }
  return { type: "task.requeued", task: task.id, why, notBefore: now + backOffMs(made) };
}

const UNTRIED_PAUSE_MS = 10_000;

/** 30 s after the first attempt, twice that after each further one, 10 minutes at most. */
function backOffMs(attempts: number): number {
  return Math.min(30_000 * 2 ** Math.max(0, attempts - 1), 600_000);
}

/** What can never be done is told to its owner, rather than waiting for ever in silence. */
function nextForQueued(state: State, task: Task): NextForTask {
  const fail = (why: string) =>
    record({ type: "task.ended", task: task.id, as: "failed", by: "policy", why });
  const tooFar = hopsReason(state, task);
  if (tooFar !== null) return fail(tooFar);
  const circle = task.spec.after.length > 0 ? closedCircle(refsOf(state), task) : null;
  return circle === null ? wait("it is in the inbox") : fail(`${circle}, which is a circle`);
}

/** Whoever moves the file out of the inbox says what became of the task. */
function movedAway(task: Task, to: TaskEnd | "nowhere"): NextForTask {
  const inHand = task.place.at === "running" || task.place.at === "assigned";
  const by = inHand ? "agent" : "person";
  if (to === "nowhere") {
    const why = "its file was taken out of the inbox";
    return record({ type: "task.ended", task: task.id, as: "cancelled", by: "person", why });
  }
  const why = to === "done" ? null : `its file was moved to ${to}/`;
  return record({ type: "task.ended", task: task.id, as: to, by, why });
}

function nextForAssigned(
  state: State,
  task: Task,
  place: Assigned,
  marker: SeenFiles["marker"],
  now: number,
): NextForTask {
  if (typeof marker === "object") {
    return place.claimed
      ? record({
        type: "task.attention",
        task: task.id,
        why: `its marker was replaced by ${marker.owner}`,
      })
      : record({ type: "task.taken", task: task.id, owner: marker.owner });
  }
  if (marker === "none" || !place.claimed) return { do: "claim" };
  if (place.sentAt !== null) {
    return now - place.sentAt < ACCEPT_WITHIN_MS && now >= place.sentAt
      ? wait(`its prompt was sent to ${place.session}`)
      : { do: "look for the prompt" };
  }
  const session = entry(state.sessions, place.session);
  const lost = session ? whyLost(session) : `${place.session} is no longer there`;
  if (lost !== null) return { do: "give up", why: lost, restart: false };
  const { phase } = session!;
  if (phase.name === "parked" && phase.onDemand && !phase.asked) {
    return record({ type: "session.start.requested", session: place.session, by: "policy" });
  }
  const busy = whyBusy(state, session!);
  if (busy === null) return { do: "hand over" };
  return now - place.since < FREE_WITHIN_MS
    ? wait(busy)
    : { do: "give up", why: `${busy}, for too long`, restart: false };
}

function nextForRunning(state: State, task: Task, place: Running, now: number): NextForTask {
  const session = entry(state.sessions, place.session);
  if (!session) {
    return { do: "give up", why: `${place.session} is no longer there`, restart: false };
  }
  const lost = whyLost(session);
  if (lost !== null) return { do: "give up", why: lost, restart: false };
  if (place.conversation !== null && session.conversation !== place.conversation) {
    const why = `${session.name} went on in another conversation`;
    return record({ type: "task.attention", task: task.id, why });
  }
  const timeoutMs = task.spec.timeoutMs ?? state.config?.tasks.timeoutMs ?? Infinity;
  if (now - place.since >= timeoutMs) {
    const why = `not done within ${Math.round(timeoutMs / 60_000)} minutes`;
    return { do: "give up", why, restart: isAlive(session) };
  }
  if (session.phase.name !== "idle" || place.silentSince === null) {
    return wait(`${session.name} is ${session.phase.name}`);
  }
  if (now - place.silentSince < SILENCE_MS) return wait(`a turn of ${session.name} has just ended`);
  const busy = whyBusy(state, session);
  if (busy !== null) return wait(busy);
  if (place.nudge === null) return { do: "nudge" };
  const sinceMs = now - place.nudge.sentAt;
  if (sinceMs >= 0 && sinceMs < ACCEPT_WITHIN_MS) return wait(`${session.name} was reminded`);
  const why = "its turns ended without a word on it, also after a reminder";
  return record({ type: "task.attention", task: task.id, why });
}

/** Why the session will not go on with its work by itself, or null. Dead and parked ones come back. */
function whyLost({ name, phase, asked }: Session): string | null {
  switch (phase.name) {
    case "ended":
      return `a person ended ${name}`;
    case "stopped": // what the daemon's own stop ended comes back with the next one
      return asked ? `${name} was stopped` : null;
    case "quarantined":
      return `${name} is quarantined: ${phase.why}`;
    case "absent":
    case "starting":
    case "idle":
    case "working":
    case "waiting":
    case "limited":
    case "stopping":
    case "parked":
    case "dead":
      return null;
    default:
      return unreachable(phase);
  }
}

/** Why nothing can be typed into the session now, as far as the state knows, or null. */
export function whyBusy(state: State, session: Session): string | null {
  if (session.phase.name !== "idle") return `${session.name} is ${session.phase.name}`;
  if (moveOf(state, session.name)) return `${session.name} is being moved`;
  if (pendingSend(session)) return `a prompt is being sent to ${session.name}`;
  const { run } = session;
  if (run && run.plan.mark !== null && run.markAcceptedAt === null) {
    return `${session.name} is about to go on with what was cut`;
  }
  return session.asked ? `a ${session.asked.to} of ${session.name} was asked for` : null;
}

function wait(why: string): NextForTask {
  return { do: "wait", why };
}

function record(fact: Fact): NextForTask {
  return { do: "record", fact };
}
