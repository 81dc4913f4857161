/**
 * A new task, put into a project's inbox.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { Files } from "../ports/files.ts";
import { inboxDir } from "./layout.ts";

const MAX_OF_A_NAME = 1_000;

/** Its path: whole at once, and never over another file. Null: the inbox is full of files of that name. */
export async function placeTask(
  files: Files,
  project: Pick<ProjectSpec, "path">,
  { stem, text }: { readonly stem: string; readonly text: string },
): Promise<string | null> {
  const dir = inboxDir(project);
  await files.makeDir(dir);
  for (let n = 1; n < MAX_OF_A_NAME; n++) {
    const path = `${dir}/${stem}${n === 1 ? "" : `.${n}`}.md`;
    try {
      await files.create(path, text, 0o644);
      return path;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "AlreadyExists") throw error;
    }
  }
  return null;
}
