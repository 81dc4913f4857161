/**
 * `share`: one shared folder of conversations out of those of several config dirs.
 *
 * @module
 */
import { systemContents } from "../../ports/contents.ts";
import { Command, examples } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { Exit } from "../errors.ts";
import { setUpSharedProjects } from "./setup.ts";

export function shareCommand(context: CliContext): CommandUnknownOpts {
  return new Command("share")
    .description(
      "Make one shared folder out of the `projects` (transcripts, memory) of several config dirs, so that a conversation can go " +
        "on under any of them. Each `projects` is set aside and replaced by a link, its files are brought to the shared folder, " +
        "and where two differ both are kept. Nothing is deleted. No Claude Code may run under these dirs meanwhile; when it is " +
        "interrupted, start it again.",
    )
    .option("--dir <dir...>", "config dirs, e.g. ~/.claude (default: those of the config)")
    .option("--shared <dir>", "the shared folder (default: share.projects_dir of the config)")
    .option("-n, --dry-run", "say what would be done")
    .addHelpText(
      "after",
      examples(
        ["claude-failover share --dry-run", "what it would do, for all accounts"],
        ["claude-failover share", "do it"],
      ),
    )
    .action(async ({ dir = [], shared, dryRun }) => {
      const { files, processes, clock } = await context.ports();
      const { env, home, cwd, stdout, stderr } = context;
      const config = context.configNamed();
      const args = [
        ...dir.flatMap((one) => ["--dir", one]),
        ...(shared === undefined ? [] : ["--shared", shared]),
        ...(config === undefined ? [] : ["--config", config]),
        ...(dryRun ? ["--dry-run"] : []),
      ];
      const code = await setUpSharedProjects(args, {
        ports: { files, contents: systemContents, processes, now: () => clock.now() },
        ...{ env, home, cwd },
        out: (text) => stdout.write(text),
        err: (text) => stderr.write(text),
      });
      if (code !== 0) throw new Exit(code);
    });
}
