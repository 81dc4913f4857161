/**
 * One session over the fakes whose input box takes keys as Claude Code's does.
 *
 * @module
 */
import { sessionSpec } from "../model/fixtures.ts";
import { type World, world } from "./daemon_life.ts";
import { boxWith } from "./screens.ts";

/** Session s1 is up and idle, with an input box that takes keys as Claude Code's does. */
export async function typingWorld(): Promise<World & { keys: Keys }> {
  const w = await world({ sessions: [sessionSpec("s1")] });
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  w.tmux.screen("s1", boxWith());
  const keys = new Keys();
  const { onCall } = w.tmux;
  w.tmux.onCall = async (call) => {
    if (call.kind === "type") keys.typed(w, call.text);
    else if (call.kind === "key" && call.key === "Enter") await keys.enter(w);
    else await onCall!(call);
  };
  return Object.assign(w, { keys });
}

export class Keys {
  draft = "";
  times = 0;
  enters = 0;
  /** So many Enters are lost. */
  lost = 0;
  /** Dies once so many pieces were typed or Enters pressed. */
  crash: "after the text" | "after Enter" | "in the text" | null = null;

  show(w: World): void {
    w.tmux.screen("s1", boxWith(this.draft));
  }

  typed(w: World, text: string): void {
    this.times++;
    this.draft += this.crash === "in the text" ? text.slice(0, 5) : text;
    this.show(w);
    if (this.crash === "after the text" || this.crash === "in the text") throw new Died();
  }

  async enter(w: World): Promise<void> {
    this.enters++;
    if (this.lost-- > 0) return;
    const prompt = this.draft;
    this.draft = "";
    w.tmux.screen("s1", boxWith());
    await w.agent.prompt("s1", prompt);
    if (this.crash === "after Enter") throw new Died();
  }
}

export class Died extends Error {
  override name = "Died";
}
