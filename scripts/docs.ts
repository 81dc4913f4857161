/**
 * Writes docs/cli.md from the program itself: every command with its arguments, options and examples, and the exit codes.
 *
 *     deno task docs
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import { CATALOG, type Entry } from "../lib/cli/catalog.ts";
import type { CliContext, CommandUnknownOpts } from "../lib/cli/context.ts";
import { EXIT_MEANS } from "../lib/cli/errors.ts";
import { main } from "../lib/cli/main.ts";
import { program } from "../lib/cli/program.ts";
import { realContext } from "../lib/cli/real_context.ts";

const PATH = new URL("../docs/cli.md", import.meta.url);

/** The page as it should be. */
export async function cliReference(): Promise<string> {
  const context: CliContext = { ...realContext(manifest.version), color: false, columns: 80 };
  const root = await program(context, CATALOG.map(({ name }) => name));
  const groups = [...new Set(CATALOG.map(({ group }) => group))];
  const parts = [INTRO, exitCodes(), optionsTable("## Options of every command", root)];
  for (const group of groups) {
    parts.push(`## ${group.replace(":", "")}`);
    for (const entry of CATALOG.filter((one) => one.group === group)) {
      parts.push(...await section(commandOf(root, entry), context));
    }
  }
  return `${parts.join("\n\n")}\n`;
}

const INTRO = `# Commands

Made from the program by \`deno task docs\`; a test holds it up to date. \`COMMAND --help\` says the same.

Commands that only look take \`--json\`. Colours are left out when the output is no terminal, when \`NO_COLOR\` is set
([no-color.org](https://no-color.org)) or with \`TERM=dumb\`. What a program may read goes to standard output, what only people need
to standard error.`;

function exitCodes(): string {
  const rows = Object.entries(EXIT_MEANS).map(([code, means]) => `| ${code} | ${means} |`);
  return ["## Exit codes", "", "| code | meaning |", "|---|---|", ...rows].join("\n");
}

function commandOf(root: CommandUnknownOpts, { name }: Entry): CommandUnknownOpts {
  return root.commands.find((command) => command.name() === name)!;
}

async function section(command: CommandUnknownOpts, context: CliContext): Promise<string[]> {
  const path = pathOf(command);
  const subs = await Promise.all(command.commands.map((sub) => section(sub, context)));
  return [
    `### ${path}`,
    command.description(),
    ...command.commands.length > 0 ? [] : [
      ["```text", `claude-failover ${path} ${command.usage()}`.trim(), "```"].join("\n"),
    ],
    ...optionsTable("", command).trim() === "" ? [] : [optionsTable("", command).trim()],
    ...await examplesOf(path, context),
    ...subs.flat(),
  ];
}

function optionsTable(title: string, command: CommandUnknownOpts): string {
  const rows = [
    ...command.registeredArguments.map((arg) => {
      const shown = arg.variadic ? `${arg.name()}...` : arg.name();
      return [arg.required ? `<${shown}>` : `[${shown}]`, arg.description, arg] as const;
    }),
    ...command.options.filter(({ hidden }) => !hidden).map((option) =>
      [option.flags, option.description, option] as const
    ),
  ];
  if (rows.length === 0) return title;
  const lines = rows.map(([flags, description, { argChoices }]) => {
    const choices = argChoices ? `; one of ${argChoices.join(", ")}` : "";
    return `| \`${flags}\` | ${cell(description + choices)} |`;
  });
  return [...title ? [title, ""] : [], "| | |", "|---|---|", ...lines].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/<([^>]*)>/g, "`<$1>`");
}

/** As the help prints them: they are nowhere else. */
async function examplesOf(path: string, context: CliContext): Promise<string[]> {
  let help = "";
  await main([...path.split(" "), "--help"], {
    ...context,
    stdout: { write: (text) => help += text },
  });
  const lines = /\nExamples?:\n((?: {2}.*\n?)+)/.exec(help)?.[1];
  if (lines === undefined) return [];
  const code = lines.trimEnd().split("\n").map((line) => line.replace(/^ {2}\$ /, ""));
  return [["```sh", ...code, "```"].join("\n")];
}

function pathOf(command: CommandUnknownOpts): string {
  return command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

if (import.meta.main) {
  await Deno.writeTextFile(PATH, await cliReference());
}
