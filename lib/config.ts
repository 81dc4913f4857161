/**
 * The config file: from text to `Config`, or to everything that is wrong with it at once.
 *
 * Pure: reading the file is the caller's. YAML and zod are used behind this file alone, so that another
 * package could take their place without anybody noticing.
 *
 * @module
 */
import { build } from "./config/build.ts";
import type { Surroundings } from "./config/places.ts";
import { ConfigError, type KeyPath, type Place, type Problem } from "./config/problem.ts";
import { breaches } from "./config/rules.ts";
import { mayHoldSecret } from "./config/secrets.ts";
import { checkShape } from "./config/shape.ts";
import { readSource } from "./config/source.ts";
import type { Config } from "./model/config.ts";

export { findConfigPath } from "./config/places.ts";
export { ConfigError, type Problem } from "./config/problem.ts";

export interface LoadOptions extends Surroundings {
  /** Of the file, as it shall stand in messages. */
  readonly path: string;
}

/** Throws `ConfigError`. The text is not touched, and nothing on the disk is asked. */
export function loadConfig(text: string, { path, home, env }: LoadOptions): Config {
  const around = { home, env };
  const source = readSource(text);
  const lines = text.split(/\r?\n/);
  const problems: Problem[] = source.errors
    .map((error) => ({ ...error, path: [], excerpt: excerpt(lines, error, []) }));
  if (source.data === undefined) throw new ConfigError(path, problems);
  if (source.data === null) throw new ConfigError(path, [...problems, EMPTY]);

  const { config, findings, draft } = checkShape(source.data);
  for (const finding of [...findings, ...breaches(draft, around)]) {
    const place = source.place(finding.path, finding.onKey ?? false);
    const { path, what, hint } = finding;
    problems.push({ path, what, hint, ...place, excerpt: excerpt(lines, place, path) });
  }
  if (config === null || problems.length > 0) {
    problems.sort((a, b) => a.line - b.line || a.column - b.column);
    throw new ConfigError(path, problems);
  }
  return build(config, { ...around, path });
}

const EMPTY: Problem = {
  path: [],
  line: 1,
  column: 1,
  length: 0,
  what: "the file is empty",
  hint: "start from config.example.yaml",
  excerpt: [],
};

const WIDEST_LINE = 120;

function excerpt(
  lines: readonly string[],
  { line, column, length }: Place,
  path: KeyPath,
): string[] {
  const text = (lines[line - 1] ?? "").trimEnd();
  if (length === 0 || text.length > WIDEST_LINE) return [];
  if (path.includes("env") || mayHoldSecret(text)) return [];
  const shown = text.replaceAll(/\p{Cc}/gu, " ");
  const number = String(line).padStart(5);
  const mark = "^".repeat(Math.max(1, Math.min(length, shown.length - column + 1)));
  return [
    `${number} | ${shown}`,
    `${" ".repeat(number.length)} | ${" ".repeat(column - 1)}${mark}`,
  ];
}
