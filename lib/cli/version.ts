/**
 * `version`: of this program and of what it stands on.
 *
 * @module
 */
import { Command, examples, printJson, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";

export function versionCommand(context: CliContext): CommandUnknownOpts {
  return new Command("version")
    .description(
      "Say the version of this program, of Deno and of the system, and what it runs as: compiled, self-extracting or " +
        "from source.",
    )
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover version --json", "for a bug report"]))
    .action(({ json }) => {
      const { deno, v8 } = Deno.version;
      const system = `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`;
      const { version, self: { kind, path } } = context;
      if (json) return printJson(context, { version, kind, path, deno, v8, system });
      printLine(context, `claude-failover ${version} (${kind}, Deno ${deno}, ${system})`);
    });
}
