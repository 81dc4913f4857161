/**
 * From the place of the config file to the config, with errors for people.
 *
 * @module
 */
import type { LoadedConfig } from "./context.ts";
import { CliError, EXIT, mistake } from "./errors.ts";

export interface ReadConfigOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  read(path: string): Promise<string>;
}

/** `named` is what `--config` said, absolute. */
export async function readConfig(
  named: string | undefined,
  { home, env, read }: ReadConfigOptions,
): Promise<LoadedConfig> {
  const { ConfigError, findConfigPath, loadConfig } = await import("../config.ts");
  const path = named ?? findConfigPath(env, home);
  const text = await readText(path, read);
  try {
    return { config: loadConfig(text, { path, home, env }), path };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CliError(error.lines.join("\n"), { exit: EXIT.usage, cause: error });
  }
}

async function readText(path: string, read: ReadConfigOptions["read"]): Promise<string> {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw mistake(
        `Cannot read the config: there is no file ${path}`,
        "`claude-failover init` makes it, `--config PATH` names another, `claude-failover demo` needs none",
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw mistake(`Cannot read the config ${path}: ${reason}`);
  }
}
