/**
 * From arguments to an exit code. A mistake of the user ends in a sentence, a bug in a stack.
 *
 * @module
 */
import { CommanderError } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { CliError, EXIT, Exit, type ExitCode } from "./errors.ts";
import { program } from "./program.ts";
import { styleFor } from "./style.ts";

export async function main(args: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    if (args[0] === "__complete") {
      const { answerCompletion } = await import("./completion/answer.ts");
      return await answerCompletion(args.slice(1), context);
    }
    const root = await program(context, args);
    await root.parseAsync([...args], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    return ended(error, context);
  }
}

function ended(error: unknown, context: CliContext): ExitCode {
  const { bad, dim } = styleFor(context);
  if (error instanceof Exit) return error.code;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CliError) {
    const [first, ...rest] = error.message.split("\n");
    context.stderr.write([bad(first!), ...rest].map((line) => `${line}\n`).join(""));
    if (error.hint !== null) context.stderr.write(`Hint: ${error.hint}\n`);
    return error.exit;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  context.stderr.write(`${bad("claude-failover has a bug:")} ${stack}\n`);
  for (let e = error; e instanceof Error && e.cause !== undefined; e = e.cause) {
    context.stderr.write(
      `${dim("caused by:")} ${e.cause instanceof Error ? e.cause.stack : e.cause}\n`,
    );
  }
  context.stderr.write(
    "Please report it (README.md says where), with the lines above and `claude-failover version --json`.\n",
  );
  return EXIT.failed;
}
