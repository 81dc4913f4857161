/**
 * What the accounts of a pool share: in each config dir, `projects` (always) and the items of `share.also`
 * are links to one place. That is all it takes to be at home under another account.
 *
 * `projects` leads to `share.projectsDir`; an item of `share.also` to its namesake beside that folder. A
 * config dir is never a link itself, and nothing is ever linked that belongs to one account or one process
 * (`.credentials.json`, whose link a refresh replaces by a file; `.claude.json`; `sessions/`): measured
 * on 2.1.330.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { AccountSpec, Config, Shareable } from "../model/config.ts";
import type { Files } from "../ports/files.ts";
import { shWord } from "./shell.ts";

export interface LinkProblem {
  /** Of the link, or of the config dir. */
  readonly path: string;
  /**
   * - `missing`: there is no link yet; `makeLinks` makes it
   * - `in-the-way`: a real file or folder, or a link to another place, which nobody may overwrite
   * - `unshared`: what the link leads to does not exist (a volume that is not mounted?)
   * - `no-dir`: the config dir does not exist, or is no real folder
   */
  readonly is: "missing" | "in-the-way" | "unshared" | "no-dir";
  /** A sentence without its full stop. */
  readonly what: string;
  readonly hint: string;
}

/** What stands in the way of links, all of it. */
export class LinkError extends Error {
  override name = "LinkError";
  constructor(readonly account: string, readonly problems: readonly LinkProblem[]) {
    super(problems.map(({ what, hint }) => `${what} (${hint})`).join("; "));
  }
}

interface Item {
  readonly name: "projects" | Shareable;
  /** Where the link is to stand. */
  readonly path: string;
  /** Where it is to lead. */
  readonly target: string;
}

/** What a shared file begins as; all other items are folders. */
const EMPTY_FILE: Partial<Record<Item["name"], string>> = {
  "CLAUDE.md": "",
  "settings.json": "{}\n",
};

/** What this account shares by link, and where to. */
export function linkedItems(config: Config, account: AccountSpec): Item[] {
  const { projectsDir, also } = config.share;
  const shared = dirname(projectsDir);
  return [
    { name: "projects", path: `${account.configDir}/projects`, target: projectsDir },
    ...also.map((name) => ({
      name,
      path: `${account.configDir}/${name}`,
      target: `${shared}/${name}`,
    })),
  ];
}

/** Whatever is not as it should be; empty when the account is at home. Changes nothing. */
export async function linkProblems(
  files: Files,
  config: Config,
  account: AccountSpec,
): Promise<LinkProblem[]> {
  const dir = await dirProblem(files, account);
  if (dir) return [dir];
  const problems = await Promise.all(
    linkedItems(config, account).map((item) => problemOf(files, item)),
  );
  return problems.filter((problem) => problem !== null);
}

/**
 * Makes the links that are missing, and the shared files and folders of a pool that is new. Doing it again
 * changes nothing. Throws `LinkError` when something is in the way; the other links are made all the same.
 */
export async function makeLinks(
  files: Files,
  config: Config,
  account: AccountSpec,
): Promise<void> {
  const dir = await dirProblem(files, account);
  if (dir) throw new LinkError(account.id, [dir]);
  const left: LinkProblem[] = [];
  for (const item of linkedItems(config, account)) {
    const problem = await problemOf(files, item);
    if (problem?.is === "missing") await makeLink(files, item);
    else if (problem) left.push(problem);
  }
  if (left.length > 0) throw new LinkError(account.id, left);
}

/** The goal before the link: a link that leads nowhere is told from one that was never made. */
async function makeLink(files: Files, { name, path, target }: Item): Promise<void> {
  if (await files.realPath(target) === null) await makeShared(files, name, target);
  // The account whose own folder is the shared one has it for real.
  if (path !== target) await files.link(target, path);
}

async function makeShared(files: Files, name: Item["name"], target: string): Promise<void> {
  const text = EMPTY_FILE[name];
  if (text === undefined) return await files.makeDir(target, 0o700);
  await files.makeDir(dirname(target));
  try {
    await files.create(target, text, 0o600);
  } catch (error) {
    if (await files.stat(target) === null) throw error; // else another account's session was quicker
  }
}

async function dirProblem(
  files: Files,
  { id, configDir }: AccountSpec,
): Promise<LinkProblem | null> {
  const info = await files.stat(configDir);
  if (info?.kind === "dir") return null;
  const problem = { path: configDir, is: "no-dir" } as const;
  if (info?.kind === "link") {
    return {
      ...problem,
      what: `the config dir ${configDir} is a link`,
      hint: `write the real path ${await files.realPath(configDir) ?? ""} in the config`,
    };
  }
  return {
    ...problem,
    what: `the config dir ${configDir} ${info ? "is no folder" : "does not exist"}`,
    hint: `run claude-failover account add ${id}`,
  };
}

async function problemOf(files: Files, item: Item): Promise<LinkProblem | null> {
  const { name, path, target } = item;
  const info = await files.stat(path);
  const [real, goal] = await Promise.all([files.realPath(path), files.realPath(target)]);
  if (real !== null && real === goal) return null;
  if (!info) {
    return {
      path,
      is: "missing",
      what: `${path} does not lead to ${target} yet`,
      hint: "it is linked at the next start of a session under this account",
    };
  }
  if (info.kind === "link" && await files.readLink(path) === target) {
    return {
      path,
      is: "unshared",
      what: `${path} leads to ${target}, which does not exist`,
      hint: `mount that volume, or make the ${name in EMPTY_FILE ? "file" : "folder"} again`,
    };
  }
  const kind = info.kind === "dir" ? "a real folder" : "a real file";
  return {
    path,
    is: "in-the-way",
    what: info.kind === "link"
      ? `${path} leads to ${await files.readLink(path)} instead of ${target}`
      : `${path} is ${kind} of this account alone`,
    hint: hintFor(item, goal !== null),
  };
}

/** How a person gets it out of the way without a loss. */
function hintFor({ name, path, target }: Item, isShared: boolean): string {
  if (name === "projects") {
    return `run claude-failover share --dir ${shWord(dirname(path))} --shared ${shWord(target)}`;
  }
  return isShared
    ? `compare it with ${target}, then move it away: mv ${shWord(path)} ${shWord(`${path}.own`)}`
    : `make it the shared one: mv ${shWord(path)} ${
      shWord(`${dirname(target)}/${basename(target)}`)
    }`;
}
