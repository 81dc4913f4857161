/**
 * `stop`: ends the daemon in good order, and the sessions only when asked to.
 *
 * @module
 */
import type { ControlClient } from "../http/client.ts";
import { NotListeningError } from "../ports/net.ts";
import { attachLine } from "./attach.ts";
import { Command, examples, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { tellGap } from "./gap.ts";
import { renderEvent } from "./render/event.ts";
import { isStopping, withDaemon } from "./with_daemon.ts";

const NOTHING_TO_STOP =
  "there is nothing to stop; sessions that it left go on in tmux, and `claude-failover run` takes them up again";
const END_THEM =
  "sessions that it left go on in tmux; `claude-failover run` takes them up, and then `stop --sessions` ends them";

export function stopCommand(context: CliContext): CommandUnknownOpts {
  return new Command("stop")
    .description("Stop the daemon. The sessions go on in tmux, and the next daemon adopts them.")
    .option("--sessions", "end the sessions too; their conversations are kept")
    .option("--no-wait", "do not wait until it has stopped")
    .addHelpText(
      "after",
      examples(
        ["claude-failover stop", "for an update, or to take over by hand"],
        ["claude-failover stop --sessions", "the end of the working day"],
      ),
    )
    .action(async ({ sessions, wait }) => {
      const endSessions = sessions ?? false;
      await withDaemon(context, "stop the daemon", async (client) => {
        const { accounts } = await client.status();
        const live = accounts.reduce((sum, { liveSessions }) => sum + liveSessions, 0);
        const { seq } = await client.stop({ sessions: endSessions });
        if (!wait) return printLine(context, "The daemon has been asked to stop.");
        await untilGone(client, seq, context);
        if (context.interrupted().aborted) {
          return printLine(context, "No longer waiting; the daemon goes on stopping.");
        }
        printLine(context, "The daemon has stopped.");
        const { config } = await context.loadConfig();
        if (live > 0 && !endSessions) {
          printLine(context, `The sessions go on: ${attachLine(config)}`);
        }
      }, { downHint: endSessions ? END_THEM : NOTHING_TO_STOP });
    });
}

/** The stream of events ends when the daemon closes its socket, which is the last it does but one journal line. */
async function untilGone(client: ControlClient, seq: number, context: CliContext): Promise<void> {
  const options = renderOptions(context);
  try {
    for await (
      const event of client.follow(seq, { signal: context.interrupted(), onGap: tellGap(context) })
    ) {
      printLine(context, renderEvent(event, options));
    }
  } catch (error) {
    if (!(error instanceof NotListeningError) && !isStopping(error)) throw error;
  }
}
