/**
 * Sessions that die, wait, are given up or are well again.
 *
 * @module
 */
import { DIALOG_WORDS } from "../model/dialog.ts";
import { exitWords } from "../model/exits.ts";
import type { Notice } from "../model/notice.ts";
import { restartOf } from "../model/restart.ts";
import { entry, moveOf, type Session } from "../model/state.ts";
import { countOf } from "../words/count.ts";
import { coarse } from "../words/time.ts";
import { aboutSession, type Happening, make } from "./make.ts";

/** So many requests in a row without an answer of the server. */
const UNANSWERED = 3;

export function sessionNotices(happening: Happening): Notice[] {
  const { event } = happening;
  if (!("session" in event) || typeof event.session !== "string") return [];
  const was = entry(happening.before.sessions, event.session);
  const is = entry(happening.after.sessions, event.session);
  if (!was || !is || was === is) return [];
  return [
    ...ended(happening, was, is),
    ...waiting(happening, was, is),
    ...unanswered(happening, is),
    ...recovered(happening, was, is),
  ];
}

function ended(happening: Happening, was: Session, { name, phase, ...is }: Session): Notice[] {
  if (phase.name === was.phase.name) return [];
  const subject = aboutSession(happening, name);
  if (phase.name === "quarantined") {
    return [make(happening, {
      kind: "session.quarantined",
      severity: "critical",
      title: `${name} is given up`,
      lines: [`${phase.why}.`, "Its conversation is kept."],
      todo: `claude-failover session show ${name}, then claude-failover session start ${name}`,
      subject,
    })];
  }
  // A move looks after what dies in its hands, and says what came of it.
  if (phase.name !== "dead" || moveOf(happening.before, name)) return [];
  const restart = restartOf({ name, phase, ...is });
  if (restart?.do !== "restart") return [];
  const inMs = restart.at - happening.event.at;
  const when = inMs <= 0 ? "at once" : `in ${coarse(inMs)}`;
  return [make(happening, {
    kind: "session.degraded",
    severity: "warning",
    title: `${name} has died (${exitWords(phase.exit)})`,
    lines: [`It is started again ${when}, with its conversation.`],
    subject,
  })];
}

function waiting(happening: Happening, was: Session, { name, phase, run }: Session): Notice[] {
  if (phase.name !== "waiting") return [];
  const { event } = happening;
  const begins = was.phase.name !== "waiting";
  const learned = event.type === "dialog.seen" && event.person !== null &&
    was.phase.name === "waiting" && was.phase.dialog !== event.kind;
  if (!begins && !learned) return [];
  if (event.type === "dialog.seen" && event.person === null) return []; // answered by us
  // Of the account, which says it once for all of its sessions.
  if (event.type === "turn.failed") return [];
  const forWhat = phase.dialog
    ? DIALOG_WORDS[phase.dialog]
    : phase.for === "permission"
    ? "a permission"
    : phase.for === "human"
    ? "an answer"
    : "an answer to a dialog";
  const why = event.type === "dialog.seen" && event.person !== null ? [`${event.person}.`] : [];
  return [make(happening, {
    // What is learned of a wait is said in place of what was known at its beginning.
    id: `${name}:${run?.plan.id}:${begins ? event.at : beganAt(was)}`,
    kind: "session.waiting",
    severity: "warning",
    title: `${name} waits for ${forWhat}`,
    lines: why,
    todo: `claude-failover session attach ${name}`,
    subject: aboutSession(happening, name),
  })];
}

/** Names the wait that goes on. */
function beganAt({ history }: Session): number {
  return history.findLast((h) => h.to === "waiting")?.at ?? 0;
}

function unanswered(happening: Happening, { name, run }: Session): Notice[] {
  const { event } = happening;
  if (event.type !== "turn.failed" || run?.refusals !== UNANSWERED) return [];
  if (event.refusal.kind !== "throttle" && event.refusal.kind !== "server") return [];
  const what = event.refusal.kind === "throttle" ? "is throttled" : "gets no answer of the server";
  return [make(happening, {
    kind: "session.degraded",
    severity: "warning",
    title: `${name} ${what}, ${countOf(UNANSWERED, "time")} in a row`,
    lines: ["It is asked to go on, with growing rests."],
    subject: aboutSession(happening, name),
  })];
}

/** The row of its deaths has ended with a run that does well. */
function recovered(happening: Happening, was: Session, is: Session): Notice[] {
  if (was.deaths.length === 0 || is.deaths.length > 0) return [];
  if (is.phase.name !== "idle" && is.phase.name !== "working") return [];
  return [make(happening, {
    kind: "session.recovered",
    severity: "info",
    title: `${is.name} is well again`,
    lines: [`It had died ${countOf(was.deaths.at(-1)!.nth, "time")} in a row.`],
    subject: aboutSession(happening, is.name),
  })];
}
