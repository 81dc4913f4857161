/**
 * Stale `x.md.dispatched` markers: those of a daemon that can never come back, and our own that no task stands behind.
 *
 * Another host's marker never is stale by itself, however old: nobody here can tell whether its daemon lives. One that cannot be
 * read is somebody's.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import { entry } from "../model/state.ts";
import { inboxDir, markerName } from "../queue/layout.ts";
import { readMarker, release } from "../queue/marker.ts";
import { isAbandoned, type Owner, ownerName } from "../queue/owner.ts";
import { type Duty, type Finding, isOlder, type Job } from "./duty.ts";

/** What is being made or put away this moment is none of our business. */
const YOUNG_MS = 600_000;
const SUFFIX = markerName("");

export const markers: Duty = {
  name: "markers",
  async find(job) {
    const owner = await job.deps.owner();
    const found: Finding[] = [];
    for (const project of job.config.projects) {
      found.push(...await findIn(project, owner, job));
    }
    return found;
  },
};

async function findIn(project: ProjectSpec, owner: Owner, job: Job): Promise<Finding[]> {
  const { deps: { files, clock } } = job;
  const inbox = inboxDir(project);
  const found: Finding[] = [];
  for (const info of await files.list(inbox)) {
    if (!info.name.endsWith(SUFFIX) || !isOlder(info, clock.now() - YOUNG_MS)) continue;
    const file = info.name.slice(0, -SUFFIX.length);
    const why = await staleness(inbox, file, owner, job);
    if (why === null) continue;
    found.push({
      what: `${inbox}/${info.name}`,
      why,
      bytes: info.size,
      async remove() {
        if (await staleness(inbox, file, owner, job) === null) return false;
        const there = await readMarker(files, inbox, { file, owner });
        if (there.is === "none") return false;
        if (there.is === "ours") return await release(files, inbox, { file, owner });
        await files.remove(`${inbox}/${info.name}`);
        return true;
      },
    });
  }
  return found;
}

/** Why nobody will come back for it; null: somebody may. */
async function staleness(
  inbox: string,
  file: string,
  owner: Owner,
  { deps: { files, processes }, state }: Job,
): Promise<string | null> {
  const there = await readMarker(files, inbox, { file, owner });
  if (there.is === "none" || there.marker === null) return null;
  const { marker } = there;
  if (there.is === "ours") {
    const place = entry(state().tasks, marker.task)?.place;
    return place === undefined || place.at === "closed" ? `task ${marker.task} is over` : null;
  }
  if (!await isAbandoned(files, marker.owner, processes.hostname())) return null;
  return `its owner is gone with its state folder: ${ownerName(marker.owner)}`;
}
