/**
 * Whether a config dir may be where a new account wants it. Nobody's login, history or state may end up in
 * somebody else's.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { sameLoginFindings } from "../../claude/account/login.ts";
import { type AccountPorts, loginOf } from "../../claude/accounts.ts";
import type { AccountSpec, Config } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import { CliError, mistake } from "../errors.ts";

/** Throws `CliError`. The config holds the account already. */
export async function refuseBadPlace(
  ports: AccountPorts,
  config: Config,
  account: AccountSpec,
): Promise<void> {
  const { files } = ports;
  const { id, configDir } = account;
  const cannot = `Cannot add the account ${id}`;
  const elsewhere = "choose another folder with `--config-dir`";
  const real = await realOrFuture(files, configDir);
  for (const [whose, path] of otherPlaces(config, account)) {
    const theirs = await realOrFuture(files, path);
    if (real === theirs) throw mistake(`${cannot}: ${configDir} is ${whose} already`, elsewhere);
    if (isInside(real, theirs)) {
      throw mistake(`${cannot}: ${configDir} lies inside ${whose} (${path})`, elsewhere);
    }
    // The folders of our own may lie in a config dir; another account's may not.
    if (isInside(theirs, real) && config.accounts.some((one) => one.configDir === path)) {
      throw mistake(`${cannot}: ${whose} (${path}) lies inside ${configDir}`, elsewhere);
    }
  }
  const info = await files.stat(configDir);
  if (info === null) return;
  if (info.kind !== "dir") {
    const what = info.kind === "link" ? `a link to ${real}` : "no folder";
    throw mistake(`${cannot}: ${configDir} is ${what}`, elsewhere);
  }
  const look = { ports, config, account };
  const [same] = await sameLoginFindings(look, await loginOf(look));
  if (same) {
    throw new CliError(`${cannot}: ${same.what}`, { hint: `${same.hint}; or ${elsewhere}` });
  }
}

function otherPlaces(config: Config, account: AccountSpec): [whose: string, path: string][] {
  const accounts = config.accounts.filter((other) => other.id !== account.id);
  return [
    ...accounts.map((other): [string, string] => [
      `the config dir of ${other.id}`,
      other.configDir,
    ]),
    ["the shared folder", config.share.projectsDir],
    ["the state folder", config.paths.stateDir],
  ];
}

/** With links resolved as far as the path exists. */
async function realOrFuture(files: Files, path: string): Promise<string> {
  const real = await files.realPath(path);
  if (real !== null || path === "/") return real ?? path;
  return `${await realOrFuture(files, dirname(path))}/${basename(path)}`.replace("//", "/");
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
