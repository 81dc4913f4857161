/**
 * Whether Claude Code would begin at the prompt or with a dialog. An unattended session stands still at the
 * first run's questions and at the trust dialog, whose default is to leave.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import type { Files } from "../../ports/files.ts";
import { shWord } from "../shell.ts";
import { type ClaudeJson, claudeJsonPath, readClaudeJson } from "./claude_json.ts";
import { error, type Finding, type Look } from "./finding.ts";

/** The onboarding, and the trust for each of the folders. */
export async function dialogFindings(look: Look, cwds: readonly string[]): Promise<Finding[]> {
  const { ports: { files }, account } = look;
  const open = `run claude-failover account add ${account.id}`;
  const noted = await readClaudeJson(files, account);
  if (noted === "unreadable") {
    return [error(
      `${claudeJsonPath(account)} is no JSON object`,
      "Claude Code keeps copies of it in backups/ in the config dir",
    )];
  }
  if (!noted?.onboarded) return [error("Claude Code's first-run questions are unanswered", open)];
  const findings = await Promise.all([...new Set(cwds)].map(async (cwd): Promise<Finding[]> => {
    const problem = await trustProblem(files, noted, cwd);
    if (!problem) return [];
    const { what, where } = problem;
    const hint = where === null
      ? "make it, or correct the config"
      : `${open} --in ${shWord(where)}`;
    return [{ ...error(what, hint), cwd }];
  }));
  return findings.flat();
}

export interface TrustProblem {
  readonly what: string;
  /** The folder to open Claude Code in; null when there is none. */
  readonly where: string | null;
}

/** Why a session in `cwd` would meet the trust dialog, or null when it would not. */
export async function trustProblem(
  files: Files,
  { trusted }: Pick<ClaudeJson, "trusted">,
  cwd: string,
): Promise<TrustProblem | null> {
  const real = await files.realPath(cwd);
  if (real === null) return { what: `the folder ${cwd} does not exist`, where: null };
  const repo = await repoOf(files, real);
  if (covering(real, repo).some((path) => trusted.has(path))) return null;
  const where = repo?.root ?? real;
  return { what: `${repo ? "the repository" : "the folder"} ${where} is not trusted`, where };
}

interface Repo {
  /** The nearest folder upwards with a `.git`. */
  readonly root: string;
  /** Of a linked worktree: the main one. */
  readonly main: string | null;
}

/**
 * The folders of which one must be trusted (each case measured on 2.1.330): outside a repository the cwd or
 * any parent; inside one the cwd up to its root and no further, so that a nested repository needs its own;
 * in a linked worktree the main one's root counts too.
 */
function covering(cwd: string, repo: Repo | null): string[] {
  const paths = [cwd];
  for (let at = cwd; at !== "/" && at !== repo?.root;) paths.push(at = dirname(at));
  return repo?.main ? [...paths, repo.main] : paths;
}

async function repoOf(files: Files, cwd: string): Promise<Repo | null> {
  for (let at = cwd;; at = dirname(at)) {
    const git = await files.stat(`${at}/.git`);
    if (git?.kind === "file") return { root: at, main: await mainWorktree(files, at) };
    if (git) return { root: at, main: null };
    if (at === "/") return null;
  }
}

/** A linked worktree's `.git` is a file "gitdir: MAIN/.git/worktrees/NAME"; a submodule's leads elsewhere. */
async function mainWorktree(files: Files, root: string): Promise<string | null> {
  const gitDir = /^gitdir: (.+)$/m.exec(await files.read(`${root}/.git`) ?? "")?.[1];
  if (gitDir === undefined) return null;
  const main = /^(.+)\/\.git\/worktrees\/[^/]+\/?$/.exec(resolve(root, gitDir))?.[1];
  return main === undefined ? null : await files.realPath(main);
}
