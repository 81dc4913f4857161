/**
 * `notify silence` and `unsilence`: a person's word that something is not to be told for a time.
 *
 * @module
 */
import { parseDuration } from "../model/duration.ts";
import { NOTICE_KINDS, type NoticeMatch, SEVERITIES } from "../model/notice.ts";
import { clockTime } from "../words/time.ts";
import { Command, countOf, examples, Option, printJson, printLine } from "./command.ts";
import type { CliContext } from "./context.ts";
import { mistake } from "./errors.ts";
import { withDaemon } from "./with_daemon.ts";

export function silenceCommand(context: CliContext) {
  return new Command("silence")
    .summary("tell nothing, or nothing of some kind, for a time")
    .description(
      "Tell nobody of what fits all that is said here, for a time; without options of nothing at all, critical or not. " +
        "It ends by itself. `notify history --silenced` shows what was not told.",
    )
    .argument("<time>", "how long, e.g. 30m or 2h; 30d at most")
    .addOption(new Option("-k, --kind <kind...>", "only these kinds").choices(NOTICE_KINDS))
    .addOption(
      new Option("--severity <severity>", "only this and what matters more").choices(SEVERITIES),
    )
    .option("-s, --session <name...>", "only what is about these sessions")
    .option("-a, --account <id...>", "only what is about these accounts")
    .option("-p, --project <id...>", "only what is about these projects")
    .option("--reason <text>", "why, for whoever looks at the list")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        [`claude-failover notify silence 2h --reason "a test of ours"`, "nothing for two hours"],
        ["claude-failover notify silence 1d --kind session.waiting --session ccl-0", "only that"],
      ),
    )
    .action(async (length, { kind, severity, session, account, project, reason, json }) => {
      const forMs = parseDuration(length);
      if (forMs === null || forMs === 0) {
        throw mistake(
          `Cannot be silent for ${length}: it is no length of time`,
          "write it like 30m or 2h",
        );
      }
      const match: NoticeMatch = {
        ...(kind ? { kinds: kind } : {}),
        ...(severity ? { severity } : {}),
        ...(session ? { sessions: session } : {}),
        ...(account ? { accounts: account } : {}),
        ...(project ? { projects: project } : {}),
      };
      const answer = await withDaemon(
        context,
        "be silent",
        (client) => client.silence({ forMs, reason, match }),
      );
      if (json) return printJson(context, answer);
      const until = clockTime(answer.until, context.clock.now(), context.localTime);
      printLine(
        context,
        `Silent until ${until}; \`claude-failover notify unsilence ${answer.silence}\` ends it.`,
      );
    });
}

export function unsilenceCommand(context: CliContext) {
  return new Command("unsilence")
    .summary("end a silence, or all of them")
    .description("End a silence before its time; all of them when none is named.")
    .argument("[id]", "as `notify list` shows it")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover notify unsilence", "all is told again"]))
    .action(async (id, { json }) => {
      const answer = await withDaemon(context, "end the silence", (client) => client.unsilence(id));
      if (json) printJson(context, answer);
      else printLine(context, `Ended: ${countOf(answer.ended.length, "silence")}.`);
    });
}
