/**
 * Journal lines about tasks, for people.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { unreachable } from "../model/ids.ts";

type TaskEvent = Extract<Event, { type: `task.${string}`; task: string }>;

export interface Words {
  readonly text: string;
  readonly tone: "plain" | "dim" | "good" | "warn" | "bad";
}

/** What happened to the task. */
export function taskWords(event: TaskEvent): Words {
  switch (event.type) {
    case "task.found": {
      const ignored = event.ignored.length > 0
        ? ` (ignored, as tasks.may_set does not name it: ${event.ignored.join(", ")})`
        : "";
      return say(`found in ${event.project}: ${event.file}${ignored}`);
    }
    case "task.changed":
      return say("its file was changed");
    case "task.refused":
      return say(`refused, ${event.project}: ${event.file}: ${event.why}`, "bad");
    case "task.assigned":
      return say(`goes to ${event.session}: ${event.why}`);
    case "task.claimed":
      return say("claimed", "dim");
    case "task.taken":
      return say(`is with ${event.owner}`, "dim");
    case "task.released":
      return say("its other owner gave it up");
    case "task.sent":
      return say("its prompt is being handed over", "dim");
    case "task.accepted":
      return say("taken up by Claude Code", "good");
    case "task.nudged":
      return say("reminded: a turn ended without a word on it");
    case "task.attention":
      return say(`needs attention: ${event.why}`, "warn");
    case "task.requeued":
      return say(`back to the inbox: ${event.why}`, "warn");
    case "task.ended": {
      const why = event.why === null ? "" : `: ${event.why}`;
      return say(`${event.as}${why}`, event.as === "done" ? "good" : "bad");
    }
    case "task.closed":
      return say(event.file === null ? "its file was gone" : `put away as ${event.file}`, "dim");
    case "task.cancel.requested":
      return say("its cancelling was asked for");
    case "task.retry.requested":
      return say("another try was asked for");
    case "task.returned":
      return say(`back in the inbox as ${event.file}`);
    case "task.moved":
      return say(`moved to the inbox of ${event.project} as ${event.file}`);
    default:
      return unreachable(event);
  }
}

function say(text: string, tone: Words["tone"] = "plain"): Words {
  return { text, tone };
}
