/**
 * The command line: the one place that knows how the argument parser (commander) is set up.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { CATALOG, type Entry } from "./catalog.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { EXIT_MEANS } from "./errors.ts";
import { wrap } from "./render/wrap.ts";
import { styleFor } from "./style.ts";

const ABOUT =
  `Moves a pool of Claude Code sessions in tmux from account to account at usage limits.`;

const CODES = Object.entries(EXIT_MEANS).map(([code, means]) => `${code} ${means}`).join(", ");

const AFTER = `
${wrap(`Exit codes: ${CODES}.`, 80).join("\n")}

Examples:
  $ claude-failover demo            # see it work, without an account
  $ claude-failover run --observe   # say what the daemon would do; touches nothing
  $ claude-failover run             # start the daemon
  $ claude-failover status --watch`;

/** The root command with the asked-for subcommand loaded and the others by name. */
export async function program(context: CliContext, args: readonly string[]): Promise<Command> {
  const root = new Command("claude-failover")
    .description(ABOUT)
    .version(context.version, "-V, --version", "say the version and no more")
    .option("--config <path>", "the config file (default: $CLAUDE_FAILOVER_CONFIG, else XDG)")
    .helpOption("-h, --help", "say what a command takes")
    .helpCommand("help [command]", "the same as COMMAND --help")
    .addHelpText("after", AFTER);
  setUp(root, context);
  root.showHelpAfterError("Hint: `claude-failover --help` shows what there is");
  root.hook("preAction", (root) => context.useConfig(root.opts().config));
  const wanted = new Set(args);
  for (const entry of CATALOG) root.addCommand(await commandOf(entry, wanted, context));
  for (const command of root.commands) inherit(command, root);
  return root;
}

/** A word that only looks like a command costs a little time and no more. */
async function commandOf(
  { name, summary, group, load }: Entry,
  wanted: ReadonlySet<string>,
  context: CliContext,
): Promise<CommandUnknownOpts> {
  const command = wanted.has(name) ? (await load())(context) : new Command(name);
  return command.summary(summary).helpGroup(group);
}

function setUp(root: Command, context: CliContext): void {
  const style = styleFor(context);
  root
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "Cannot read the command: ")),
      getOutHelpWidth: () => Math.min(context.columns, 100),
      getErrHelpWidth: () => Math.min(context.columns, 100),
      getOutHasColors: () => context.color,
      getErrHasColors: () => context.color,
    })
    .configureHelp({ styleTitle: style.bold, showGlobalOptions: true });
}

/** Commands that were made elsewhere get the settings of the root, down to the last one. */
function inherit(command: CommandUnknownOpts, parent: CommandUnknownOpts): void {
  command.copyInheritedSettings(parent);
  command.showHelpAfterError(`Hint: \`${pathOf(command)} --help\` shows what it takes`);
  for (const sub of command.commands) inherit(sub, command);
}

function pathOf(command: CommandUnknownOpts): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
