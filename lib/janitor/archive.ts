/**
 * Ended tasks of months long past go into an archive of their month.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { TaskEnd } from "../model/task.ts";
import { archiveDir, type Ended, listEnded, packEnded } from "../queue/archive.ts";
import { endDir, inboxDir } from "../queue/layout.ts";
import { readMarker } from "../queue/marker.ts";
import type { Duty, Finding, Job } from "./duty.ts";

const ENDS: readonly TaskEnd[] = ["done", "failed", "cancelled"];

export const archive: Duty = {
  name: "archive",
  async find(job) {
    const { config, deps, signal } = job;
    const { archiveAfterMs } = config.janitor;
    if (archiveAfterMs === null) return [];
    const found: Finding[] = [];
    for (const project of config.projects) {
      for (const end of ENDS) {
        signal.throwIfAborted();
        const all = await listEnded(deps.files, project, end);
        const ripe = all.filter(({ endedAt }) =>
          endOfMonth(endedAt) + archiveAfterMs <= deps.clock.now()
        );
        if (ripe.length === 0) continue;
        const busy = await namesAtWork(project, job);
        const months = Map.groupBy(
          ripe.filter(({ file }) => !busy.has(file)),
          ({ endedAt }) => monthOf(endedAt),
        );
        for (const [month, ended] of months) found.push(finding(project, end, month, ended, job));
      }
    }
    return found;
  },
};

function finding(
  project: ProjectSpec,
  end: TaskEnd,
  month: string,
  ended: readonly Ended[],
  { deps }: Job,
): Finding {
  const n = ended.length;
  return {
    what: `${n} ${n === 1 ? "task" : "tasks"} of ${month} in ${endDir(project, end)}`,
    why: `to ${archiveDir(project)}/${month}.${end}.tar.gz`,
    bytes: ended.reduce((sum, { size }) => sum + size, 0),
    remove: async () => await packEnded(deps, { project, end, month, ended }) > 0,
  };
}

/**
 * An agent moves its file as it is, with the time of its last change: until our result lies beside it, it looks as old as the task
 * is. Files of open tasks are known by their name, and by the inode that our marker has noted.
 */
async function namesAtWork(project: ProjectSpec, { deps, state }: Job): Promise<Set<string>> {
  const { files } = deps;
  const open = Object.values(state().tasks)
    .filter((task) => task.project === project.id && task.place.at !== "closed");
  const names = new Set(open.map(({ file }) => file));
  const owner = await deps.owner();
  const inodes = new Set<number>();
  for (const { file } of open) {
    const there = await readMarker(files, inboxDir(project), { file, owner });
    if (there.is === "ours" && there.marker.inode !== null) inodes.add(there.marker.inode);
  }
  if (inodes.size === 0) return names;
  for (const end of ENDS) {
    for (const info of await files.list(endDir(project, end))) {
      if (inodes.has(info.inode)) names.add(info.name);
    }
  }
  return names;
}

/** In UTC, `2026-10`. */
function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

function endOfMonth(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
