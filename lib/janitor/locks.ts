/**
 * Lock files of conversations that no session has any more.
 *
 * @module
 */
import { lockPath, locksDir } from "../claude/layout.ts";
import type { ConversationId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { type Duty, isOlder } from "./duty.ts";
import { KEPT_MS } from "./runs.ts";

const SUFFIX = ".lock";

export const locks: Duty = {
  name: "locks",
  async find({ config, deps: { files, clock }, state }) {
    const old = (await files.list(locksDir(config))).filter((info) =>
      info.name.endsWith(SUFFIX) && isOlder(info, clock.now() - KEPT_MS) &&
      !isKnown(state(), info.name.slice(0, -SUFFIX.length))
    );
    return old.map(({ name, size }) => {
      const conversation = name.slice(0, -SUFFIX.length);
      const path = lockPath(config, conversation);
      return {
        what: path,
        why: "no session has this conversation",
        bytes: size,
        /** Only what can be locked: a `claude` that somehow still has the conversation keeps its file. */
        async remove() {
          if (isKnown(state(), conversation)) return false;
          using lock = await files.lock(path);
          if (!lock) return false;
          await files.remove(path);
          return true;
        },
      };
    });
  },
};

function isKnown({ sessions }: State, conversation: ConversationId): boolean {
  return Object.values(sessions).some((session) =>
    session.conversation === conversation || session.run?.plan.conversation === conversation
  );
}
