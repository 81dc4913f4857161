/**
 * The journal of the demo, retold while it happens: which events a watcher wants to hear of, and in which words.
 *
 * @module
 */
import { reasonWords, windowWords } from "../../words/reasons.ts";
import type { Event } from "../../model/event.ts";
import type { State } from "../../model/state.ts";
import { STEP_WORDS } from "../render/swap.ts";
import { duration } from "../../words/time.ts";
import { WRITER } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** Tells one event; most say nothing to a watcher. `state` is a later one than the event's. */
export function retell(event: Event, state: State, stage: Stage): void {
  const { style } = stage;
  switch (event.type) {
    case "run.ready": {
      const account = state.sessions[event.session]?.account ?? "";
      const verb = event.source === "resume" ? "goes on" : "starts";
      const id = style.dim(`(conversation ${event.conversation.slice(0, 8)})`);
      return stage.tell(event.session, `${verb} under ${style.bold(account)} ${id}`);
    }
    case "prompt.accepted":
      return stage.tell(event.session, event.mark === null ? "takes a prompt" : PROMPT_TAKEN);
    case "turn.ended":
      return stage.tell(event.session, style.good("has answered"));
    case "quota.read": {
      const window = event.windows.five_hour;
      return window && stage.fill(event.account, window.usedPct);
    }
    case "turn.failed": {
      const said = event.refusal.kind === "other" ? event.refusal.error : event.refusal.text;
      return stage.tell(event.session, style.bad(`“${said}”`));
    }
    case "quota.wall":
      return event.resetsAt === null ? undefined : stage.tell(
        event.account,
        `its ${windowWords(event.window)} is used up (${event.evidence.length} signals agree)`,
      );
    case "swap.requested": {
      const what = `${event.from} → ${event.to}: ${event.sessions.join(", ")}`;
      return stage.tell("swap", `${style.bold(what)}, because ${reasonWords(event.reason)}`);
    }
    case "move.step.finished": {
      if (event.session !== WRITER) return;
      const time = state.swaps[event.swap]?.moves[event.session]?.times[event.step];
      const tookMs = (time?.finishedAt ?? event.at) - (time?.startedAt ?? event.at);
      const words = style.dim(STEP_WORDS[event.step]);
      return stage.tell(
        event.session,
        `${style.good("✓")} ${event.step.padEnd(10)} ${duration(tookMs).padStart(7)}  ${words}`,
      );
    }
    case "move.quiesced":
      return event.as === "cut" && event.session === WRITER
        ? stage.tell(event.session, "  its prompt got no answer: it will be asked to go on")
        : undefined;
    case "move.finished": {
      if (event.session === WRITER) return;
      const since = event.at - (state.swaps[event.swap]?.requestedAt ?? event.at);
      const took = duration(since).padStart(7);
      const words = style.dim("it was idle, so nothing is typed to it");
      return stage.tell(
        event.session,
        `${style.good("✓")} ${"moved".padEnd(10)} ${took}  ${words}`,
      );
    }
    case "swap.finished":
      return stage.tell("swap", style.good("finished"));
  }
}

const PROMPT_TAKEN = "takes the prompt to go on";

/** What must not happen in a demo, in words; null for all else. `state` is a later one than the event's. */
export function mishap(event: Event, state: State): string | null {
  switch (event.type) {
    case "run.ended": {
      const phase = state.sessions[event.session]?.phase.name;
      return phase === "dead" || phase === "ended" ? `${event.session} has ended (${phase})` : null;
    }
    case "worker.failed":
      return `the ${event.worker} failed: ${event.error}`;
    case "swap.failed":
      return `the swap failed: ${event.reason}`;
    case "move.failed":
      return `${event.session} could not be moved: ${event.reason}`;
    case "move.redirected":
      return `${event.session} was sent elsewhere: ${event.reason}`;
    case "account.checked":
      return event.problems.length > 0
        ? `${event.account} is not ready: ${event.problems.join("; ")}`
        : null;
    case "run.closing":
      return event.reason.startsWith("cannot launch") ? `${event.session} ${event.reason}` : null;
    default:
      return null;
  }
}
