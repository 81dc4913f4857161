/**
 * `notify`: the channels through which people hear what matters, what was said, and what people say to that.
 *
 * @module
 */
import type { Said } from "../model/said.ts";
import type { ControlClient } from "../http/client.ts";
import type { ConfigView } from "../http/config_view.ts";
import { Command, examples, printJson, printLine, renderOptions, wholeNumber } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, mistake } from "./errors.ts";
import { mustBeReadable } from "./reload.ts";
import { nameHint } from "./names.ts";
import { silenceCommand, unsilenceCommand } from "./notify_silence.ts";
import { renderChannels, renderSaid, renderTests } from "./render/notify.ts";
import { withDaemon } from "./with_daemon.ts";

export function notifyCommand(context: CliContext): CommandUnknownOpts {
  const notify = new Command("notify").description(
    "Who is told of what. The channels stand in the config (notify.channels); docs/notify.md says what is told.",
  );
  notify.addCommand(test(context));
  notify.addCommand(list(context));
  notify.addCommand(history(context));
  notify.addCommand(silenceCommand(context));
  notify.addCommand(unsilenceCommand(context));
  notify.addCommand(ack(context));
  return notify;
}

/** What a channel does not say within so long, it says later. */
const TEST_WAIT_MS = 20_000;
const TEST_LOOK_MS = 200;

function test(context: CliContext) {
  return new Command("test")
    .summary("send a message through one channel, or all")
    .description(
      "Send a test through one channel, or through all of them, and say what came of it. Quiet hours, routes and " +
        "silences do not hold it back.",
    )
    .argument("[channel]", "its name in the config; all when left out")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover notify test", "does everybody hear us?"],
        ["claude-failover notify test phone", "one channel"],
      ),
    )
    .action(async (channel, { json }) => {
      await mustBeReadable(context);
      await mustBeChannel(channel, context);
      const messages = await withDaemon(context, "send a test", async (client) => {
        await tellIfOlder(client, context);
        const { seq } = await client.testNotice(channel);
        return await outcome(client, seq, context);
      });
      if (json) printJson(context, { messages });
      else printLine(context, renderTests(messages, renderOptions(context)));
      const failed = messages.filter(({ stage }) => stage !== "sent");
      if (failed.length === 0 && messages.length > 0) return;
      const names = failed.map((m) => m.channel).join(", ") || "no channel";
      throw new CliError(`The test has not arrived: ${names}`, {
        hint: "`claude-failover doctor` looks at the channels; it is tried again by itself",
      });
    });
}

/** A reload that was refused, or forgotten, leaves the older channels in force. */
async function tellIfOlder(client: ControlClient, context: CliContext): Promise<void> {
  const { configView } = await import("../http/config_view.ts");
  const [{ config }, inForce] = [await context.loadConfig(), await client.config()];
  const words = (view: ConfigView) => JSON.stringify(view.notify ?? null);
  if (words(configView(config)) === words(inForce)) return;
  context.stderr.write(
    "The channels in the config file have changed, but the older config is in force: the test goes by that one.\n" +
      "`claude-failover reload` takes the new one, or says what is in the way.\n",
  );
}

async function mustBeChannel(channel: string | undefined, context: CliContext): Promise<void> {
  const { config } = await context.loadConfig();
  const known = config.notify?.channels.map((c) => c.name) ?? [];
  if (known.length === 0) {
    const hint = "add one under notify.channels; docs/notify.md shows how";
    throw mistake("Cannot send a test: the config names no channel", hint);
  }
  if (channel === undefined || known.includes(channel)) return;
  const hint = nameHint(channel, known) ?? "`claude-failover notify list` shows them";
  throw mistake(`Cannot send a test: no channel ${channel}`, hint);
}

/** What became of the test that stands at that place of the journal; those that wait have been tried at least once. */
async function outcome(
  client: ControlClient,
  seq: number,
  { clock, interrupted }: CliContext,
): Promise<Said[]> {
  const until = clock.monotonic() + TEST_WAIT_MS;
  while (true) {
    const { messages } = await client.said({ limit: 200 });
    const ours = messages.filter((m) => m.kind === "test" && m.seqs.first === seq);
    const isSettled = ours.length > 0 &&
      ours.every((m) => m.stage === "sent" || m.stage === "dead" || m.why !== null);
    if (isSettled || clock.monotonic() >= until) {
      return ours.sort((a, b) => a.id - b.id);
    }
    await clock.sleep(TEST_LOOK_MS, interrupted());
  }
}

function list(context: CliContext) {
  return new Command("list")
    .summary("the channels and how they do; the silences in force")
    .description(
      "List the channels of the config with what waits for them and what fails, and the silences in force.",
    )
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover notify list", "does anything not arrive?"]))
    .action(async ({ json }) => {
      const view = await withDaemon(context, "list the channels", (client) => client.notify());
      if (json) printJson(context, view);
      else printLine(context, renderChannels(view, context.clock.now(), renderOptions(context)));
    });
}

function history(context: CliContext) {
  return new Command("history")
    .summary("what was said, to whom, and what never will be")
    .description(
      "Show the last messages, newest first: what was said, through which channel, and what came of it.",
    )
    .option("-n, --last <number>", "so many", wholeNumber, 20)
    .option("-c, --channel <name>", "only this channel")
    .option("--dead", "only what will never be sent")
    .option("--silenced", "only what a silence kept from everybody")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover notify history", "the last 20"],
        ["claude-failover notify history --dead", "what was given up, and why"],
      ),
    )
    .action(async ({ last, channel, dead, silenced, json }) => {
      if (dead && silenced) {
        throw mistake("Cannot show both: --dead and --silenced are two things", "give one of them");
      }
      const limit = Math.min(1_000, Math.max(1, last));
      const stage: Said["stage"] | undefined = dead ? "dead" : silenced ? "silenced" : undefined;
      const view = await withDaemon(
        context,
        "show what was said",
        (client) => client.said({ limit, channel, stage }),
      );
      if (json) printJson(context, view);
      else {printLine(
          context,
          renderSaid(view.messages, context.clock.now(), renderOptions(context)),
        );}
    });
}

function ack(context: CliContext) {
  return new Command("ack")
    .summary("you have seen it: nothing told so far goes further")
    .description(
      "Acknowledge all that was told so far, so that nothing critical of it goes to the channels of notify.escalate.",
    )
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover notify ack", "you look after it"]))
    .action(async ({ json }) => {
      const answer = await withDaemon(context, "acknowledge", (client) => client.ack());
      if (json) printJson(context, answer);
      else printLine(context, "Acknowledged: nothing that was told so far goes further.");
    });
}
