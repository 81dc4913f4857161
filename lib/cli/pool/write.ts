/**
 * Puts a first config where the daemon looks for it. One that is there is never touched.
 *
 * @module
 */
import { dirname } from "node:path";
import { ConfigError, findConfigPath, loadConfig } from "../../config.ts";
import { sayPath } from "../../config/problem.ts";
import type { Files } from "../../ports/files.ts";
import { tilde } from "../account/ask.ts";
import type { CliContext } from "../context.ts";
import { CliError, mistake } from "../errors.ts";
import { configText, type PoolDraft } from "./draft.ts";

/** Where it would be. Throws `CliError` when something is there already; `what` stands after "Cannot". */
export async function placeOfConfig(
  { env, home, configNamed }: CliContext,
  files: Files,
  what: string,
): Promise<string> {
  const path = configNamed() ?? findConfigPath(env, home);
  if (await files.stat(path) === null) return path;
  throw mistake(
    `Cannot ${what}: there is a config already, ${path}`,
    "change that one, name another place with `--config PATH`, or see what it would be with `--dry-run`",
  );
}

/** The text, once it is known to be a config that can be used. */
export function checkedText({ env, home }: CliContext, draft: PoolDraft, path: string): string {
  const text = configText(draft, home);
  try {
    loadConfig(text, { path, home, env });
    return text;
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const [first] = cause.problems;
    throw mistake(`Cannot propose a config: ${sayPath(first!.path)} ${first!.what}`, first!.hint);
  }
}

export async function writeConfig(
  { home }: CliContext,
  files: Files,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<void> {
  try {
    // A folder that is there keeps its mode.
    if (await files.stat(dirname(path)) === null) await files.makeDir(dirname(path), 0o700);
    await files.create(path, text, 0o600);
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) {
      throw mistake(`Cannot write ${tilde(path, home)}: somebody has made it meanwhile`);
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`Cannot write ${tilde(path, home)}: ${why}`, { cause });
  }
}
