/**
 * How often a forecast is right: many windows that are used up by a distribution of work, read as status lines are (when a
 * figure has moved, in whole percents or not, some readings lost), and asked for a forecast at a random moment.
 *
 * @module
 */
import { forecast, type Sample } from "../../lib/model/forecast.ts";
import { randomFrom } from "./random.ts";
import type { UsageShape } from "./usage.ts";

const MINUTE = 60_000;
const WINDOW_MIN = 300;

export interface Calibration {
  readonly asked: number;
  /** Shares of the forecasts that were given. */
  readonly known: number;
  readonly early: number;
  readonly inside: number;
  readonly late: number;
  /** Of the time that was left until the wall, where both say that it comes within the window. */
  readonly medianError: number;
  /** The wall came after all where the forecast saw none, or the other way round. */
  readonly wrongSide: number;
}

/** `windows` of them, the first from `seed`. */
export function calibrate(shape: UsageShape, windows: number, seed: number): Calibration {
  const errors: number[] = [];
  let [known, early, late, wrongSide] = [0, 0, 0, 0];
  for (let i = 0; i < windows; i++) {
    const random = randomFrom(seed + i);
    const { samples, now, wallAt } = lived(shape, random);
    const guess = forecast(samples, now);
    if (guess.is === "unknown") continue;
    known++;
    const wall = wallAt ?? Infinity;
    if (wall < (guess.p10 ?? Infinity)) early++;
    else if (wall > (guess.p90 ?? Infinity)) late++;
    if ((guess.p50 === null) !== (wallAt === null)) wrongSide++;
    if (guess.p50 !== null && wallAt !== null && wallAt > now) {
      errors.push(Math.abs(guess.p50 - wallAt) / (wallAt - guess.readAt));
    }
  }
  return {
    asked: windows,
    known: known / windows,
    early: early / known,
    inside: (known - early - late) / known,
    late: late / known,
    medianError: errors.sort((a, b) => a - b)[Math.floor(errors.length / 2)] ?? NaN,
    wrongSide: wrongSide / known,
  };
}

/** One window up to a random moment at which it still had room, and what came of it. */
function lived(shape: UsageShape, random: () => number) {
  const usage = shape(random);
  const isWhole = random() < 0.5;
  const readShare = 0.2 + 0.8 * random();
  const resetsAt = WINDOW_MIN * MINUTE;
  const all: Sample[] = [];
  let used = 0;
  let wallAt: number | null = null;
  for (let minute = 1; minute < WINDOW_MIN && wallAt === null; minute++) {
    used += usage();
    const at = minute * MINUTE;
    if (used >= 100) wallAt = at;
    const usedPct = isWhole ? Math.floor(used) : used;
    if (usedPct - (all.at(-1)?.usedPct ?? -1) < 0.5 || random() > readShare) continue;
    all.push({ at, usedPct, resetsAt });
  }
  const end = wallAt ?? resetsAt;
  const now = end * (0.2 + 0.75 * random());
  return { samples: all.filter((s) => s.at <= now), now, wallAt };
}
