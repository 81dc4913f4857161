/**
 * The part of the fold that follows runs: from the plan to the end of the process.
 *
 * A signal of a run that is not the session's present one says null: it came late and changes nothing.
 *
 * @module
 */
import { DIALOG_WORDS, type DialogKind } from "./dialog.ts";
import type { Event, Requester, RunPlan } from "./event.ts";
import { exitWords } from "./exits.ts";
import { unreachable } from "./ids.ts";
import { withDeath } from "./restart.ts";
import { withoutStartFailures } from "./start_failures.ts";
import { entry, isAlive, moveOf, type Phase, type Run, type Session, type State } from "./state.ts";

type RunEvent = Event<
  | "session.start.requested"
  | "run.planned"
  | "run.launched"
  | "run.stopping"
  | "run.ready"
  | "run.status"
  | "prompt.accepted"
  | "turn.ended"
  | "turn.failed"
  | "question.asked"
  | "dialog.seen"
  | "dialog.answered"
  | "run.proven"
  | "run.closing"
  | "run.ended"
  | "session.quarantined"
>;

const HISTORY = 20;

/** The state after the event, or null when the event does not fit it. */
export function foldRun(state: State, event: RunEvent): State | null {
  const session = entry(state.sessions, event.session);
  if (!session) return null;
  if (event.type === "session.start.requested") {
    if (isAlive(session)) return null;
    const { phase } = session;
    if (phase.name === "parked") {
      // It keeps what it is to go on with.
      const now = { ...phase, asked: true };
      return withSession(state, enter(session, now, event.at, "its start was asked for"));
    }
    // A person knows something that the row of deaths does not.
    const next = event.by === "person" ? { ...session, deaths: [] } : session;
    return withSession(
      state,
      enter({ ...next, asked: null }, { name: "absent" }, event.at, "its start was asked for"),
    );
  }
  if (event.type === "session.quarantined") {
    if (session.phase.name !== "dead") return null;
    const { why, at } = event;
    return withSession(state, enter(session, { name: "quarantined", why }, at, why));
  }
  if (event.type === "run.planned") {
    return withSession(state, planned(session, event.plan, event.at, event.why));
  }
  const { run } = session;
  if (!run || run.plan.id !== event.run) return null;
  if (event.type !== "run.ended" && !isAlive(session)) return null;
  const cut = cutByStop(state, session, event) ?? run.cut;
  const next = after(session, { ...run, cut }, event);
  if (event.type === "turn.ended" || event.type === "run.proven") {
    return withSession(state, withoutStartFailures(next, run.plan.account));
  }
  const died = isAlive(session) && next.phase.name === "dead";
  // What dies in the hands of a move is the move's to bring up elsewhere.
  if (!died || event.type !== "run.ended" || moveOf(state, session.name)) {
    return withSession(state, next);
  }
  return withSession(state, { ...next, deaths: withDeath(session.deaths, run, event) });
}

/**
 * What a move stops is cut if work was under way, as it would be by a death; and a prompt that a person gives in the
 * moment of the stop is work as any other, unless its turn ends before the process does. Null: nothing of that kind.
 */
function cutByStop(state: State, session: Session, event: RunEvent): boolean | null {
  const { run, phase, name } = session;
  if (!run || !moveOf(state, name)) return null;
  if (event.type === "run.stopping") return isCut(session, run) || phase.name === "waiting";
  if (phase.name !== "stopping") return null;
  return event.type === "prompt.accepted" ? true : event.type === "turn.ended" ? false : null;
}

/** The session with a new run that has not begun yet. */
export function planned(session: Session, plan: RunPlan, at: number, why: string): Session {
  const run: Run = {
    plan,
    plannedAt: at,
    launchedAt: null,
    readyAt: null,
    stray: null,
    markAcceptedAt: null,
    proven: false,
    unanswered: null,
    refusedAt: null,
    pane: null,
    process: null,
    transcript: null,
    tree: [],
    closing: null,
    cut: false,
  };
  return enter(
    { ...session, account: plan.account, conversation: plan.conversation, run, asked: null },
    { name: "starting" },
    at,
    why,
  );
}

