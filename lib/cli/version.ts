/**
 * `version`: of this program and of what it stands on.
 *
 * @module
 */
import { Command, examples, printJson, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";

export function versionCommand(context: CliContext): CommandUnknownOpts {
  return new Command("version")
    .description("Say the version of this program, of Deno and of the system.")
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover version --json", "for a bug report"]))
    .action(({ json }) => {
      const { deno, v8 } = Deno.version;
      const system = `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`;
      const { version } = context;
      if (json) return printJson(context, { version, deno, v8, system });
      printLine(context, `claude-failover ${version} (Deno ${deno}, ${system})`);
    });
}
