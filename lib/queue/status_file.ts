/**
 * `.agent-queue/status.json`: what a project's sessions do, for other programs; and what those say about it.
 *
 * Agents and older scripts write it too. Our own writes are known by writer and number, so that only a word of somebody
 * else's counts as one.
 *
 * @module
 */
import { z } from "zod";
import type { ProjectSpec } from "../model/config.ts";
import type { SessionName, TaskId } from "../model/ids.ts";
import { entry, isAlive, type State } from "../model/state.ts";
import { taskOf } from "../model/fold_task.ts";
import type { Files } from "../ports/files.ts";
import { queueDir, statusPath } from "./layout.ts";
import { cleanText } from "./words.ts";

export interface ProjectStatus {
  readonly state: "idle" | "working";
  /** Of the project, by name. */
  readonly sessions: Readonly<
    Record<SessionName, { readonly phase: string; readonly task: TaskId | null }>
  >;
  /** The tasks that are worked on. */
  readonly tasks: readonly { readonly id: TaskId; readonly file: string; readonly title: string }[];
}

/** Times are in epoch milliseconds. */
export interface StatusFile extends ProjectStatus {
  readonly version: 1;
  /** The state folder's id (`owner.ts`). */
  readonly writer: string;
  /** One more with each write. */
  readonly seq: number;
  /** When `state` became so. */
  readonly since: number;
  /** When it was last written: whoever reads it can tell a daemon that is gone. */
  readonly heartbeat: number;
}

/** What anybody may have written: all that is needed is the state. */
const anyStatus = z.object({
  state: z.enum(["idle", "working"]),
  writer: z.string().catch("unknown"),
  seq: z.number().catch(-1),
});

/** Somebody else says that the project is now so. */
export interface Transition {
  readonly state: "idle" | "working";
  readonly by: string;
}

const MAX_BYTES = 256 * 1024;

/** What the state says of a project. */
export function projectStatus(state: State, project: ProjectSpec["id"]): ProjectStatus {
  const specs = state.config?.sessions.filter((s) => s.project === project) ?? [];
  const own = specs.flatMap(({ name }) => entry(state.sessions, name) ?? []);
  const tasks = Object.values(state.tasks)
    .filter((task) => task.project === project && task.place.at === "running")
    .map(({ id, file, spec }) => ({ id, file, title: spec.title }));
  const isWorking = tasks.length > 0 ||
    own.some((s) => isAlive(s) && (s.phase.name === "working" || s.phase.name === "waiting"));
  return {
    state: isWorking ? "working" : "idle",
    sessions: Object.fromEntries(own.map((session) => {
      const { name, phase } = session;
      return [name, { phase: phase.name, task: taskOf(state, name)?.id ?? null }];
    })),
    tasks,
  };
}

/** The next text of the file; `last` is what we wrote before, null after a start. */
export function nextStatus(
  { state, sessions, tasks }: ProjectStatus,
  { last, writer, seq, now }: {
    last: StatusFile | null;
    writer: string;
    /** That of the file, when it is greater than ours. */
    seq: number;
    now: number;
  },
): StatusFile {
  return {
    version: 1,
    writer,
    seq: Math.max(last?.seq ?? 0, seq) + 1,
    state,
    sessions,
    tasks,
    since: last?.state === state ? last.since : now,
    heartbeat: now,
  };
}

/** Whether it says something else than before, apart from the heartbeat. */
export function isNews(status: ProjectStatus, last: StatusFile | null): boolean {
  if (!last) return true;
  const { state, sessions, tasks } = last;
  return JSON.stringify({ state, sessions, tasks }) !==
    JSON.stringify({ state: status.state, sessions: status.sessions, tasks: status.tasks });
}

export async function writeStatus(
  files: Files,
  project: Pick<ProjectSpec, "path">,
  status: StatusFile,
): Promise<void> {
  await files.makeDir(queueDir(project));
  await files.writeAtomic(statusPath(project), `${JSON.stringify(status, null, 2)}\n`, 0o644);
}

/**
 * What the file says that we did not write. `said` is null when it is our own word, not readable (also torn: it will be
 * looked at again), or nothing new. Whoever edits our text and leaves writer and number as they are is heard all the same.
 */
export async function readStatus(
  files: Files,
  project: Pick<ProjectSpec, "path">,
  { last, writer }: { last: StatusFile | null; writer: string },
): Promise<{ readonly said: Transition | null; readonly seq: number }> {
  const info = await files.stat(statusPath(project));
  if (info?.kind !== "file" || info.size > MAX_BYTES) return { said: null, seq: 0 };
  const head = await files.readFrom(statusPath(project), 0, MAX_BYTES);
  const found = head && parseStatus(head.text);
  if (!found) return { said: null, seq: 0 };
  const { state } = found;
  const seq = Math.max(found.seq, 0);
  const isOurs = found.writer === writer && (found.seq !== last?.seq || state === last.state);
  if (isOurs || state === last?.state) return { said: null, seq };
  return { said: { state, by: cleanText(found.writer, 60) }, seq };
}

/** Null: it is not a status. */
export function parseStatus(text: string): z.infer<typeof anyStatus> | null {
  try {
    return anyStatus.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
