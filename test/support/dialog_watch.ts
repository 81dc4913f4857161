/**
 * The watcher's look at screens by itself, over a real tmux: one session that ran into a limit, and what is recorded of it.
 *
 * @module
 */
import { runDir } from "../../lib/claude/layout.ts";
import type { Fact } from "../../lib/model/event.ts";
import type { State } from "../../lib/model/state.ts";
import type { Tmux } from "../../lib/ports/tmux.ts";
import { type Sights, watchDialogs } from "../../lib/watcher/dialogs.ts";
import { FakeClock } from "../fakes/clock.ts";
import { applied, folded, foldOnto, sessionSpec, started } from "../model/fixtures.ts";

export const WATCHED = { session: "s1", run: "r1" } as const;

export interface DialogWatch {
  /** Where the run's files belong. `sh DIR/launch.sh` in a pane is the run. */
  readonly dir: string;
  /** One look, and a second later. */
  look(): Promise<void>;
  /** Keys that were pressed in the dialog that stands. */
  keys(): number;
  /** `seen limit: ours`, `answered limit: stop`. */
  told(): string[];
}

export function dialogWatch(tmux: Tmux, stateDir: string): DialogWatch {
  const pool = {
    sessions: [sessionSpec(WATCHED.session, { cwd: stateDir })],
    paths: { stateDir, runtimeDir: stateDir },
  };
  const refusal = { kind: "quota", window: "five_hour", text: "" } as const;
  let state: State = folded(applied(pool), ...started(WATCHED.session, WATCHED.run), {
    type: "turn.failed",
    ...WATCHED,
    refusal,
    seenAt: 0,
  });
  const clock = new FakeClock(state.at + 60_000);
  const facts: Fact[] = [];
  const sights: Sights = new Map();
  const life = {
    state: () => state,
    record: (...more: Fact[]) => {
      facts.push(...more);
      state = foldOnto(state, ...more);
      return [];
    },
  };
  return {
    dir: runDir(state.config!, WATCHED.run),
    async look() {
      await watchDialogs(life, { clock, tmux }, { sights, waiting: new Set([WATCHED.run]) });
      await clock.advance(1_000);
    },
    keys: () => sights.get(WATCHED.run)?.keys ?? 0,
    told: () => facts.map(inWords),
  };
}

function inWords(fact: Fact): string {
  if (fact.type === "dialog.seen") return `seen ${fact.kind}: ${fact.person ?? "ours"}`;
  if (fact.type === "dialog.answered") return `answered ${fact.kind}: ${fact.option}`;
  return fact.type;
}
