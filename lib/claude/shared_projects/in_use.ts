/**
 * Whether a `claude` runs under one of the config dirs.
 *
 * @module
 */
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import type { Problem } from "./inspect.ts";
import type { Member } from "./places.ts";

/** `sessions/<pid>.json`, one per running process, removed when it ends but for SIGKILL (2.1.330). */
const ENTRY = /^(\d+)\.json$/;

/**
 * Naively by the number in the file's name: what a killed `claude` left behind may name a process that
 * came later. Whatever the file says, half written or of another version, it counts.
 */
export async function usesOf(
  members: readonly Member[],
  { files, processes }: { files: Files; processes: Processes },
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { dir } of members) {
    for (const { name } of await files.list(`${dir}/sessions`)) {
      const pid = Number(ENTRY.exec(name)?.[1]);
      if (!pid || await processes.identify(pid) === null) continue;
      problems.push({
        what: `${dir} is in use by process ${pid}`,
        hint: `end that session first; if process ${pid} is no claude, remove ` +
          `${dir}/sessions/${name}`,
      });
    }
  }
  return problems;
}
