/**
 * What commands have in common.
 *
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import type { RenderOptions } from "./render/status.ts";
import { styleFor } from "./style.ts";

export { countOf } from "../words/count.ts";
export { Command, Option } from "@commander-js/extra-typings";

/** The end of a help text: each a command line and what it is good for. */
export function examples(...lines: readonly (readonly [line: string, purpose: string])[]): string {
  const width = Math.max(...lines.map(([line]) => line.length));
  const said = lines.map(([line, purpose]) => `  $ ${line.padEnd(width)}  # ${purpose}`);
  return ["", lines.length === 1 ? "Example:" : "Examples:", ...said].join("\n");
}

export function renderOptions(context: CliContext): RenderOptions {
  const { columns, localTime } = context;
  return { columns, localTime, style: styleFor(context) };
}

/** For a list whose cells are all that matters: whole when its reader is a program, cut to the width of a terminal. */
export function listOptions(context: CliContext): RenderOptions {
  const options = renderOptions(context);
  return context.isTty ? options : { ...options, columns: Infinity };
}

export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLine(context: CliContext, line: string): void {
  context.stdout.write(`${line}\n`);
}

/** An option's value as a whole number of zero or more. */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
