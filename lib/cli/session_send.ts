/**
 * `session send`: a prompt for a session, typed by the daemon when the session is free for it.
 *
 * @module
 */
import { parseDuration } from "../model/duration.ts";
import type { ControlClient } from "../http/client.ts";
import type { Event } from "../model/event.ts";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { Command, examples, printJson, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, EXIT, Exit } from "./errors.ts";
import { giveUpAtGap } from "./gap.ts";
import { withDaemon } from "./with_daemon.ts";

const DEFAULT_TIMEOUT_MS = 60_000;

export function sendCommand(context: CliContext): CommandUnknownOpts {
  return new Command("send")
    .summary("give one a prompt when it is idle")
    .description(
      "Type a prompt into a session once it is idle, no dialog stands in it and nobody is at its keyboard; wait " +
        "until Claude Code has taken it. What is long or has several lines is read from a file that the prompt " +
        "names. It is never typed twice: where it cannot be told whether it was taken, this says so.",
    )
    .argument("<name>", "the session, e.g. ccl-0")
    .argument("[text]", "the prompt; `-` or nothing: standard input")
    .option("--timeout <time>", "how long it may take until the session is free", duration)
    .option("--no-wait", "do not wait until it is taken")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        [`claude-failover session send ccl-0 "run the tests"`, "and wait until it is taken"],
        ["claude-failover session send ccl-0 --timeout 1h < plan.md", "from a file"],
      ),
    )
    .action(async (name, text, { timeout = DEFAULT_TIMEOUT_MS, wait, json = false }) => {
      const said = text === undefined || text === "-" ? await context.stdin() : text;
      await withDaemon(context, `send ${name} a prompt`, async (client) => {
        const asked = await client.send(name, { text: said, timeoutMs: timeout });
        if (wait) return await watchSend(context, client, { ...asked, name, json });
        if (json) return printJson(context, { send: asked.send, session: name, is: "waiting" });
        printLine(context, `On its way to ${name}: \`claude-failover session show ${name}\``);
      });
    });
}

async function watchSend(
  context: CliContext,
  client: ControlClient,
  { send, seq, name, json }: { send: string; seq: number; name: string; json: boolean },
): Promise<void> {
  const signal = context.interrupted();
  const show = `\`claude-failover session show ${name}\``;
  const onGap = giveUpAtGap("wait until the prompt is taken", `look at it with ${show}`);
  for await (const event of client.follow(seq - 1, { signal, onGap })) {
    const end = endOf(event, send);
    if (!end) continue;
    if (json) printJson(context, { send, session: name, ...end });
    if (end.is === "accepted") {
      if (!json) printLine(context, `${name} has taken it.`);
      return;
    }
    if (json) throw new Exit(EXIT.failed);
    throw new CliError(`Cannot send ${name} a prompt: ${end.reason}`, {
      hint:
        `look at it with \`claude-failover session show ${name}\` or \`session attach ${name}\``,
    });
  }
  if (signal.aborted) return printLine(context, `No longer waiting; it stays on its way: ${show}`);
  throw new CliError("Cannot wait until the prompt is taken: the daemon has stopped", {
    hint: `the next daemon goes on with it: \`claude-failover run\`, then ${show}`,
  });
}

function endOf(event: Event, send: string) {
  if (event.type === "send.accepted" && event.send === send) {
    return { is: "accepted" as const, reason: null };
  }
  if (event.type === "send.failed" && event.send === send) {
    return { is: "failed" as const, reason: event.reason };
  }
  return null;
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError("It must be a time like 30s, 10m or 1h.");
  return ms;
}
