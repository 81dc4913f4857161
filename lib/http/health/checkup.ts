/**
 * The checkups behind `/healthz` and `/readyz`. One serves all who ask at the same time or a little later, so that nobody can
 * keep the disk or tmux busy by asking.
 *
 * @module
 */
import type { Control } from "../control.ts";
import { type Ailment, ailments, type TmuxFound } from "./vitals.ts";

/** A finding serves for so long. */
const FRESH_MS = 1_000;
/** tmux gets so long to answer; its own deadline is for work, and longer. */
const TMUX_MS = 2_000;

export class Checkup {
  readonly #control: Control;
  #journal: { readonly at: number; readonly problem: string | null } | null = null;
  #tmux: { readonly at: number; readonly found: Promise<TmuxFound> } | null = null;
  /** One question at a time, however long tmux takes to answer it. */
  #asking: Promise<TmuxFound> | null = null;

  constructor(control: Control) {
    this.#control = control;
  }

  /** Why nothing can be written; null: it can. */
  journal(): string | null {
    const { vitals } = this.#control;
    if (!this.#journal || !isFresh(this.#journal.at, this.#control.now())) {
      const problem = vitals.canWrite();
      // Of its end: a locked journal is waited for longer than a finding serves, and nothing else goes on meanwhile.
      this.#journal = { at: this.#control.now(), problem };
    }
    return this.#journal.problem;
  }

  async all(): Promise<Ailment[]> {
    const { vitals } = this.#control;
    const now = this.#control.now();
    if (!this.#tmux || !isFresh(this.#tmux.at, now)) {
      this.#tmux = { at: now, found: this.#askTmux() };
    }
    const tmux = await this.#tmux.found;
    const workers = vitals.workers();
    return ailments(this.#control.state(), { journal: this.journal(), workers, tmux });
  }

  async #askTmux(): Promise<TmuxFound> {
    const over = new AbortController();
    const late = this.#control.pause(TMUX_MS, over.signal)
      .then(() => ({ why: `it has not answered within ${TMUX_MS / 1_000} s` }));
    this.#asking ??= this.#control.vitals.hasTmux()
      .catch((error) => ({ why: error instanceof Error ? error.message : String(error) }))
      .finally(() => this.#asking = null);
    try {
      return await Promise.race([this.#asking, late]);
    } finally {
      over.abort();
    }
  }
}

/** Also false after a clock was set back. */
function isFresh(at: number, now: number): boolean {
  return now >= at && now - at < FRESH_MS;
}
