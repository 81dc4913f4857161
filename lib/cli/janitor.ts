/**
 * `janitor`: tidying up now, and what it is that is tidied up.
 *
 * @module
 */
import { DUTIES, DUTY_NAMES } from "../model/janitor.ts";
import { Command, examples, Option, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { renderDuties, renderTidied } from "./render/janitor.ts";
import { withDaemon } from "./with_daemon.ts";

export function janitorCommand(context: CliContext): CommandUnknownOpts {
  const janitor = new Command("janitor").description(
    "What ended runs and tasks leave behind. The daemon tidies up by itself; this is for who cannot wait, or wants to know.",
  );
  janitor.command("run")
    .summary("tidy up now")
    .description("Do the janitor's duties now, and say what was removed and why.")
    .option("-n, --dry-run", "say what would be removed, and remove nothing")
    .addOption(
      new Option("-d, --duty <name...>", "only these").choices(DUTY_NAMES),
    )
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover janitor run --dry-run", "what would go, and why"],
        ["claude-failover janitor run --duty archive", "pack ended tasks of long ago"],
      ),
    )
    .action(async ({ dryRun = false, duty, json }) => {
      const duties = duty === undefined ? undefined : [...duty];
      const { results } = await withDaemon(
        context,
        "tidy up",
        (client) => client.tidy({ duties, dryRun }),
      );
      if (json) printJson(context, { results });
      else printLine(context, renderTidied(results, renderOptions(context)));
    });
  janitor.command("list")
    .summary("the duties: what is removed, and how often one looks")
    .description("List the duties. docs/configuration.md says how to change their times.")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover janitor list", "what is tidied up"]))
    .action(({ json }) => {
      if (json) printJson(context, { duties: DUTIES });
      else printLine(context, renderDuties(DUTIES, renderOptions(context)));
    });
  return janitor;
}
