/**
 * Says what a command waits for, once it takes longer than a moment.
 *
 * @module
 */
import type { CliContext } from "./context.ts";
import { styleFor } from "./style.ts";

const AFTER_MS = 1_000;
const EVERY_MS = 1_000;
const CLEAR_LINE = "\r\x1b[K";

/**
 * Resolves or rejects as the work does. After a second the terminal says `what()` and for how long; the line is gone
 * when the work is done. Where nobody looks (no terminal), nothing is said.
 */
export async function waiting<T>(
  context: CliContext,
  what: string | (() => string),
  work: Promise<T>,
): Promise<T> {
  if (!context.isTty) return await work;
  const { clock, stderr, columns } = context;
  const style = styleFor(context);
  const over = new AbortController();
  const began = clock.monotonic();
  let isShown = false;
  const show = async () => {
    for (let ms = AFTER_MS;; ms = EVERY_MS) {
      await clock.sleep(ms, over.signal);
      const seconds = Math.round((clock.monotonic() - began) / 1_000);
      const words = `${typeof what === "string" ? what : what()} (${seconds} s)`;
      stderr.write(`${CLEAR_LINE}${style.dim(words.slice(0, columns - 1))}`);
      isShown = true;
    }
  };
  const shown = show().catch((error) => {
    if (!over.signal.aborted) throw error;
  });
  try {
    return await work;
  } finally {
    over.abort();
    await shown;
    if (isShown) stderr.write(CLEAR_LINE);
  }
}

/** The names of what is still under way, for `waiting`: "checking work, spare". */
export class Underway {
  readonly #names = new Set<string>();

  constructor(readonly verb: string) {}

  async of<T>(name: string, work: Promise<T>): Promise<T> {
    this.#names.add(name);
    try {
      return await work;
    } finally {
      this.#names.delete(name);
    }
  }

  words(): string {
    return [this.verb, [...this.#names].join(", ")].join(" ").trim();
  }
}
