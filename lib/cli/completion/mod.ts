/**
 * `completion`: the script that lets a shell complete our words.
 *
 * No script evaluates anything that was typed or answered: typed words are arguments of `__complete`, and its answers
 * become words only after the shell has quoted them.
 *
 * @module
 */
import { Argument, Command } from "@commander-js/extra-typings";
import { examples } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import bash from "./completion.bash" with { type: "text" };
import fish from "./completion.fish" with { type: "text" };
import zsh from "./completion.zsh" with { type: "text" };

const SCRIPTS = { bash, zsh, fish } as const;
const SHELLS = ["bash", "zsh", "fish"] as const;

export function completionCommand(context: CliContext): CommandUnknownOpts {
  return new Command("completion")
    .description(
      "Print the script that completes commands, options and the names of sessions, accounts, projects and tasks. " +
        "Put it where your shell looks for such scripts.",
    )
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    .addHelpText(
      "after",
      examples(
        ["source <(claude-failover completion bash)", "in this shell, or in ~/.bashrc"],
        ["source <(claude-failover completion zsh)", "likewise, after compinit"],
        ["claude-failover completion fish | source", "likewise"],
      ),
    )
    .action((shell) => context.stdout.write(SCRIPTS[shell]));
}
