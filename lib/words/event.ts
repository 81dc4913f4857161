/**
 * What happened, for people: whom it is about, and what.
 *
 * @module
 */
import { DIALOG_WORDS } from "../model/dialog.ts";
import type { Event, Requester } from "../model/event.ts";
import { exitWords } from "../model/exits.ts";
import type { Refusal, WindowName } from "../model/quota.ts";
import { pct, reasonWords, windowWords } from "./reasons.ts";
import { tidiedWords } from "./tidied.ts";
import { taskWords } from "./task_event.ts";
import { clockTime, type LocalTimeOf } from "./time.ts";

export interface Line {
  /** The session, account or part of the program it is about. */
  readonly subject: string;
  readonly text: string;
  readonly tone: "plain" | "dim" | "good" | "warn" | "bad";
}

/** The event in words; never empty, also of a type that this version does not know. */
export function eventWords(event: Event, localTime: LocalTimeOf): Line {
  switch (event.type) {
    case "daemon.started":
      return line("daemon", `started (${event.version}, pid ${event.pid})`);
    case "daemon.stop.requested":
      return line(
        "daemon",
        `${who(event.by)} asked it to stop${event.endSessions ? " and to end the sessions" : ""}`,
      );
    case "daemon.stopped":
      return line(
        "daemon",
        `stopped; ${event.sessions === "ended" ? "no session runs" : "the sessions go on"}`,
      );
    case "config.applied": {
      const { accounts, sessions } = event.config;
      return line(
        "config",
        `applied: ${accounts.length} accounts, ${sessions.length} sessions, mode ${event.config.failover.mode}`,
      );
    }
    case "config.rejected":
      return line("config", `not applied: ${event.problems.join("; ")}`, "bad");
    case "janitor.tidied":
      return line("janitor", tidiedWords(event), event.problems.length > 0 ? "warn" : "dim");
    case "worker.failed":
      return line(event.worker, `failed (${event.times} in a row): ${event.error}`, "bad");
    case "request.refused":
      return line("refused", `${event.request}: ${event.reason}`, "warn");
    case "session.start.requested":
      return line(event.session, `${who(event.by)} asked for its start`);
    case "session.stop.requested":
      return line(event.session, `${who(event.by)} asked for its stop`);
    case "session.restart.requested":
      return line(event.session, `${who(event.by)} asked for its restart`);
    case "session.hold.requested":
      return line(event.session, `${who(event.by)} holds it where it is: ${event.reason}`, "warn");
    case "session.unhold.requested":
      return line(event.session, `${who(event.by)} ended its hold`);
    case "session.pin.requested":
      return line(event.session, `${who(event.by)} pinned it to ${event.account}`, "warn");
    case "session.unpin.requested":
      return line(event.session, `${who(event.by)} ended its pin`);
    case "send.requested":
      return line(
        event.session,
        `${who(event.by)} sends it a prompt (${event.chars} characters)`,
      );
    case "send.typing":
      return line(event.session, "the prompt is being typed", "dim");
    case "send.accepted":
      return line(event.session, "the prompt was taken", "good");
    case "send.failed":
      return line(event.session, `the prompt was not taken: ${event.reason}`, "bad");
    case "draft.saved":
      return line(
        event.session,
        `an unsent draft (${event.chars} characters) is kept in ${event.path}`,
        "warn",
      );
    case "run.planned": {
      const how = event.plan.how === "resume" ? "resumes" : "starts";
      return line(event.session, `${how} under ${event.plan.account}: ${event.why}`);
    }
    case "run.launched":
      return line(event.session, `launched (pid ${event.process.pid}, pane ${event.pane})`, "dim");
    case "run.stopping":
      return line(event.session, `is being stopped: ${event.why}`);
    case "run.ready":
      return line(event.session, `is up (${event.source})`);
    case "run.status": {
      const waits = event.waitingFor === null ? "" : ` for: ${event.waitingFor}`;
      return line(event.session, `${event.status}${waits}`, "dim");
    }
    case "prompt.accepted":
      return line(event.session, event.mark === null ? "took a prompt" : "took our prompt");
    case "turn.ended":
      return line(event.session, "answered", "good");
    case "turn.failed":
      return line(event.session, `got no answer: ${refusalWords(event.refusal)}`, "bad");
    case "question.asked":
      return line(event.session, `asks (${event.about})`, "warn");
    case "dialog.seen":
      return event.person === null
        ? line(event.session, `a dialog stands in it: ${DIALOG_WORDS[event.kind]}`, "dim")
        : line(event.session, `waits for ${DIALOG_WORDS[event.kind]}: ${event.person}`, "warn");
    case "dialog.answered":
      return line(
        event.session,
        `was given an answer to its dialog (${DIALOG_WORDS[event.kind]}: ${event.option})`,
      );
    case "run.proven":
      return line(event.session, "proven: an answer came under this account", "good");
    case "run.closing":
      return line(event.session, `is closing (${event.reason})`, "dim");
    case "run.ended":
      return line(event.session, `ended (${exitWords(event.exit)})`);
    case "session.quarantined":
      return line(event.session, `is given up: ${event.why}`, "bad");
    case "tmux.server.seen":
      return line("tmux", `server seen (pid ${event.server.pid})`, "dim");
    case "quota.read": {
      const figures = Object.entries(event.windows)
        .map(([name, reading]) => `${windowWords(name as WindowName)} ${pct(reading!.usedPct)}`);
      const age = event.ageUnknown ? ", of unknown age" : "";
      return line(event.account, `${figures.join(", ")} (${event.source}${age})`, "dim");
    }
    case "quota.asked":
      return line(event.account, `asking for its figures (${event.source})`, "dim");
    case "quota.unanswered":
      return line(
        event.account,
        `no figures (${event.source}): ${event.why}; asked again at ${
          clockTime(event.until, event.at, localTime)
        }`,
        "dim",
      );
    case "usage.counted": {
      const { input, output, cacheRead, cacheWrite } = event.tokens;
      return line(
        event.account,
        `${event.messages} answers: ${input} tokens in, ${output} out, ${cacheWrite} to the cache, ` +
          `${cacheRead} from it`,
        "dim",
      );
    }
    case "cost.read":
      return line(
        event.session,
        `its conversation has cost ${
          event.totalUsd.toFixed(2)
        } USD, the last of it under ${event.account}`,
        "dim",
      );
    case "overage.seen":
      return event.inUse
        ? line(event.account, "its answers are paid for past the plan", "bad")
        : line(event.account, `paid use past the plan: ${onOff(event.enabled)}`, "dim");
    case "quota.wall":
      return line(
        event.account,
        `${windowWords(event.window)} used up, seen by ${event.session} (${
          event.evidence.join(" + ")
        })`,
        "bad",
      );
    case "account.checked": {
      const folders = (event.folders ?? []).map((f) => f.what);
      if (event.problems.length === 0 && folders.length > 0) {
        return line(event.account, `is ready to take work, but ${folders.join("; ")}`, "warn");
      }
      return event.problems.length === 0
        ? line(event.account, "is ready to take work", "dim")
        : line(event.account, `is not ready: ${event.problems.join("; ")}`, "warn");
    }
    case "swap.requested": {
      const { from, to, sessions, reason } = event;
      const how = sessions.join(", ");
      return line("swap", `${from} → ${to} (${how}), because ${reasonWords(reason)}`, "warn");
    }
    case "park.requested": {
      const { from, sessions, reason, onDemand } = event;
      const why = onDemand
        ? `until needed, because ${reasonWords(reason)}`
        : `no account has room, and ${reasonWords(reason)}`;
      return line("swap", `park ${sessions.join(", ")} of ${from}: ${why}`, "warn");
    }
    case "swap.redirected":
      return line("swap", `goes to ${event.to} instead: ${event.reason}`, "warn");
    case "swap.proposed":
      return line(
        "swap",
        `proposed: ${event.from} → ${event.to}, because ${reasonWords(event.reason)}`,
        "warn",
      );
    case "proposal.closed": {
      const { how, by, reason } = event;
      const whose = how === "rejected" ? ` by ${who(by)}` : "";
      return line("swap", `the proposal is ${how}${whose}: ${reason}`, "warn");
    }
    case "swap.finished":
      return line("swap", "finished", "good");
    case "swap.failed":
      return line("swap", `failed: ${event.reason}`, "bad");
    case "move.step.started":
      return line(event.session, `${event.step} ...`, "dim");
    case "move.step.finished":
      return line(event.session, `${event.step} done`);
    case "move.quiesced":
      return event.as === "cut"
        ? line(event.session, "the grace is over: its work is cut and continued later", "warn")
        : line(event.session, "is at rest");
    case "move.planned":
      return line(event.session, `will resume under ${event.plan.account}`, "dim");
    case "move.redirected":
      return line(event.session, `goes to ${event.to} instead: ${event.reason}`, "warn");
    case "move.parking":
      return line(event.session, `has nowhere to go: ${event.reason}`, "warn");
    case "move.parked": {
      const until = clockTime(event.until, event.at, localTime);
      return line(event.session, `parked until ${until}; its conversation is kept`, "warn");
    }
    case "move.finished":
      return line(event.session, "moved", "good");
    case "move.failed":
      return event.moot
        ? line(event.session, `is not moved (${event.left}): ${event.reason}`, "warn")
        : line(event.session, `could not be moved (${event.left}): ${event.reason}`, "bad");
    case "task.found":
    case "task.changed":
    case "task.refused":
    case "task.assigned":
    case "task.claimed":
    case "task.taken":
    case "task.released":
    case "task.sent":
    case "task.accepted":
    case "task.nudged":
    case "task.attention":
    case "task.requeued":
    case "task.ended":
    case "task.closed":
    case "task.cancel.requested":
    case "task.retry.requested":
    case "task.returned":
    case "task.moved":
      return { subject: `task ${event.task}`, ...taskWords(event) };
    case "task.add.requested":
      return line(event.project, `${who(event.by)} put ${event.file} into its inbox`);
    case "project.status.said":
      return line(event.project, `${event.by} says that it is ${event.state}`, "dim");
    case "dispatch.pause.requested":
      return line("dispatch", `${who(event.by)} paused it: ${event.reason}`, "warn");
    case "dispatch.resume.requested":
      return line("dispatch", `${who(event.by)} resumed it`);
    case "notice.test.requested":
      return line("notices", `${who(event.by)} tries ${event.channel ?? "every channel"}`);
    case "notice.acked":
      return line("notices", `${who(event.by)} has seen all up to ${event.upTo}`);
    case "notice.silence.requested": {
      const until = clockTime(event.until, event.at, localTime);
      return line("notices", `silent until ${until} (${event.silence}): ${event.reason}`, "warn");
    }
    case "notice.silence.ended":
      return line("notices", `${who(event.by)} ended the silence ${event.silence}`);
    case "host.checked": {
      const { problems, claude } = event;
      const version = claude === null ? "" : ` (Claude Code ${claude})`;
      return problems.length === 0
        ? line("host", `nothing is in the way${version}`, "dim")
        : line("host", problems.map(({ what }) => what).join("; ") + version, "warn");
    }
    case "freeze.requested":
      return line("freeze", `${who(event.by)} froze automatic moves: ${event.reason}`, "warn");
    case "thaw.requested":
      return line("freeze", `${who(event.by)} allowed automatic moves again`);
    default:
      // A daemon that is newer than this program may say more than it knows.
      return line("journal", (event satisfies never as Event).type, "dim");
  }
}

function onOff(enabled: boolean | null): string {
  return enabled === null ? "not said" : enabled ? "on, not in use" : "off";
}

function line(subject: string, text: string, tone: Line["tone"] = "plain"): Line {
  return { subject, text, tone };
}

function who(by: Requester): string {
  return by === "person" ? "a person" : "the policy";
}

function refusalWords(refusal: Refusal): string {
  return refusal.kind === "quota" ? `${windowWords(refusal.window)} used up` : refusal.text;
}
