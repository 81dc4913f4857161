/**
 * A task that waits, put into the inbox of another project.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { Files } from "../ports/files.ts";
import { inboxDir } from "./layout.ts";
import { names } from "./put_away.ts";

/** Its name there; null when it is gone. Nothing is ever overwritten: a name that is taken becomes `x.2.md`. */
export async function moveToInbox(
  files: Files,
  { file, source, target }: {
    readonly file: string;
    readonly source: Pick<ProjectSpec, "path">;
    readonly target: Pick<ProjectSpec, "path">;
  },
): Promise<string | null> {
  const from = `${inboxDir(source)}/${file}`;
  await files.makeDir(inboxDir(target));
  for (const name of names(file)) {
    if (!await files.stat(from)) return null;
    if (await files.moveNew(from, `${inboxDir(target)}/${name}`)) return name;
  }
  throw new Error(`Cannot move ${file}: ${inboxDir(target)} has too many files of that name`);
}
