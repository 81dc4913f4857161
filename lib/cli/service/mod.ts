/**
 * `service`: the daemon as a service of the user, under systemd or launchd.
 *
 * @module
 */
import { Command, examples } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";

export function serviceCommand(context: CliContext): CommandUnknownOpts {
  const service = new Command("service").description(
    "The daemon as a service of your user: a unit of systemd, an agent of launchd. Nothing here needs root, and " +
      "nothing ends a session.",
  );
  service.command("install")
    .summary("write the file of the service and start it")
    .description(
      "Write the file of the service for the present config and PATH, have it start by itself, and start it. Again, it " +
        "changes what is different. A daemon that runs in a terminal is left alone.",
    )
    .option("--dry-run", "print the file and the commands, and do nothing")
    .option("--no-start", "do not start it now")
    .option("--linger", "also let your services start at the boot and outlive your logout")
    .option("--force", "write over a file that is not ours or was changed")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover service install --dry-run", "what would be written"],
        ["claude-failover service install --linger", "also on a machine nobody logs in to"],
      ),
    )
    .action(async ({ dryRun, start, linger, force, json }) => {
      const { install } = await import("./install.ts");
      await install(context, {
        dryRun: dryRun ?? false,
        start,
        linger: linger ?? false,
        force: force ?? false,
        json: json ?? false,
      });
    });
  service.command("uninstall")
    .summary("stop it and remove its file; sessions go on")
    .description(
      "Stop the daemon in good order and remove the file that `service install` wrote. Sessions, state, config and linger " +
        "stay as they are.",
    )
    .option("--dry-run", "print the commands, and do nothing")
    .option("--force", "also remove a file that was changed")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples([
        "claude-failover service uninstall",
        "back to `claude-failover run` in a terminal",
      ]),
    )
    .action(async ({ dryRun, force, json }) => {
      const { uninstall } = await import("./uninstall.ts");
      const options = { dryRun: dryRun ?? false, force: force ?? false, json: json ?? false };
      await uninstall(context, options);
    });
  service.command("status")
    .summary("whether it runs, starts by itself and outlives a logout")
    .description("Say how the service is. Exits with 3 when it does not run.")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(["claude-failover service status", "and how often it restarted"]),
    )
    .action(async ({ json }) => {
      const { status } = await import("./status.ts");
      await status(context, json ?? false);
    });
  return service;
}
