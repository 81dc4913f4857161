/**
 * `mcp`: the tools of the daemon for an agent, over standard input and output.
 *
 * @module
 */
import type { Calls } from "../http/client.ts";
import { Command, examples, Option } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { SESSION_VARIABLE } from "./task/tell.ts";

/** What `admin` may besides is nothing for an agent. */
const SCOPES = ["read", "operate"] as const;

export function mcpCommand(context: CliContext): CommandUnknownOpts {
  return new Command("mcp")
    .description(
      "Serve the Model Context Protocol on standard input and output, for a client that starts this command, such as Claude Code. " +
        "Its tools ask the daemon over its socket: with --scope read they look, and no more; with operate they also move sessions " +
        "to other accounts, pause moves and tasks, and add tasks. An agent of the pool with operate can move itself. " +
        "It ends when its client goes.",
    )
    .addOption(
      new Option("--scope <scope>", "how far its tools reach").choices(SCOPES).default("read"),
    )
    .addHelpText(
      "after",
      examples(
        ["claude mcp add claude-failover -- claude-failover mcp", "Claude Code may look"],
        [
          "claude mcp add claude-failover -- claude-failover mcp --scope operate",
          "and act",
        ],
      ),
    )
    .action(async ({ scope }) => {
      using client = await context.client({ via: "mcp" });
      const { serveMcp } = await import("../mcp/over_stdio.ts");
      // What an agent of the pool adds has it for its maker, so that chains of tasks have an end.
      const session = context.env[SESSION_VARIABLE];
      const calls: Calls = {
        ...client,
        addTask: (wish) => client.addTask({ ...wish, session }),
      };
      await serveMcp({
        calls,
        scope: scope as (typeof SCOPES)[number],
        version: context.version,
      });
    });
}
