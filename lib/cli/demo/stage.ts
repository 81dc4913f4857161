/**
 * Where the demo speaks: lines, and on a terminal one bar that moves in place below them.
 *
 * @module
 */
import { bar } from "../render/bar.ts";
import { pct } from "../../words/reasons.ts";
import type { Out } from "../context.ts";
import type { Style } from "../style.ts";

const BAR_CELLS = 30;

export interface StageOptions {
  readonly out: Out;
  readonly style: Style;
  /** The cursor may be moved. */
  readonly isTty: boolean;
  /** Milliseconds since the demo began. */
  elapsedMs(): number;
}

export class Stage {
  readonly style: Style;
  #options: StageOptions;
  #barShown = false;

  constructor(options: StageOptions) {
    this.#options = options;
    this.style = options.style;
  }

  /** A line as it is. */
  say(text = ""): void {
    this.#clearBar();
    this.#options.out.write(`${text}\n`);
  }

  /** A line with its time and who it is about. */
  tell(subject: string, text: string): void {
    const at = `${(this.#options.elapsedMs() / 1_000).toFixed(1)} s`.padStart(7);
    this.say(`${this.style.dim(at)}  ${this.style.name(subject.padEnd(8))} ${text}`);
  }

  /** How full a window is; on a terminal it takes the place of the bar before it. */
  fill(account: string, usedPct: number): void {
    const color = usedPct >= 100
      ? this.style.bad
      : usedPct >= 80
      ? this.style.warn
      : this.style.good;
    const text = `5-hour window ${color(bar(usedPct, BAR_CELLS))} ${pct(usedPct)}`;
    if (!this.#options.isTty || usedPct >= 100) return this.tell(account, text);
    this.#clearBar();
    this.#options.out.write(`${" ".repeat(9)}${this.style.name(account.padEnd(8))} ${text}`);
    this.#barShown = true;
  }

  #clearBar(): void {
    if (this.#barShown) this.#options.out.write("\r\x1b[K");
    this.#barShown = false;
  }
}

/** A stage where nothing is heard, for `--json`. */
export function silentStage(style: Style): Stage {
  return new Stage({ out: { write() {} }, style, isTty: false, elapsedMs: () => 0 });
}
