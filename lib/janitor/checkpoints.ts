/**
 * Checkpoints that nothing will be replayed from: those of moves long over, and of sessions that are gone.
 *
 * @module
 */
import { checkpointPath, LATEST, patchPath } from "../claude/checkpoint_file.ts";
import { checkpointDir, checkpointsDir } from "../claude/layout.ts";
import type { SessionName } from "../model/ids.ts";
import { entry, type State } from "../model/state.ts";
import { type Duty, isOlder } from "./duty.ts";

/** How many of a session are kept beside those in use: the last moves, for people who ask what was lost. */
const KEPT = 5;
const SUFFIX = ".json";

export const checkpoints: Duty = {
  name: "checkpoints",
  async find({ config, deps: { files, clock }, state }) {
    const oldest = clock.now() - config.janitor.keepCheckpointsMs;
    const sessions = (await files.list(checkpointsDir(config))).filter(({ kind }) =>
      kind === "dir"
    );
    const found = await Promise.all(sessions.map(async ({ name: session }) => {
      const spare = (await files.list(checkpointDir(config, session)))
        .filter(({ name, kind }) => kind === "file" && name.endsWith(SUFFIX))
        .map((info) => ({ ...info, id: info.name.slice(0, -SUFFIX.length) }))
        .filter(({ id }) => !isInUse(state(), session, id))
        .sort((a, b) => Number(b.mtimeNs - a.mtimeNs));
      return spare.flatMap((info, i) => {
        const isExpired = isOlder(info, oldest);
        if (i < KEPT && !isExpired) return [];
        return [{
          what: checkpointPath(config, session, info.id),
          why: isExpired ? "it is past its time" : `${KEPT} newer ones of ${session} are kept`,
          bytes: info.size,
          async remove() {
            if (isInUse(state(), session, info.id)) return false;
            await files.remove(patchPath(config, session, info.id));
            await files.remove(checkpointPath(config, session, info.id));
            return true;
          },
        }];
      });
    }));
    return found.flat();
  },
};

/** Whether a session may yet be told what stands in it. */
function isInUse({ sessions, runningSwap }: State, name: SessionName, id: string): boolean {
  const session = entry(sessions, name);
  if (!session) return false;
  const parkedBy = session.phase.name === "parked" ? session.phase.checkpoint : null;
  return [LATEST, runningSwap, parkedBy, session.run?.plan.checkpoint].includes(id);
}
