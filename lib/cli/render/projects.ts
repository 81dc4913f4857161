/**
 * Projects as text.
 *
 * @module
 */
import type { RenderOptions } from "./status.ts";
import { table } from "./table.ts";

export interface ProjectRow {
  readonly id: string;
  readonly path: string;
  /** It has a folder for tasks. */
  readonly inbox: boolean;
  /** How many are where; null when no daemon runs. */
  readonly tasks: {
    readonly queued: number;
    readonly running: number;
    readonly attention: number;
    /** Of those that are still remembered. */
    readonly ended: number;
  } | null;
}

export function renderProjects(rows: readonly ProjectRow[], options: RenderOptions): string {
  if (rows.length === 0) return "  none: `claude-failover projects add ID PATH` makes one";
  const { style } = options;
  const count = (tasks: ProjectRow["tasks"], of: keyof NonNullable<ProjectRow["tasks"]>) =>
    tasks === null ? "-" : String(tasks[of]);
  return table(
    ["PROJECT", "WAITING", "UNDER WAY", "ATTENTION", "ENDED", "FOLDER"],
    rows.map(({ id, path, inbox, tasks }) => [
      style.name(id),
      count(tasks, "queued"),
      count(tasks, "running"),
      tasks && tasks.attention > 0 ? style.bad(String(tasks.attention)) : count(tasks, "attention"),
      count(tasks, "ended"),
      inbox ? path : `${path} (no inbox)`,
    ]),
    options,
  );
}

/** No name of a project holds a tab; a path may, and is quoted then. */
export function projectsAsTsv(rows: readonly ProjectRow[]): string {
  const head = ["id", "path", "inbox", "queued", "running", "attention", "ended"];
  const lines = rows.map(({ id, path, inbox, tasks }) => [
    id,
    /[\t\n]/.test(path) ? JSON.stringify(path) : path,
    inbox ? "yes" : "no",
    ...(["queued", "running", "attention", "ended"] as const).map((of) =>
      tasks === null ? "" : String(tasks[of])
    ),
  ]);
  return [head, ...lines].map((line) => line.join("\t")).join("\n");
}
