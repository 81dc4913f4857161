/**
 * The figures in what `claude -p "/usage"` prints. Lenient: a line that is none is passed over, and a window that we do not know keeps its name.
 *
 * @module
 */
import type { ByWindow, WindowReading } from "../../model/quota.ts";
import { windowOfLabel } from "../windows.ts";
import { resetOfText } from "./reset_text.ts";
import { FIGURE, SUBSCRIPTION } from "./wording.ts";

export interface UsageText {
  /** False: it speaks of money, or of nothing that we know. */
  readonly isPlan: boolean;
  readonly windows: ByWindow<WindowReading>;
}

const MOST_WINDOWS = 8;
const LONGEST_TEXT = 20_000;

export function parseUsageText(text: string, now: number, zone: string): UsageText {
  const lines = text.slice(0, LONGEST_TEXT).split("\n").map((line) => line.trim());
  const figures = lines.map((line) => FIGURE.exec(line)).filter((found) => found !== null);
  const windows = figures.slice(0, MOST_WINDOWS).map(([, label, used, reset]) =>
    [windowOfLabel(label!), {
      usedPct: Number(used),
      resetsAt: reset === undefined ? null : resetOfText(reset, now, zone),
    }] as const
  );
  return { isPlan: SUBSCRIPTION.test(text), windows: Object.fromEntries(windows) };
}
