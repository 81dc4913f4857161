/**
 * Small files of the state folder that have served: prompts that were too long to be typed, notes on tasks, and the last
 * prompt of sessions that are gone.
 *
 * @module
 */
import { sendsDir } from "../claude/sent_prompt.ts";
import { entry, pendingSend, type State } from "../model/state.ts";
import { notesDir } from "../queue/note.ts";
import type { Config } from "../model/config.ts";
import { promptsDir } from "../claude/layout.ts";
import { type Duty, type Finding, isOlder, type Job } from "./duty.ts";

/** An agent may have been told to read one of them, and may do so again after a move. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** A folder of such files, and whom a name in it belongs to. */
interface Shelf {
  readonly dir: string;
  readonly suffix: string;
  isNeeded(state: State, name: string): boolean;
}

export const texts: Duty = {
  name: "texts",
  async find(job) {
    return (await Promise.all(shelves(job.config).map((shelf) => findOn(shelf, job)))).flat();
  },
};

function shelves(config: Config): Shelf[] {
  return [
    { dir: sendsDir(config), suffix: ".txt", isNeeded: isWaitingSend },
    { dir: promptsDir(config), suffix: ".txt", isNeeded: isOpenTask },
    { dir: promptsDir(config), suffix: ".json", isNeeded: isSession },
    { dir: notesDir(config), suffix: ".txt", isNeeded: isOpenTask },
  ];
}

async function findOn(
  { dir, suffix, isNeeded }: Shelf,
  { deps: { files, clock }, state }: Job,
): Promise<Finding[]> {
  const idOf = (file: string) => file.slice(0, -suffix.length);
  const old = (await files.list(dir)).filter((info) =>
    info.kind === "file" && info.name.endsWith(suffix) && isOlder(info, clock.now() - KEPT_MS) &&
    !isNeeded(state(), idOf(info.name))
  );
  return old.map(({ name, size }) => ({
    what: `${dir}/${name}`,
    why: "whom it was for has gone on without it",
    bytes: size,
    async remove() {
      if (isNeeded(state(), idOf(name))) return false;
      await files.remove(`${dir}/${name}`);
      return true;
    },
  }));
}

function isWaitingSend({ sessions }: State, send: string): boolean {
  return Object.values(sessions).some((session) => pendingSend(session)?.id === send);
}

function isOpenTask({ tasks }: State, task: string): boolean {
  const place = entry(tasks, task)?.place;
  return place !== undefined && place.at !== "closed";
}

function isSession({ sessions }: State, session: string): boolean {
  return entry(sessions, session) !== undefined;
}
