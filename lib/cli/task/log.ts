/**
 * `task log`: the story of a task, from the journal: what was done with it, and what befell the sessions that had it.
 *
 * @module
 */
import type { ControlClient } from "../../http/client.ts";
import type { TaskView } from "../../http/task_view.ts";
import type { Event, EventType } from "../../model/event.ts";
import { Command, examples, printJson, printLine, renderOptions } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { renderEvent } from "../render/event.ts";
import { withDaemon } from "../with_daemon.ts";
import { TASK } from "./look.ts";

const BATCH = 500;

export function logCommand(context: CliContext): CommandUnknownOpts {
  return new Command("log")
    .summary("its story, from the journal")
    .description(
      "Tell what happened to a task, line by line: who had it, and what befell those sessions meanwhile.",
    )
    .argument(...TASK)
    .option("--json", "one JSON object a line, with its `seq`")
    .addHelpText(
      "after",
      examples(["claude-failover task log fix-login.md", "how it came to that"]),
    )
    .action(async (word, { json }) => {
      const options = renderOptions(context);
      await withDaemon(context, `tell of task ${word}`, async (client) => {
        const { task } = await client.task(word);
        for await (const event of storyOf(client, task)) {
          if (json) printJson(context, event);
          else printLine(context, renderEvent(event, options));
        }
      });
    });
}

async function* storyOf(client: ControlClient, task: TaskView): AsyncGenerator<Event> {
  let after = await seqBefore(client, task.foundAt);
  while (true) {
    const { events } = await client.events(after, BATCH);
    for (const event of events) {
      if (isAbout(event, task)) yield event;
      if (event.type === "task.closed" && event.task === task.id && isLast(task, event)) return;
    }
    after = events.at(-1)?.seq ?? after;
    if (events.length < BATCH) return;
  }
}

/** A task that was tried again was closed before. */
function isLast({ place, since }: TaskView, { at }: Event): boolean {
  return place === "closed" && at >= since;
}

/** The last place in the journal before that time, by halving: an old journal is long. */
async function seqBefore(client: ControlClient, at: number): Promise<number> {
  let [low, high] = [0, (await client.status()).seq];
  while (high - low > BATCH) {
    const middle = Math.floor((low + high) / 2);
    const [event] = (await client.events(middle, 1)).events;
    if (event && event.at < at) low = Math.max(middle, event.seq - 1);
    else high = middle;
  }
  return low;
}

const OF_SESSIONS: ReadonlySet<EventType> = new Set([
  "run.planned",
  "run.ended",
  "turn.failed",
  "move.finished",
  "move.parked",
  "move.failed",
  "send.requested",
  "send.failed",
  "question.asked",
  "dialog.seen",
]);

function isAbout(event: Event, { id, attempts }: TaskView): boolean {
  if ("task" in event) return event.task === id;
  if (!OF_SESSIONS.has(event.type) || !("session" in event)) return false;
  return attempts.some(({ session, startedAt, endedAt }) =>
    session === event.session && event.at >= startedAt && event.at <= (endedAt ?? Infinity)
  );
}