function after(
  session: Session,
  run: Run,
  event: Exclude<
    RunEvent,
    Event<"run.planned" | "session.start.requested" | "session.quarantined">
  >,
): Session {
  const { at } = event;
  const set = (changes: Partial<Run>): Session => ({ ...session, run: { ...run, ...changes } });
  /** A stop that is under way is not forgotten because of what the run still says. */
  const go = (next: Session, phase: Phase, why: string) =>
    session.phase.name === "stopping" || next.run?.stray ? next : enter(next, phase, at, why);
  switch (event.type) {
    case "run.launched":
      return set({ pane: event.pane, process: event.process, launchedAt: run.launchedAt ?? at });
    case "run.stopping":
      return enter(set({ tree: event.tree }), { name: "stopping" }, at, event.why);
    case "run.ready": {
      const readyAt = run.readyAt ?? at;
      if (isStray(run, event)) {
        const why =
          `it came up with conversation ${event.conversation}, not ${run.plan.conversation}`;
        const human: Phase = { name: "waiting", for: "human" };
        // Not gone into: ours would be lost from sight, and the next start would go on with the other one.
        const next = go(session, human, why);
        return { ...next, run: { ...run, readyAt, stray: event.conversation } };
      }
      const known = event.conversation === session.conversation ? run.transcript : null;
      const next = {
        ...set({ readyAt, transcript: event.transcript ?? known, stray: null }),
        conversation: event.conversation,
      };
      if (event.source === "compact") return next;
      return go(next, { name: "idle" }, `Claude Code reported its start (${event.source})`);
    }
    case "run.status":
      return go(
        session,
        statusPhase(session, run, event),
        `its registry entry says ${event.status}`,
      );
    case "prompt.accepted": {
      const mine = run.plan.mark !== null && event.mark === run.plan.mark && !run.stray;
      const next = set({
        unanswered: null,
        markAcceptedAt: mine ? run.markAcceptedAt ?? at : run.markAcceptedAt,
      });
      return go(next, { name: "working" }, mine ? "took our prompt" : "took a prompt");
    }
    case "turn.ended":
      return go(
        { ...set({ proven: true, unanswered: null, refusals: 0 }), deaths: [] },
        { name: "idle" },
        "the turn ended",
      );
    case "turn.failed":
      return go(
        set({
          unanswered: event.refusal,
          refusals: (run.refusals ?? 0) + 1,
          refusedAt: event.seenAt,
        }),
        failedPhase(event.refusal),
        "the turn failed",
      );
    case "question.asked":
      return go(session, { name: "waiting", for: event.about }, "it asks");
    case "dialog.seen":
      return go(session, dialogPhase(session, event.kind), `a dialog: ${DIALOG_WORDS[event.kind]}`);
    case "dialog.answered":
      return session; // what comes of it, the run says itself
    case "run.proven":
      return { ...set({ proven: true }), deaths: [] };
    case "run.closing":
      return set({ closing: event.reason });
    case "run.ended":
      return isAlive(session) ? ended(session, run, event.exit, at) : session;
    default:
      return unreachable(event);
  }
}

/** A run's first word is of another conversation than it was told to open. Later ones are a person's choice. */
function isStray(run: Run, { conversation, source }: Event<"run.ready">): boolean {
  if (run.stray !== null) return conversation === run.stray;
  const isFirst = run.readyAt === null && (source === "startup" || source === "resume");
  return isFirst && conversation !== run.plan.conversation;
}

/**
 * The registry is a level, coarser than the hooks: it must not hide a limit or a start. After a turn has failed it says
 * busy once more for a moment, on a busy machine for more than half a second (2.1.330): only a prompt leads on from there.
 */
function statusPhase({ phase }: Session, run: Run, event: Event<"run.status">): Phase {
  if (phase.name === "limited") return phase;
  switch (event.status) {
    case "busy":
      return phase.name === "waiting" && run.unanswered ? phase : { name: "working" };
    case "idle":
      return { name: "idle" };
    case "waiting":
      if (phase.name === "waiting" && phase.dialog) return phase;
      return {
        name: "waiting",
        for: event.waitingFor === "permission prompt" ? "permission" : "dialog",
      };
    default:
      return unreachable(event.status);
  }
}

/** A limit says more than its menu. */
function dialogPhase({ phase }: Session, dialog: DialogKind): Phase {
  if (phase.name === "limited") return phase;
  const about = dialog === "permission"
    ? "permission"
    : dialog === "question" || dialog === "login"
    ? "human"
    : "dialog";
  return { name: "waiting", for: about, dialog };
}

function failedPhase(refusal: Event<"turn.failed">["refusal"]): Phase {
  switch (refusal.kind) {
    case "quota":
      return { name: "limited", window: refusal.window };
    case "login":
    case "billing":
      return { name: "waiting", for: "human" };
    case "throttle":
    case "server":
    case "other":
      return { name: "idle" };
    default:
      return unreachable(refusal);
  }
}

function ended(session: Session, run: Run, exit: number | null, at: number): Session {
  // Also when it went before we had begun to stop it: nobody shall bring it back.
  if (session.phase.name === "stopping" || session.asked) {
    const why = session.asked ? `stopped, as ${askedBy(session.asked.by)} asked` : "stopped by us";
    return enter(session, { name: "stopped" }, at, why);
  }
  // Typing /exit, Ctrl-C twice and Ctrl-D all say prompt_input_exit (measured, 2.1.330).
  if (run.closing === "prompt_input_exit" || run.closing === "logout") {
    return enter(session, { name: "ended" }, at, `a person ended it (${run.closing})`);
  }
  const cause = run.closing === null || run.closing === "other"
    ? "the process is gone"
    : run.closing;
  const next = { ...session, run: { ...run, cut: isCut(session, run) } };
  return enter(next, { name: "dead", exit }, at, `${cause} (${exitWords(exit)})`);
}

/** Whether an end now comes in the middle of work. A dialog at the start is none. */
function isCut({ phase }: Session, run: Run): boolean {
  if (run.unanswered !== null) return true;
  if (run.plan.mark !== null && run.markAcceptedAt === null) return true;
  if (run.stray !== null) return false;
  return phase.name === "working" || phase.name === "limited" ||
    phase.name === "waiting" && phase.for !== "dialog";
}

/** Whether the run that has ended left work behind, with which the next one is asked to go on. */
export function wasCut({ run }: Session): boolean {
  return run !== null && (run.cut || run.unanswered !== null);
}

function askedBy(by: Requester): string {
  return by === "person" ? "a person" : "the policy";
}

/** The session in this phase, with the reason in its history unless it was in it already. */
export function enter(session: Session, phase: Phase, at: number, why: string): Session {
  if (JSON.stringify(session.phase) === JSON.stringify(phase)) return session;
  const history = [...session.history, { at, to: phase.name, why }].slice(-HISTORY);
  return { ...session, phase, history };
}

export function withSession(state: State, session: Session): State {
  return { ...state, sessions: { ...state.sessions, [session.name]: session } };
}
