/**
 * When a window will be used up, from its last readings: how fast it fills, and between when and when it is full. Pure.
 *
 * A figure only rises within a window, so "full before t" is the same as "the use until t is more than what is left", and
 * the times follow from the mean and the spread of the use per block of time (docs/decisions/0007-forecast.md).
 * The recent past counts more, and one leap counts as what it has used but not as the pace from now on.
 *
 * A forecast is a guess: it may have an account read earlier, or a move at the end of a turn begin earlier that a fresh figure
 * speaks for as well. Nothing moves on a guess alone.
 *
 * @module
 */

/** A figure of one window as it was read. */
export interface Sample {
  /** When the figure was made, epoch milliseconds. */
  readonly at: number;
  readonly usedPct: number;
  readonly resetsAt: number | null;
}

export type Forecast =
  /** `why` is for people. */
  | { readonly is: "unknown"; readonly why: string }
  | {
    readonly is: "known";
    /** Percent of the window. */
    readonly pctPerHour: number;
    /** When the window is full: of ten such forecasts, one comes earlier than `p10`, five than `p50`, nine than `p90`. */
    readonly p10: WallAt;
    readonly p50: WallAt;
    readonly p90: WallAt;
    /** When the last figure was made that it stands on. */
    readonly readAt: number;
    readonly samples: number;
  };

/** Epoch milliseconds; null: the window is over before, or nothing fills it. */
export type WallAt = number | null;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Earlier figures tell of another time of work. */
const LOOK_BACK_MS = 2 * HOUR;
/** With less than that a pace is anybody's guess. */
const LEAST_SAMPLES = 4;
const LEAST_SPAN_MS = 5 * MINUTE;
/** Past that age the account may be in other use than it was. */
export const STALE_MS = 30 * MINUTE;
/** Use is counted in blocks of this length; in a shorter history in shorter ones. */
const BLOCK_MS = 5 * MINUTE;
const LEAST_BLOCKS = 5;
/** A block counts half as much as one that is so much younger. */
const HALF_LIFE_MS = 60 * MINUTE;
/** A block with more than so many times the others' mean is a leap. */
const LEAP = 8;
/** Work comes in bouts longer than a block, so use spreads wider than blocks that know nothing of each other would. */
const BOUTS = 4;
/** How far the pace itself wanders, as a share of it. */
const WANDER = 0.2;
/** The standard normal quantile of 0.9. */
const Z90 = 1.2816;
/** The provider may round resets; so near to each other they are of one window. */
const SAME_RESET_MS = MINUTE;

/** `samples` in the order they were read. */
export function forecast(samples: readonly Sample[], now: number): Forecast {
  const last = samples.at(-1);
  if (!last) return { is: "unknown", why: "nothing was read yet" };
  if (last.resetsAt !== null && last.resetsAt <= now) {
    return { is: "unknown", why: "its window is over" };
  }
  if (now - last.at > STALE_MS) {
    return {
      is: "unknown",
      why: `its last figure is ${Math.round((now - last.at) / MINUTE)} min old`,
    };
  }
  const own = ofThisWindow(samples, last);
  const spanMs = last.at - own[0]!.at;
  if (own.length < LEAST_SAMPLES || spanMs < LEAST_SPAN_MS) {
    const figures = own.length === 1 ? "1 figure" : `${own.length} figures`;
    return { is: "unknown", why: `only ${figures} within ${Math.round(spanMs / MINUTE)} min` };
  }
  const pace = paceOf(own, spanMs);
  const left = Math.max(0, 100 - last.usedPct);
  const at = (z: number) => wallAt(last, left, pace, z);
  return {
    is: "known",
    pctPerHour: pace.perMs * HOUR,
    p10: at(-Z90),
    p50: at(0),
    p90: at(Z90),
    readAt: last.at,
    samples: own.length,
  };
}

/** The last figures of the window that the last one is of. One below those before it (a correction) begins anew. */
function ofThisWindow(samples: readonly Sample[], last: Sample): Sample[] {
  const own: Sample[] = [];
  for (const sample of samples.toReversed()) {
    const next = own[0];
    if (!isSameWindow(sample.resetsAt, last.resetsAt)) break;
    if (next && (sample.at > next.at || sample.usedPct > next.usedPct)) break;
    if (last.at - sample.at > LOOK_BACK_MS && own.length > 1) break;
    own.unshift(sample);
  }
  return own;
}

function isSameWindow(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) < SAME_RESET_MS;
}

interface Pace {
  /** Percent per millisecond. */
  readonly perMs: number;
  /** By how much the use of a time varies: its variance per millisecond. */
  readonly spread: number;
  /** How unsure the pace itself is, in percent per millisecond. */
  readonly unsure: number;
}

function paceOf(samples: readonly Sample[], spanMs: number): Pace {
  const blockMs = Math.min(BLOCK_MS, spanMs / LEAST_BLOCKS);
  const used = withoutLeaps(blocksOf(samples, blockMs));
  const weights = used.map((_, i) => 0.5 ** (i * blockMs / HALF_LIFE_MS));
  const total = sum(weights);
  const mean = sum(used.map((u, i) => u * weights[i]!)) / total;
  const count = total ** 2 / sum(weights.map((w) => w ** 2));
  const variance = sum(used.map((u, i) => weights[i]! * (u - mean) ** 2)) / total * count /
    (count - 1);
  const spread = BOUTS * variance / blockMs;
  const perMs = mean / blockMs;
  return {
    perMs,
    spread,
    unsure: Math.hypot(Math.sqrt(spread / (count * blockMs)), WANDER * perMs),
  };
}

/** What was used in each block, the latest first. Between two figures the use is taken for even. */
function blocksOf(samples: readonly Sample[], blockMs: number): number[] {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const count = Math.floor((last.at - first.at) / blockMs + 1e-9);
  const blocks: number[] = [];
  let later = last.usedPct;
  for (let i = 1; i <= count; i++) {
    const earlier = usedAt(samples, last.at - i * blockMs);
    blocks.push(later - earlier);
    later = earlier;
  }
  return blocks;
}

function usedAt(samples: readonly Sample[], at: number): number {
  const next = samples.findIndex((s) => s.at >= at);
  if (next <= 0) return samples[Math.max(next, 0)]!.usedPct;
  const [a, b] = [samples[next - 1]!, samples[next]!];
  return a.usedPct + (b.usedPct - a.usedPct) * (at - a.at) / (b.at - a.at);
}

function withoutLeaps(blocks: readonly number[]): number[] {
  const all = sum(blocks);
  return blocks.map((used) => Math.min(used, LEAP * (all - used) / (blocks.length - 1)));
}

/**
 * When the use reaches what is left, at z standard deviations: solved for t, with the use until t of mean `perMs * t` and
 * variance `spread * t + (unsure * t)²`.
 */
function wallAt(last: Sample, left: number, { perMs, spread, unsure }: Pace, z: number): WallAt {
  if (left === 0) return last.at;
  const a = perMs ** 2 - (z * unsure) ** 2;
  const b = 2 * perMs * left + z ** 2 * spread;
  if (perMs <= 0 || z > 0 && a <= 0) return null; // it may never be
  const root = Math.sqrt(Math.max(0, b ** 2 - 4 * a * left ** 2));
  const t = z > 0 ? (b + root) / (2 * a) : 2 * left ** 2 / (b + root);
  const at = last.at + t;
  return last.resetsAt !== null && at >= last.resetsAt ? null : Math.round(at);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}
