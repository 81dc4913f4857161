/**
 * Signals of Claude Code turned into facts. Pure: what was read goes in, facts come out.
 *
 * @module
 */
import type { RegistryEntry } from "../claude/registry.ts";
import { classify } from "../claude/refusal.ts";
import type { HookEvent, SpoolEntry } from "../claude/spool.ts";
import type { Fact } from "../model/event.ts";
import { unreachable } from "../model/ids.ts";
import type { Run, Session } from "../model/state.ts";

/** What a hook's message says about its run. */
export function factsOfHook(session: Session, run: Run, { event, seenAt }: SpoolEntry): Fact[] {
  const of = { session: session.name, run: run.plan.id };
  switch (event.kind) {
    case "session.start": {
      const { conversation, source, transcript } = event;
      return [{ type: "run.ready", ...of, conversation, source, transcript }];
    }
    case "prompt":
      return [{ type: "prompt.accepted", ...of, mark: event.mark, seenAt }];
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

/** Hooks are quicker and say more, so the registry speaks only when it is clearly the newer of the two. */
const REGISTRY_LAG_MS = 500;

/** What the registry entry of the run's process adds to what the hooks have said. */
export function factsOfRegistry(session: Session, run: Run, entry: RegistryEntry): Fact[] {
  const lastChange = session.history.at(-1)?.at ?? 0;
  if (entry.status === null || entry.updatedAt < lastChange + REGISTRY_LAG_MS) return [];
  if (saysTheSame(session, entry)) return [];
  const { status, waitingFor } = entry;
  return [{ type: "run.status", session: session.name, run: run.plan.id, status, waitingFor }];
}

function saysTheSame({ phase }: Session, { status }: RegistryEntry): boolean {
  switch (phase.name) {
    case "idle":
      return status === "idle";
    case "working":
      return status === "busy";
    case "waiting":
      return status === "waiting" || status === "idle" && phase.for === "human";
    case "limited":
      return status !== "busy";
    case "starting":
      return false;
    default:
      return true;
  }
}
