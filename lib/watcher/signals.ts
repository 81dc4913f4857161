/**
 * Signals of Claude Code turned into facts. Pure: what was read goes in, facts come out.
 *
 * @module
 */
import type { RegistryEntry } from "../claude/registry.ts";
import { classify, forJournal, isSuspension } from "../claude/refusal.ts";
import type { HookEvent, SpoolEntry } from "../claude/spool.ts";
import type { Fact } from "../model/event.ts";
import { hasPassed, isSetBack } from "../model/elapsed.ts";
import { unreachable } from "../model/ids.ts";
import type { Run, Session, State } from "../model/state.ts";

/** What a hook's message says about its run. */
export function factsOfHook(session: Session, run: Run, { event, seenAt }: SpoolEntry): Fact[] {
  const of = { session: session.name, run: run.plan.id };
  switch (event.kind) {
    case "session.start": {
      const { conversation, source, transcript } = event;
      return [{ type: "run.ready", ...of, conversation, source, transcript }];
    }
    case "prompt":
      return [
        { type: "prompt.accepted", ...of, mark: event.mark, seenAt },
        ...sentPrompt(session, run, event),
      ];
    case "turn.end":
      return [{ type: "turn.ended", ...of }];
    case "turn.fail": {
      const refusal = classify(event.error, event.text);
      return [{ type: "turn.failed", ...of, refusal, seenAt }];
    }
    case "permission.asked":
      return [{ type: "question.asked", ...of, about: "permission" }];
    case "notification":
      return questionOf(event).map((about) => ({ type: "question.asked", ...of, about }));
    case "session.end":
      // /clear ends one conversation and begins the next within the same process.
      return event.reason === "clear" ? [] : [{ type: "run.closing", ...of, reason: event.reason }];
    case "tool":
    case "unknown":
      return [];
    default:
      return unreachable(event);
  }
}

/** The prompt that somebody sent through the daemon is known again by its digest. */
function sentPrompt(
  { name: session, send }: Session,
  run: Run,
  { digest }: Extract<HookEvent, { kind: "prompt" }>,
): Fact[] {
  if (send?.stage.is !== "typing" || send.stage.run !== run.plan.id) return [];
  return send.digest === digest ? [{ type: "send.accepted", session, send: send.id }] : [];
}

/** An account that was suspended or revoked freezes automatic moves, its own and all others, until a person thaws them. */
export function freezeAfter({ frozen }: State, run: Run, { event }: SpoolEntry): Fact[] {
  // A person's own freeze ends with their own reason for it; this one has to wait for their word.
  if (
    frozen?.by === "policy" || event.kind !== "turn.fail" || !isSuspension(event.error, event.text)
  ) return [];
  const { account } = run.plan;
  const said = forJournal(event.text) || event.error;
  const reason = `${account} was suspended or revoked ("${said}"); that waits for a person`;
  return [{ type: "freeze.requested", by: "policy", reason }];
}

/** `idle_prompt` only says that a minute has passed; the others wait for somebody. */
function questionOf(event: Extract<HookEvent, { kind: "notification" }>) {
  switch (event.type) {
    case "permission_prompt":
      return ["permission" as const];
    case "elicitation_dialog":
    case "agent_needs_input":
      return ["human" as const];
    default:
      return [];
  }
}

/** Hooks are quicker and say more; for so long the registry may still say what was before the last of them. */
const REGISTRY_LAG_MS = 500;
/** A run that no hook has told of for so long has none (a person's `disableAllHooks`, say). */
const HOOKS_LATE_MS = 3_000;

/** All in epoch milliseconds. */
export interface Heard {
  readonly now: number;
  /** When the last signal of the run was made. */
  readonly heardAt: number;
}

/** What the registry entry of the run's process adds to what the hooks have said. */
export function factsOfRegistry(
  session: Session,
  run: Run,
  entry: RegistryEntry,
  heard: Heard,
): Fact[] {
  const { status, waitingFor, conversation } = entry;
  if (status === null || !isNews(entry, heard)) return [];
  const of = { session: session.name, run: run.plan.id };
  const same = saysTheSame(session, entry);
  const told: Fact[] = same ? [] : [{ type: "run.status", ...of, status, waitingFor }];
  if (session.phase.name === "stopping") return told;
  if (run.readyAt !== null) {
    if (conversation === session.conversation) return told;
    // It has begun another one (/clear), and no hook has told of it.
    return [
      { type: "run.ready", ...of, conversation, source: "registry", transcript: null },
      ...told,
    ];
  }
  if (conversation !== run.plan.conversation) return [];
  if (!hasPassed(run.launchedAt ?? heard.now, HOOKS_LATE_MS, heard.now)) return [];
  if (status === "waiting") return told; // a dialog may stand before the conversation
  const ready: Fact = {
    type: "run.ready",
    ...of,
    conversation,
    source: "registry",
    transcript: null,
  };
  return status === "busy" ? [ready, ...told] : [ready];
}

/** Newer than the last signal, and clearly so or unchanged for a while. */
function isNews({ updatedAt }: RegistryEntry, { now, heardAt }: Heard): boolean {
  // After the clock was set back what it dates before now is newer than what it dates long after.
  if (isSetBack(heardAt, now)) return updatedAt <= now;
  if (updatedAt <= heardAt) return false;
  return updatedAt > heardAt + REGISTRY_LAG_MS || now - updatedAt >= REGISTRY_LAG_MS;
}

function saysTheSame({ phase }: Session, { status }: RegistryEntry): boolean {
  switch (phase.name) {
    case "idle":
      return status === "idle";
    case "working":
      return status === "busy";
    case "waiting":
      return status === "waiting" || status === "idle" && phase.for === "human" && !phase.dialog;
    case "limited":
      return true; // it cannot say more than that
    case "starting":
      return false;
    default:
      return true;
  }
}
