/**
 * `status.json` of each project: written for others, and read for what others say.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import { queueDir } from "../queue/layout.ts";
import {
  isNews,
  nextStatus,
  projectStatus,
  readStatus,
  type StatusFile,
  writeStatus,
} from "../queue/status_file.ts";
import type { DispatcherDeps, DispatcherLife, Memory } from "./mod.ts";

/** Whoever reads it takes a daemon for gone that has not written for some of these. */
const HEARTBEAT_MS = 30_000;

/** Hears what somebody else says of the project, and says what we know of it when that is news or it is time. */
export async function tellProject(
  project: ProjectSpec,
  life: DispatcherLife,
  { files, clock }: DispatcherDeps,
  { told, owner }: Memory,
): Promise<void> {
  if ((await files.stat(queueDir(project)).catch(() => null))?.kind !== "dir") return;
  const last: StatusFile | null = told.get(project.id) ?? null;
  const { said, seq } = await readStatus(files, project, { last, writer: owner.id });
  if (said) life.record({ type: "project.status.said", project: project.id, ...said });
  const status = projectStatus(life.state(), project.id);
  const now = clock.now();
  const isDue = last === null || Math.abs(now - last.heartbeat) >= HEARTBEAT_MS;
  if (!said && !isDue && !isNews(status, last)) return;
  const next = nextStatus(status, { last, writer: owner.id, seq, now });
  await writeStatus(files, project, next);
  told.set(project.id, next);
}
