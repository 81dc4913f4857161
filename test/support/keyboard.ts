/**
 * The input boxes of the fake agents: they take keys as Claude Code's do.
 *
 * @module
 */
import type { World } from "./daemon_life.ts";
import { boxWith } from "./screens.ts";

export class Died extends Error {
  override name = "Died";
}

export class Keyboard {
  readonly #drafts = new Map<string, string>();
  /** How often something was typed, and Enter was pressed. */
  times = 0;
  enters = 0;
  /** So many Enters are lost. */
  lost = 0;
  /** The daemon dies once so much was typed. */
  crash: "after the text" | "after Enter" | "in the text" | null = null;

  constructor(readonly world: World) {
    const { tmux } = world;
    const { onCall } = tmux;
    tmux.onCall = async (call) => {
      if (call.kind === "type") this.#typed(call.session, call.text);
      else if (call.kind === "key" && call.key === "Enter") await this.#enter(call.session);
      else {
        await onCall!(call);
        if (call.kind === "launch") this.show(call.session, "");
      }
    };
  }

  draft(session: string): string {
    return this.#drafts.get(session) ?? "";
  }

  show(session: string, draft: string): void {
    this.#drafts.set(session, draft);
    this.world.tmux.screen(session, boxWith(draft));
  }

  #typed(session: string, text: string): void {
    this.times++;
    this.show(
      session,
      this.draft(session) + (this.crash === "in the text" ? text.slice(0, 5) : text),
    );
    if (this.crash === "after the text" || this.crash === "in the text") throw new Died();
  }

  async #enter(session: string): Promise<void> {
    this.enters++;
    if (this.lost-- > 0) return;
    const prompt = this.draft(session);
    this.show(session, "");
    await this.world.agent.prompt(session, prompt);
    if (this.crash === "after Enter") throw new Died();
  }
}
