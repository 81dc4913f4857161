/**
 * What a person asks of one session: `session stop`, `park`, `restart`, `hold` and `unhold`.
 *
 * @module
 */
import { Command, examples, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { withDaemon } from "./with_daemon.ts";

const NAME = ["<name>", "the session, e.g. ccl-0"] as const;

export function sessionRequests(context: CliContext): CommandUnknownOpts[] {
  return [stop(context), park(context), restart(context), hold(context), unhold(context)];
}

function stop(context: CliContext): CommandUnknownOpts {
  return new Command("stop")
    .summary("end one; it stays ended until you start it")
    .description(
      "End a session; a turn under way is cut. Its conversation is kept, and no daemon starts it again until " +
        "`session start` does.",
    )
    .argument(...NAME)
    .addHelpText("after", examples(["claude-failover session stop ccl-0", "until session start"]))
    .action(async (name) => {
      await withDaemon(context, `stop ${name}`, (client) => client.stopSession(name));
      printLine(
        context,
        `${name} is being stopped; \`claude-failover session start ${name}\` brings it back.`,
      );
    });
}

function park(context: CliContext): CommandUnknownOpts {
  return new Command("park")
    .summary("end one after its turn, until it is needed")
    .description(
      "End a session in good order, with a checkpoint. A turn under way is waited for, as long as " +
        "`failover.quiesce_grace`. It comes up again with its conversation when it is needed: for " +
        "`session start`, `session attach`, `session send` or a task of its project.",
    )
    .argument(...NAME)
    .addHelpText(
      "after",
      examples(["claude-failover session park ccl-0", "it rests, and costs nothing"]),
    )
    .action(async (name) => {
      const { swap } = await withDaemon(context, `park ${name}`, (client) => client.park(name));
      printLine(
        context,
        `${name} is being parked (swap ${swap}); \`claude-failover session start ${name}\` wakes it.`,
      );
    });
}

function restart(context: CliContext): CommandUnknownOpts {
  return new Command("restart")
    .summary("end one and start it again with its conversation")
    .description(
      "End a session and start it again as the config says now; it goes on with its conversation. A turn under " +
        "way is cut, and nobody asks it to go on.",
    )
    .argument(...NAME)
    .addHelpText(
      "after",
      examples(["claude-failover session restart ccl-0", "e.g. for new launch arguments"]),
    )
    .action(async (name) => {
      await withDaemon(context, `restart ${name}`, (client) => client.restart(name));
      printLine(
        context,
        `${name} is being restarted; \`claude-failover session list\` shows how it goes.`,
      );
    });
}

function hold(context: CliContext): CommandUnknownOpts {
  return new Command("hold")
    .summary("let no move take one along")
    .description(
      "Leave a session where it is: neither the policy nor `failover` moves it until `session unhold`.",
    )
    .argument(...NAME)
    .option("--reason <text>", "why, for whoever looks at the status")
    .addHelpText(
      "after",
      examples([`claude-failover session hold ccl-0 --reason "a demo is on"`, "until unhold"]),
    )
    .action(async (name, { reason }) => {
      await withDaemon(context, `hold ${name}`, (client) => client.hold(name, reason));
      printLine(
        context,
        `${name} is held: nothing moves it until \`claude-failover session unhold ${name}\`.`,
      );
    });
}

function unhold(context: CliContext): CommandUnknownOpts {
  return new Command("unhold")
    .summary("the end of a hold")
    .description("End the hold of a session: moves take it along again.")
    .argument(...NAME)
    .addHelpText(
      "after",
      examples(["claude-failover session unhold ccl-0", "moves take it along again"]),
    )
    .action(async (name) => {
      await withDaemon(context, `end the hold of ${name}`, (client) => client.unhold(name));
      printLine(context, `${name} is no longer held.`);
    });
}
