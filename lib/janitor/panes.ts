/**
 * Panes of ours whose program has ended and whose session is in the pool no more.
 *
 * A dead pane is kept so that people can read how it ended; of a session that left the config, nobody will. What lives is
 * never touched, nor is a tmux session with anything in it that we did not start.
 *
 * @module
 */
import { runsDir } from "../claude/layout.ts";
import type { Config } from "../model/config.ts";
import { entry, type State } from "../model/state.ts";
import { ANCHOR, type Pane } from "../ports/tmux.ts";
import type { Duty } from "./duty.ts";

export const panes: Duty = {
  name: "panes",
  async find({ config, deps: { tmux }, state }) {
    const names = orphans(await tmux.panes(), config, state());
    return names.map((name) => ({
      what: `tmux session ${name}`,
      why: "its program has ended, and the pool has no session of that name",
      bytes: null,
      async remove() {
        if (!orphans(await tmux.panes(), config, state()).includes(name)) return false;
        await tmux.kill(name);
        return true;
      },
    }));
  },
};

function orphans(all: readonly Pane[], config: Config, { sessions }: State): string[] {
  const isOurs = (pane: Pane) => pane.startCommand.includes(`${runsDir(config)}/`);
  const bySession = Map.groupBy(all, ({ session }) => session);
  return [...bySession].filter(([name, panes]) =>
    name !== ANCHOR && !entry(sessions, name) &&
    panes.every((pane) => pane.dead && isOurs(pane) && pane.attached === 0)
  ).map(([name]) => name);
}
