/**
 * A draft that would be lost with its process: kept in a file beside the session's checkpoints.
 *
 * @module
 */
import type { Config } from "../model/config.ts";
import type { Fact } from "../model/event.ts";
import type { Session } from "../model/state.ts";
import type { Files } from "../ports/files.ts";
import type { InputBox } from "./input_box.ts";
import { checkpointDir } from "./layout.ts";

/**
 * Saves what stands unsent in the box, as it is shown (a long line in the pieces of the screen, a paste by its name
 * only). The fact says how much and where; without a draft there is none. Rejects when the file cannot be written.
 */
export async function saveDraft(
  files: Files,
  { config, session, box, id }: {
    config: Config;
    session: Session;
    box: InputBox | null;
    /** Names the file; a later draft of the same id takes its place. */
    id: string;
  },
): Promise<Fact[]> {
  if (!session.run || !box || box.draft === "") return [];
  const path = `${checkpointDir(config, session.name)}/draft-${id}.txt`;
  await files.writeAtomic(path, `${box.draft}\n`, 0o600);
  const of = { session: session.name, run: session.run.plan.id };
  return [{ type: "draft.saved", ...of, chars: [...box.draft].length, path }];
}
