/**
 * `events`: what happened, from the journal; with `--follow` as it happens, through restarts of the daemon. Without one the
 * journal itself is read.
 *
 * @module
 */
import type { Event } from "../model/event.ts";
import { Command, examples, printJson, printLine, renderOptions, wholeNumber } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, EXIT } from "./errors.ts";
import { tellGap } from "./gap.ts";
import { ageWords, orLastKnown } from "./last_known.ts";
import { renderEvent } from "./render/event.ts";
import { withDaemon } from "./with_daemon.ts";

const SHOWN = 20;
const BATCH = 500;
const RETRY_MS = 1_000;

export function eventsCommand(context: CliContext): CommandUnknownOpts {
  return new Command("events")
    .description(`Show what happened: the last ${SHOWN} journal lines, or all after --after.`)
    .option("-f, --follow", "go on with what happens, until Ctrl-C; nothing is skipped")
    .option("--after <seq>", "only lines after this one", wholeNumber)
    .option("--json", "one JSON object a line, with its `seq`")
    .addHelpText(
      "after",
      examples(
        ["claude-failover events", "what happened lately"],
        ["claude-failover events --follow", "and what happens now"],
        ["claude-failover events --after 0 --json > journal.jsonl", "the whole journal"],
      ),
    )
    .action(async ({ follow, after, json }) => {
      const print = printer(context, json ?? false);
      const tell = tellGap(context);
      const ask = () =>
        withDaemon(context, "show the events", async (client) => {
          let cursor = after ?? Math.max(0, (await client.status()).seq - SHOWN);
          while (true) {
            const { events, first } = await client.events(cursor, BATCH);
            if (cursor < first - 1) tell({ is: "trimmed", after: cursor, first });
            for (const event of events) print(event);
            cursor = events.at(-1)?.seq ?? cursor;
            if (events.length < BATCH) return cursor;
          }
        });
      let cursor = await orLastKnown(context, ask, ({ state, events }) => {
        context.stderr.write(`${ageWords(state, context.clock.now())}.\n`);
        for (const event of events(after ?? Math.max(0, state.seq - SHOWN))) print(event);
        return state.seq;
      });
      if (!follow) return;
      const signal = context.interrupted();
      while (!signal.aborted) cursor = await followFrom(cursor, { context, signal, print });
    });
}

/** Follows until the daemon goes or the signal aborts; says how far it came. */
async function followFrom(
  after: number,
  { context, signal, print }: {
    context: CliContext;
    signal: AbortSignal;
    print: (event: Event) => void;
  },
): Promise<number> {
  let cursor = after;
  try {
    await withDaemon(context, "follow the events", async (client) => {
      for await (const event of client.follow(after, { signal, onGap: tellGap(context) })) {
        print(event);
        cursor = event.seq;
      }
    });
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.noDaemon) throw error;
  }
  if (!signal.aborted) await context.clock.sleep(RETRY_MS, signal).catch(() => {});
  return cursor;
}

function printer(context: CliContext, json: boolean): (event: Event) => void {
  const options = renderOptions(context);
  return (event) =>
    json ? printJson(context, event) : printLine(context, renderEvent(event, options));
}
