/**
 * The step `quiesce`: it waits, and only waits, for work to come to rest and for a person to leave the keyboard.
 *
 * @module
 */
import { saveDraft } from "../claude/draft.ts";
import { type Person, seePerson } from "../claude/person.ts";
import type { Fact } from "../model/event.ts";
import { unreachable } from "../model/ids.ts";
import type { Session } from "../model/state.ts";
import { waitUntil } from "../ports/clock.ts";
import { frozenOut, type MoveContext, sessionOf, StepFailed, swapOf } from "./context.ts";
import { mootReason } from "./moot.ts";

const POLL_MS = 10;
/** People are asked about less often than work. */
const PERSON_POLL_MS = 500;

/** Past the grace the work is cut. `save` takes the checkpoint anew. */
export async function quiesce(
  context: MoveContext,
  save: (context: MoveContext) => Promise<void>,
): Promise<Fact[]> {
  const { deps, life, swapId: swap, sessionName } = context;
  const { config } = swapOf(context);
  const { quiesceGraceMs } = config.failover;
  const waited = !isResting(sessionOf(context));
  const person = watchPerson(context);
  const isOff = () =>
    isToEnd(context) || frozenOut(context) !== null || mootReason(context) !== null;
  const settled = async () =>
    isOff() || isResting(sessionOf(context)) && !(await person()).isTyping;
  const end = deps.clock.monotonic() + (isPaidFor(context) ? 0 : quiesceGraceMs);
  const comesToRest = () =>
    waitUntil(deps.clock, end - deps.clock.monotonic(), settled, {
      everyMs: POLL_MS,
      signal: life.signal,
    });
  let isSettled = await comesToRest();
  // What came to rest may have been given a new prompt before we got to look.
  while (isSettled && !isOff() && !isResting(sessionOf(context))) {
    isSettled = await comesToRest();
  }
  if (isToEnd(context)) throw new StepFailed("the daemon stops with its sessions");
  const frozen = frozenOut(context);
  if (frozen !== null) throw new StepFailed(frozen);
  if (sessionOf(context).phase.name === "ended") {
    throw new StepFailed("a person has ended the session", { moot: true });
  }
  const moot = mootReason(context);
  if (moot !== null) throw new StepFailed(moot, { moot: true });
  const { isTyping, box } = await person({ anew: true });
  if (!isSettled && isTyping && !isForced(context)) {
    throw new StepFailed("a person is typing in it, so its move is put off");
  }
  const session = sessionOf(context);
  // The tool that is cut now may be another one than when the checkpoint was taken.
  if (waited && !isAtRest(session)) await save(context);
  const draft = await saveDraft(deps.files, { config, session, box, id: swap }).catch((error) => {
    throw new StepFailed(`cannot save its unsent draft: ${error.message}`);
  });
  const as = isAtRest(sessionOf(context)) ? "at rest" : "cut";
  return [...draft, { type: "move.quiesced", swap, session: sessionName, as }];
}

/** Its last prompt was answered, and no other one waits. */
function isAtRest(session: Session): boolean {
  return session.phase.name === "idle" && session.run?.unanswered === null &&
    !awaitsItsPrompt(session);
}

/** Who is at the keyboard, as it was half a second ago at most. */
function watchPerson({ deps, life, sessionName }: MoveContext) {
  let seen: { readonly at: number; readonly person: Person } | null = null;
  return async ({ anew = false } = {}): Promise<Person> => {
    const now = deps.clock.monotonic();
    if (!anew && seen && now - seen.at < PERSON_POLL_MS) return seen.person;
    const pane = life.state().sessions[sessionName]?.run?.pane ?? null;
    const person = await seePerson(deps, sessionName, pane);
    seen = { at: now, person };
    return person;
  };
}

/** Room is running out, and that is all: it can wait for a person. Who asked for the move, or a wall, cannot. */
function isForced(context: MoveContext): boolean {
  const { reason } = swapOf(context);
  switch (reason.kind) {
    case "threshold":
    case "forecast":
    case "fail_back":
      return false;
    case "bound":
      return reason.bound === "overage"; // each answer is paid for
    case "asked":
    case "wall":
      return true;
    default:
      return unreachable(reason);
  }
}

/** What is paid for past the plan, and may not be, is not waited for. */
function isPaidFor(context: MoveContext): boolean {
  const { reason } = swapOf(context);
  return reason.kind === "bound" && reason.bound === "overage";
}

/** The session is about to be ended anyway: there is nothing to move it for. */
function isToEnd({ life }: MoveContext): boolean {
  const { daemon } = life.state();
  return daemon.phase === "stopping" && daemon.endSessions;
}

/** Nothing is under way that a little patience would let finish. */
function isResting(session: Session): boolean {
  if (session.send?.stage.is === "typing") return false;
  if (session.phase.name === "idle") return !awaitsItsPrompt(session);
  if (isRefused(session)) return true;
  return !["starting", "working", "waiting"].includes(session.phase.name);
}

/** It waits for a person because its turn was refused, for its sign-in say: no turn is under way, and no dialog is open. */
function isRefused({ phase, run }: Session): boolean {
  return phase.name === "waiting" && phase.for === "human" && !phase.dialog &&
    run !== null && run.unanswered !== null;
}

/** It was started with a prompt to go on, and Claude Code has not taken it yet. */
function awaitsItsPrompt({ run }: Session): boolean {
  return run !== null && run.plan.mark !== null && run.markAcceptedAt === null;
}
