/**
 * Uncommitted work as a patch, and back again.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import { runGit } from "./run.ts";

export interface PatchDeps {
  readonly files: Files;
  readonly processes: Processes;
}

const TIMEOUT_MS = 20_000;

/**
 * Writes the uncommitted work as a patch that `git apply` takes, new files too, and returns its bytes; null when there is none, git
 * cannot say or it is larger than `maxBytes`. Git itself writes it, since not every text is UTF-8; the index that knows of the new
 * files is a copy.
 */
export async function writePatch(
  { files, processes }: PatchDeps,
  { cwd, path, maxBytes }: { cwd: string; path: string; maxBytes: number },
): Promise<number | null> {
  const top = (await runGit(processes, cwd, ["rev-parse", "--show-toplevel"]))?.replace(/\n$/, "");
  const index =
    (await runGit(processes, cwd, ["rev-parse", "--path-format=absolute", "--git-path", "index"]))
      ?.replace(/\n$/, "");
  if (top === undefined || index === undefined) return null;
  const [ours, made] = [`${path}.index`, `${path}.tmp`];
  const options = { timeoutMs: TIMEOUT_MS, index: ours };
  const diff = ["diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"];
  try {
    await files.makeDir(dirname(path));
    const copied = await processes.run(["cp", "--", index, ours], options);
    if (copied.code !== 0) return null;
    if (await runGit(processes, top, ["add", "--intent-to-add", "--", "."], options) === null) {
      return null;
    }
    if (await runGit(processes, top, [...diff, `--output=${made}`, "HEAD"], options) === null) {
      return null;
    }
    const bytes = (await files.stat(made))?.size ?? 0;
    if (bytes === 0 || bytes > maxBytes) return null;
    await files.rename(made, path);
    return bytes;
  } finally {
    for (const temporary of [ours, `${ours}.lock`, made]) await files.remove(temporary);
  }
}

/** What is wrong, in git's words; null: the folder is a new work tree of the repository, at that commit and with the patch in it. */
export async function restoreInto(
  { processes }: Pick<PatchDeps, "processes">,
  { cwd, to, head, patch }: { cwd: string; to: string; head: string; patch: string | null },
): Promise<string | null> {
  const run = async (...args: [string, ...string[]]) => {
    const { code, stderr, timedOut } = await processes.run(args, { timeoutMs: TIMEOUT_MS });
    if (code === 0 && !timedOut) return null;
    return timedOut ? "git took too long" : stderr.trim().split("\n").at(-1) || `git: exit ${code}`;
  };
  const made = await run("git", "-C", cwd, "worktree", "add", "--detach", to, head);
  if (made !== null || patch === null) return made;
  return await run("git", "-C", to, "apply", "--whitespace=nowarn", patch);
}
